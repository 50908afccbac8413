/** RunComfy's catalogue: its list, page by page, and single models, read once a run and kept for a moment. */

import type { IDataObject } from 'n8n-workflow';

import { isModelId, MAX_MODELS } from '../api/service';
import { getModel, listModels, MAX_PAGE_SIZE, type ModelAnswer, type ModelFilters } from '../api/modelCalls';
import { type Lookup, readOnce } from '../batch/lookup';
import { tryForAMinute } from '../batch/tryForAMinute';
import { readingModel, searchingModels } from '../errors/modelErrors';
import { isPlainObject } from '../errors/shape';
import { type Price, readPrice } from '../purchase/estimate';
import type { Schema } from '../values/schema';
import { aboutModel, webAddressOf } from './modelItem';
import { readModelSchema } from './modelSchema';

export interface Model {
	id: string;
	/** Undefined where it cannot be read. */
	schema?: Schema;
	/** Undefined where RunComfy reports none. */
	price?: Price;
	/** Whether a success without a file is a fault. */
	expectsFiles: boolean;
	/** What the catalogue says of it, under RunComfy's names: in short texts, the inputs left out. */
	about: IDataObject;
}

/** A schema has a few thousand characters; whatever is longer than this is none, and would be kept in memory. */
const MAX_SCHEMA_CHARACTERS = 4 * 1024 * 1024;

function readSchema(raw: unknown): Schema | undefined {
	const text = JSON.stringify(raw);
	return text === undefined || text.length > MAX_SCHEMA_CHARACTERS ? undefined : readModelSchema(raw);
}

/** The last word of a category is what comes out: text-to-image, image-to-video, edit-video … These are files. */
const FILE_WORDS: readonly unknown[] = ['image', 'video', 'audio', 'music', 'speech', '3d'];

const MAX_CATEGORIES = 100;

/** Whether every category of a model promises files. Never throws. */
export function promisesFiles(categories: unknown): boolean {
	const all: unknown[] = Array.isArray(categories) ? categories.slice(0, MAX_CATEGORIES) : [];
	const isFile = (category: unknown) =>
		typeof category === 'string' && FILE_WORDS.includes(category.trim().toLowerCase().split(/[-_ ]/).pop());
	return all.length > 0 && all.every(isFile);
}

function modelOf(id: string, answer: ModelAnswer): Model {
	const schema = readSchema(answer.input_schema);
	return {
		id,
		...(schema && { schema }),
		price: readPrice(answer),
		expectsFiles: promisesFiles(answer.categories),
		about: aboutModel(answer),
	};
}

/** Reads a model, or takes what another execution of the account read of it within the last minute. */
export async function readModel(lookup: Lookup, modelId: string): Promise<Model> {
	const reading = lookup.catalogue.get(modelId, async () => {
		const seen = await tryForAMinute(lookup, readingModel(modelId), async (options) => {
			return await getModel(lookup.calls, modelId, options);
		});
		return modelOf(modelId, seen.answer);
	});
	// The reading may be another execution's, which our Stop does not end.
	return await lookup.stop.race(reading);
}

const readersOfRuns = new WeakMap<Lookup, (modelId: string) => Promise<Model>>();

/** Reads a model once in a run, however long the run takes and whoever asks. Throws a RunComfyError where there is none. */
export async function modelOfRun(lookup: Lookup, modelId: string): Promise<Model> {
	const read = readersOfRuns.get(lookup) ?? readOnce(async (id) => await readModel(lookup, id));
	readersOfRuns.set(lookup, read);
	return await read(modelId);
}

// ---- The list ----------------------------------------------------------------------------------------------------------

interface ModelPage {
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
