import { detailAnswer, errorAnswer, ok } from '../answer.mts';
import { findModel, MODELS, type Model } from '../models.mts';
import type { Effect } from '../serve.mts';

const UNKNOWN_MODEL = 400001;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/** GET /v1/models/{model_id}. */
export const model: Effect = ({ modelId }, { switches }) => {
	const found = findModel(modelId);
	if (found !== undefined) return ok(found);
	return errorAnswer(Number(switches.take('unknownModel')), UNKNOWN_MODEL, 'There is no such model.');
};

/** GET /v1/models with search, category, kind, include_schema, limit and offset. */
export const models: Effect = ({ query }) => {
	const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
	const offset = query.offset === undefined ? 0 : Number(query.offset);
	if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return outOfRange('limit', `1 to ${MAX_LIMIT}`);
	if (!Number.isInteger(offset) || offset < 0) return outOfRange('offset', '0 or more');
	const found = MODELS.filter(
		(entry) =>
			matches(entry, query.search ?? '') &&
			(query.category === undefined || entry.categories.includes(query.category)) &&
			(query.kind === undefined || entry.kind === query.kind),
	);
	const page = found.slice(offset, offset + limit);
	const shown = query.include_schema === 'true' ? page : page.map(({ input_schema: _, ...rest }) => rest);
	return ok({ models: shown, total: found.length, limit, offset });
};

/** GET /v1/models/categories. */
export const categories: Effect = () =>
	ok({ categories: [...new Set(MODELS.flatMap((entry) => entry.categories))].toSorted() });

function matches({ model_id, display_name }: Model, search: string): boolean {
	return `${model_id} ${display_name}`.toLowerCase().includes(search.toLowerCase());
}

function outOfRange(name: string, range: string) {
	return detailAnswer(422, [{ loc: ['query', name], msg: `Input should be ${range}`, type: 'out_of_range' }]);
}
