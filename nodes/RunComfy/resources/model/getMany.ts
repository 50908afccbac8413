/** Model → Get Many: the catalogue, by search, category and kind. */
import type { IDataObject } from 'n8n-workflow';

import { readSwitch, readWholeNumber } from '../../values/parameters';
import { SINGLE_CALLS_AT_ONCE } from '../../batch/askOnce';
import type { Run } from '../../batch/run';
import { workThroughItems } from '../../batch/workThroughItems';
import { plainItem } from '../../output/items';
import { DEFAULT_MODELS, MAX_MODELS } from '../../catalogue/limits';
import { listedModel } from '../../catalogue/modelItem';
import { allModels, type ModelFilters } from '../../catalogue/modelList';

export async function execute(run: Run) {
	return await workThroughItems(run, {
		prepare: async (itemIndex) => ({ itemIndex, ...readSearch(run, itemIndex) }),
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

function readSearch({ context }: Run, itemIndex: number): { filters: ModelFilters; most: number } {
	const { search, category, kind } = context.getNodeParameter('filters', itemIndex, {}) as IDataObject;
	const wantsAll = readSwitch('Return All', context.getNodeParameter('returnAll', itemIndex, false), false);
	const limit = context.getNodeParameter('limit', itemIndex, DEFAULT_MODELS);
	return {
		filters: { search: textOf(search), category: textOf(category), kind: textOf(kind) },
		most: wantsAll ? Infinity : (readWholeNumber('Limit', limit, 1, MAX_MODELS) ?? DEFAULT_MODELS),
	};
}

/** Nothing at all where nothing is given. */
const textOf = (value: unknown): string | undefined => {
	const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	return text === '' ? undefined : text;
};
