import { detailAnswer, errorAnswer, type Answer } from '../answer.mts';
import { catalogue, findModel } from '../catalogue/catalogue.mts';
import { SECOND_SEED } from '../catalogue/hostileModels.mts';
import type { Model } from '../catalogue/model.mts';
import { tellInList, tellModel } from '../catalogue/tellModel.mts';
import type { Effect } from '../serve.mts';

const UNKNOWN_MODEL = 400001;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/** GET /v1/models/{model_id}. */
export const model: Effect = ({ modelId }, { switches }) => {
	const found = findModel(modelId, switches);
	if (found !== undefined) return told(tellModel(found, switches.take('priceTold')));
	return errorAnswer(Number(switches.take('unknownModel')), UNKNOWN_MODEL, 'There is no such model.');
};

/** GET /v1/models with search, category, kind, include_schema, limit and offset. */
export const models: Effect = ({ query }, { switches }) => {
	const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
	const offset = query.offset === undefined ? 0 : Number(query.offset);
	if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return outOfRange('limit', `1 to ${MAX_LIMIT}`);
	if (!Number.isInteger(offset) || offset < 0) return outOfRange('offset', '0 or more');
	const found = catalogue(switches).filter(
		(entry) =>
			matches(entry, query.search ?? '') &&
			(query.category === undefined || entry.categories.includes(query.category)) &&
			(query.kind === undefined || entry.kind === query.kind),
	);
	const priceTold = switches.take('priceTold');
	const page = found.slice(offset, offset + limit);
	const entries = page.map((entry) => tellInList(entry, priceTold, query.include_schema === 'true'));
	return told({ models: entries, total: found.length, limit, offset });
};

/** GET /v1/models/categories. */
export const categories: Effect = (_, { switches }) =>
	told({ categories: [...new Set(catalogue(switches).flatMap((entry) => entry.categories))].toSorted() });

/** One name twice in an object is a matter of the text sent: no object in memory has it. */
function told(body: object): Answer {
	const text = JSON.stringify(body).replaceAll(JSON.stringify(SECOND_SEED), '"seed"');
	return { status: 200, body: Buffer.from(text), headers: { 'content-type': 'application/json; charset=utf-8' } };
}

function matches({ model_id, display_name, description }: Model, search: string): boolean {
	return `${model_id} ${display_name} ${description}`.toLowerCase().includes(search.toLowerCase());
}

function outOfRange(name: string, range: string) {
	return detailAnswer(422, [{ loc: ['query', name], msg: `Input should be ${range}`, type: 'out_of_range' }]);
}
