/** A model as RunComfy's catalogue has it, read once a run and kept for a moment. */

import type { IDataObject } from 'n8n-workflow';

import { getModel, type ModelAnswer } from '../api/modelCalls';
import { readingModel } from '../errors/modelErrors';
import { tryForAMinute } from '../batch/tryForAMinute';
import { type Lookup, readOnce } from '../batch/lookup';
import { type Price, readPrice } from '../purchase/estimate';
import { aboutModel } from './modelItem';
import type { Schema } from '../values/schema';
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

/** Gives a model. Throws a RunComfyError where there is none. */
export type ReadModel = (modelId: string) => Promise<Model>;

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

const readersOfRuns = new WeakMap<Lookup, ReadModel>();

/** Reads each model once, however long the run takes and whoever asks. */
export function modelsOfRun(lookup: Lookup): ReadModel {
	const reader = readersOfRuns.get(lookup) ?? readOnce(async (modelId) => await readModel(lookup, modelId));
	readersOfRuns.set(lookup, reader);
	return reader;
}
