/** Model → Get Many: the catalogue, by search, category and kind. */

import { SINGLE_CALLS_AT_ONCE } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { plainItem } from '../../output/items';
import { MAX_MODELS } from '../../catalogue/limits';
import { listedModel } from '../../catalogue/modelItem';
import { allModels, type ModelFilters } from '../../catalogue/modelList';
import { Parameters } from '../../values/parameters';
import { schemaOf, THIS_OPERATION } from '../../values/schema';
import { DEFAULT_LIMIT } from '../listFields';

export async function execute(run: Run) {
	return await workThroughItems(run, {
		check: async (itemIndex) => ({ itemIndex, ...readSearch(run, itemIndex) }),
		concurrency: () => SINGLE_CALLS_AT_ONCE,
		work: async ({ itemIndex, filters, most }) => {
			const found = await allModels(run, filters, most);
			const models = found.map(listedModel);
			// An agent is given the first item only.
			const items = run.asTool ? [{ models }] : models;
			return async () => items.map((json) => plainItem(itemIndex, json));
		},
	});
}

const SEARCH = schemaOf(THIS_OPERATION, {
	search: { label: 'Search', kind: 'text' },
	category: { label: 'Category', kind: 'text' },
	kind: { label: 'Kind', kind: 'text' },
	returnAll: { label: 'Return All', kind: 'boolean' },
	limit: { label: 'Limit', kind: 'integer', minimum: 1, maximum: MAX_MODELS },
});

function readSearch({ context }: Run, itemIndex: number): { filters: ModelFilters; most: number } {
	const parameters = new Parameters(context, itemIndex);
	const given = {
		...parameters.readObject('filters', 'Filters'),
		returnAll: parameters.read('returnAll'),
		limit: parameters.read('limit'),
	};
	const values = parameters.check(SEARCH, given);
	parameters.throwIfWrong();
	const { search, category, kind, returnAll, limit = DEFAULT_LIMIT } = values;
	return {
		filters: { search: trimText(search), category: trimText(category), kind: trimText(kind) },
		most: returnAll === true ? Infinity : (limit as number),
	};
}

const trimText = (text: unknown): string | undefined => (typeof text === 'string' ? text.trim() : undefined);
