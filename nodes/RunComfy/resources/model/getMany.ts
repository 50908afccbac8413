/** Model → Get Many: the catalogue, by search, category and kind. */

import type { Run } from '../../batch/run';
import { listedModel } from '../../catalogue/modelItem';
import { MAX_MODELS } from '../../api/service';
import type { ModelFilters } from '../../api/modelCalls';
import { allModels } from '../../catalogue/modelCatalogue';
import type { Parameters } from '../../values/parameters';
import { schemaOf } from '../../values/schema';
import { getManyOf } from '../getManyOf';

const FILTERS = schemaOf({
	search: { label: 'Search', kind: 'text' },
	category: { label: 'Category', kind: 'text' },
	kind: { label: 'Kind', kind: 'text' },
});

function filtersOf(parameters: Parameters): ModelFilters {
	const { search, category, kind } = parameters.check(FILTERS, parameters.readObject('filters', 'Filters'));
	return { search: trimText(search), category: trimText(category), kind: trimText(kind) };
}

const trimText = (text: unknown): string | undefined => (typeof text === 'string' ? text.trim() : undefined);

export async function execute(run: Run) {
	const list = async (most: number, filters: ModelFilters) => (await allModels(run, filters, most)).map(listedModel);
	return await getManyOf(run, 'models', filtersOf, list, MAX_MODELS);
}
