/** The job of one item of the resource Model. */

import type { IDataObject } from 'n8n-workflow';

import { isModelId } from '../../api/service';
import { modelQueue } from '../../api/queue';
import type { JobReader } from '../../batch/jobReader';
import type { Run } from '../../batch/run';
import { mediaOf } from '../../catalogue/mediaInputs';
import { modelOfRun } from '../../catalogue/modelCatalogue';
import { IF_FILE_REFUSED } from '../../errors/fileRules';
import { withoutMedia } from '../../errors/hintLines';
import { checkedAgainstModel, MODEL_NOUN } from '../../errors/modelErrors';
import type { Hint } from '../../output/hints';
import { canonicalJson, inputHash, type Job, SEED_MAX, type SeedInput } from '../../purchase/job';
import { estimateOf } from '../../purchase/estimate';
import { bodyOf } from '../../values/itemInputs';
import type { Schema } from '../../values/schema';
import { idInLocator } from '../liveInputs';
import { inHash, jobReaderOf } from '../jobReaderOf';
import { type ModelInputs, readPromptAndInputs, readModelInputs } from './modelInputs';

/** The model's id as it is given. */
function modelIdOf({ context }: Run, itemIndex: number): string | undefined {
	try {
		const modelId = idInLocator(context.getNodeParameter('modelId', itemIndex, ''));
		return isModelId(modelId) ? modelId : undefined;
	} catch {
		// Only a field of the items depends on it.
		return undefined;
	}
}

/** Reads the jobs of a run, and each of its models once. */
export function modelJobs(run: Run): JobReader {
	const warnIfMediaMissing = missingMediaWarning(run);
	const about = { noun: MODEL_NOUN, given: readPromptAndInputs, modelIdOf };
	return jobReaderOf(about, async (_run, itemIndex) => {
		const inputs = await readModelInputs(run, itemIndex);
		const { problems, modelId, isRefusedBySchema } = inputs;
		if (problems.length === 0) warnIfMediaMissing(itemIndex, inputs);
		return {
			job: modelJob(run, itemIndex, inputs),
			problems,
			...(isRefusedBySchema && { basis: checkedAgainstModel(modelId) }),
		};
	});
}

function modelJob(run: Run, itemIndex: number, inputs: ModelInputs): Job {
	const { modelId, model, values, files } = inputs;
	const queue = modelQueue(run.connection.modelApiUrl, modelId);
	const hashOf = (sent: object) =>
		inputHash(run.connection.modelApiUrl, modelId, canonicalJson(sent), ...inHash(files));
	const seed = seedInputOf(model?.schema, values, (made) => hashOf({ ...values, seed: made }));
	return {
		queue,
		hash: hashOf(values),
		kind: `${queue.submitUrl} ${durationOf(values)}`.trimEnd(),
		hasFile: files.length > 0,
		fileAdvice: files.length > 0 ? IF_FILE_REFUSED : '',
		expectsFiles: model?.expectsFiles ?? false,
		inputs: { ...values, ...filesInItem(files) } as IDataObject,
		...(seed && { seed }),
		estimate: async () => {
			const priced = model ?? (await modelOfRun(run, modelId));
			return estimateOf(priced.price, values, schemaDefaults(priced.schema), priced.schema?.inputs.has('duration'));
		},
		makeBody: async () => await bodyOf(run.context, itemIndex, inputs, (input) => takesList(model?.schema, input)),
	};
}

function seedInputOf(
	schema: Schema | undefined,
	{ seed: given }: Record<string, unknown>,
	hashWith: SeedInput['hashWith'],
): Job['seed'] {
	if (schema === undefined) return 'unknown';
	const input = schema.inputs.get('seed');
	if (input?.kind !== 'integer') return undefined;
	const { minimum = 0, exclusiveMinimum = -1, maximum = Infinity, exclusiveMaximum = Infinity } = input;
	// A negative seed asks for a random one.
	const min = Math.max(0, Math.ceil(minimum), Math.floor(exclusiveMinimum) + 1);
	const max = Math.min(Number.MAX_SAFE_INTEGER, Math.floor(maximum), Math.ceil(exclusiveMaximum) - 1);
	return { name: 'seed', min, max, madeUpMax: SEED_MAX, given, hashWith };
}

const schemaDefaults = (schema: Schema | undefined): Record<string, unknown> =>
	Object.fromEntries([...(schema?.inputs ?? [])].map(([name, input]) => [name, input.default]));

/** Whether an input takes a list. Without a schema its name has to say so. */
const takesList = (schema: Schema | undefined, name: string): boolean =>
	schema === undefined ? (mediaOf(name, [], [])?.isList ?? false) : schema.inputs.get(name)?.kind === 'mediaMany';

/** Files as a person knows them. */
function filesInItem(files: ModelInputs['files']): Record<string, unknown> {
	const facts = new Map<string, unknown[]>();
	for (const file of files) facts.set(file.input, [...(facts.get(file.input) ?? []), { ...file.facts }]);
	return Object.fromEntries(facts);
}

/** A clip of ten seconds takes longer than one of five. */
const durationOf = ({ duration }: Record<string, unknown>): string =>
	typeof duration === 'number' || (typeof duration === 'string' && duration.length < 20) ? String(duration) : '';

// ---- Missing media -----------------------------------------------------------------------------------------------------

/** The medium a category starts from, as in image-to-video and edit-video. */
const mediumOf = (category: unknown): string | undefined =>
	typeof category === 'string'
		? /^(?:(image|video|audio)-to-|edit-(image|video)$)/.exec(category)?.slice(1).join('')
		: undefined;

/**
 * Warns of items that give no image, video or audio to a model that works from one: RunComfy runs and charges it anyway. One
 * hint counts the items of a run.
 */
function missingMediaWarning({ hints }: Run): (itemIndex: number, inputs: ModelInputs) => void {
	const items = new Set<number>();
	const hint: Hint = { text: '', type: 'warning' };
	return (itemIndex, { model, values, files }) => {
		const categories = Array.isArray(model?.about.categories) ? model.about.categories : [];
		const media = categories.map(mediumOf);
		const [medium] = media;
		if (medium === undefined || media.includes(undefined)) return;
		const isMedia = (name: string) => model?.schema?.inputs.get(name)?.media !== undefined;
		if (files.length > 0 || Object.keys(values).some(isMedia)) return;
		items.add(itemIndex);
		hint.text = withoutMedia(items.size, medium);
		if (!hints.includes(hint)) hints.push(hint);
	};
}
