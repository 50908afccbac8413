import type { IDataObject } from 'n8n-workflow';

import type { Run } from '../batch/run';
import { schemaOfFields } from '../values/schema';
import { Parameters } from '../values/parameters';
import { callForEachItem } from './callForEachItem';
import { DEFAULT_LIMIT, listFields } from './listFields';

/**
 * Get Many: one output item per entry. `name` is the field that holds all entries for an AI agent, which is given the first item
 * only. `filtersOf` notes what is wrong with the filters; `maxLimit` as in `listFields`.
 */
export async function getManyOf<F>(
	run: Run,
	name: string,
	filtersOf: (parameters: Parameters) => F,
	list: (most: number, filters: F) => Promise<IDataObject[]>,
	maxLimit?: number,
) {
	const schema = schemaOfFields(listFields({}, maxLimit));
	return await callForEachItem(
		run,
		(itemIndex) => {
			const parameters = new Parameters(run.context, itemIndex);
			const filters = filtersOf(parameters);
			const given = { returnAll: parameters.read('returnAll'), limit: parameters.read('limit') };
			const { returnAll, limit } = parameters.check(schema, given);
			parameters.throwIfWrong();
			return { filters, most: returnAll === true ? Infinity : Number(limit ?? DEFAULT_LIMIT) };
		},
		async ({ filters, most }) => {
			const entries = await list(most, filters);
			return run.asTool ? { [name]: entries } : entries;
		},
	);
}
