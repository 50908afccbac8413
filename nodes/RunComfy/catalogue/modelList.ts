/** RunComfy's catalogue, page by page. */

import { listModels, MAX_PAGE_SIZE, type ModelAnswer } from '../api/modelCalls';
import { isModelId, MAX_MODELS } from '../api/ids';
import { searchingModels } from '../errors/modelErrors';
import { tryForAMinute } from '../batch/tryForAMinute';
import type { Lookup } from '../batch/lookup';
import { isPlainObject } from '../values/schema';
import { webAddressOf } from './modelItem';

export interface ModelFilters {
	search?: string;
	category?: string;
	kind?: string;
}

export interface ModelPage {
	/** Those that can be run: with a usable id. */
	models: ModelAnswer[];
	/** Where the next page begins; undefined where this was the last. */
	nextOffset?: number;
}

/** Reads one page. Throws a RunComfyError. */
export async function modelPage(
	lookup: Lookup,
	filters: ModelFilters,
	{ offset, limit }: { offset: number; limit: number },
): Promise<ModelPage> {
	const seen = await tryForAMinute(lookup, searchingModels, async (options) => {
		return await listModels(lookup.calls, { ...filters, offset, limit }, options);
	});
	const { models, total } = seen.answer;
	const nextOffset = offset + models.length;
	const isLast =
		models.length === 0 ||
		nextOffset >= MAX_MODELS ||
		(typeof total === 'number' ? nextOffset >= total : models.length < limit);
	return {
		models: models.filter((entry): entry is ModelAnswer => isPlainObject(entry) && isModelId(entry.model_id)),
		...(!isLast && { nextOffset }),
	};
}

/** Reads the catalogue until it ends or `most` models are there, each once: it may grow while it is read. */
export async function allModels(lookup: Lookup, filters: ModelFilters, most: number): Promise<ModelAnswer[]> {
	const found = new Map<unknown, ModelAnswer>();
	let offset: number | undefined = 0;
	while (offset !== undefined && found.size < most) {
		const limit: number = Math.min(MAX_PAGE_SIZE, most - found.size);
		const page: ModelPage = await modelPage(lookup, filters, { offset, limit });
		const before = found.size;
		for (const model of page.models) if (!found.has(model.model_id)) found.set(model.model_id, model);
		// A page with nothing new on it is one that was there before, and so will be the next.
		offset = found.size > before ? page.nextOffset : undefined;
	}
	return [...found.values()].slice(0, most);
}

/** The path of a model's page, less the language in front and the tab behind. */
const pagePathOf = (address: string): string =>
	new URL(address).pathname
		.replace(/^\/[a-z]{2}(-[a-z]{2})?(?=\/models\/)/i, '')
		.replace(/\/(api|playground|examples?)?\/?$/, '');

/** The ID of the model whose page is at an address: the path often looks like the ID and is not. Undefined for none. */
export async function idOfPage(lookup: Lookup, address: string): Promise<string | undefined> {
	const path = pagePathOf(address);
	const models = await allModels(lookup, {}, MAX_MODELS);
	const found = models.find(({ model_url: page }) => {
		const url = webAddressOf(page);
		return url !== undefined && pagePathOf(url) === path;
	});
	return found && String(found.model_id);
}
