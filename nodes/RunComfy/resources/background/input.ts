/** From n8n's parameters to the model's input. Everything is checked here, before anything is paid. */
import type { IDataObject } from 'n8n-workflow';

import { modelQueue } from '../../api/queue';
import { FILE_ADVICE, IMAGE_FILE, IMAGE_URL, NOUN, PROMPT_ADVICE } from '../../errors/backgroundWords';
import { asRunComfyError } from '../../errors/RunComfyError';
import { checkAddress } from '../../values/address';
import { readChoice } from '../../values/choice';
import { asDataUri } from '../../values/file';
import { isObject } from '../../values/json';
import { readImageFile } from '../../values/imageFile';
import { Problems } from '../../values/problems';
import { readRequiredText } from '../../values/text';
import type { CheckedJob, JobReader } from '../../batch/jobReader';
import type { Run } from '../../batch/run';
import { inputHash, type Job, type Quote } from '../../purchase/job';
import { quoteOf } from '../../purchase/quote';
import { readModel } from '../../catalogue/models';
import { DEFAULT_RENDERING_SPEED, IMAGE_MAX_BYTES, MODEL_ID, SEED_MAX } from './ideogram';
import { readModelOptions } from './modelOptions';

const IMAGE_SOURCES = ['url', 'binary'] as const;

/** The photo: as it stands in the body, as a person knows it, and what tells it from others. */
interface Photo {
	hasFile: boolean;
	told: unknown;
	ofHash: Array<string | Buffer>;
	forBody(): Promise<string>;
}

/** Reads and checks the input of one item, and notes all that is wrong with it. */
async function readInput(run: Run, itemIndex: number, problems: Problems): Promise<Job | undefined> {
	const { context, connection } = run;
	const parameter = (name: string, normally: unknown): unknown =>
		context.getNodeParameter(name, itemIndex, normally as object);
	// A custom service may stand in the same private network as n8n.
	const allowPrivate = connection.environment === 'custom';
	const prompt = problems.take(() => readRequiredText('Prompt', parameter('prompt', ''), PROMPT_ADVICE));
	const options = problems.take(() => parameter('modelOptions', {}));
	const modelOptions = readModelOptions(options, allowPrivate, problems);
	const photo = await readPhoto(run, itemIndex, problems, allowPrivate);
	if (photo === undefined || problems.found.length > 0) return undefined;
	return jobOf(run, photo, { prompt, ...modelOptions });
}

async function readPhoto(
	{ context }: Run,
	itemIndex: number,
	problems: Problems,
	allowPrivate: boolean,
): Promise<Photo | undefined> {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, '');
	const source = problems.take(() => readChoice('Image Source', parameter('imageSource'), IMAGE_SOURCES) ?? 'url');
	if (source === 'url') {
		const image = problems.take(() => checkAddress(parameter('imageUrl'), IMAGE_URL, allowPrivate));
		if (image === undefined) return undefined;
		return { hasFile: false, told: image, ofHash: [image], forBody: async () => image };
	}
	if (source === undefined) return undefined;
	const file = { ...IMAGE_FILE, maxBytes: IMAGE_MAX_BYTES };
	const read = async () => await readImageFile(context, itemIndex, parameter('binaryPropertyName'), file);
	try {
		const { bytes, type, name } = await read();
		const told = { ...(name !== undefined && { name }), type, bytes: bytes.length };
		return { hasFile: true, told, ofHash: [bytes], forBody: async () => asDataUri(await read()) };
	} catch (error) {
		problems.found.push(asRunComfyError(error));
		return undefined;
	}
}

/**
 * Only what the user added is sent, since it is not known whether the service fills in the schema's defaults. Extra Fields
 * may hold an image of their own.
 */
function jobOf(run: Run, { hasFile, told, ofHash, forBody }: Photo, fields: IDataObject): Job {
	const { modelApiUrl } = run.connection;
	const queue = modelQueue(modelApiUrl, MODEL_ID);
	const { rendering_speed: speed = DEFAULT_RENDERING_SPEED, seed } = fields;
	return {
		queue,
		hash: inputHash(modelApiUrl, MODEL_ID, JSON.stringify(fields), ...ofHash),
		kind: `${queue.submitUrl} ${String(speed).toUpperCase()}`,
		hasFile,
		fileAdvice: hasFile ? FILE_ADVICE : '',
		expectsFiles: true,
		inputs: { image: told, ...fields } as IDataObject,
		seed: { name: 'seed', min: 0, max: SEED_MAX, ...(typeof seed === 'number' && { given: seed }) },
		quote: async () => await priceOf(run, fields),
		makeBody: async () => ({ image: await forBody(), ...fields }),
	};
}

/** The model's price says nothing of its options. */
async function priceOf(run: Run, inputs: IDataObject): Promise<Quote> {
	const model = await readModel(run, MODEL_ID);
	return quoteOf(model.price, inputs);
}

/**
 * Reads and checks the input of one item. Throws a RunComfyError for a value that RunComfy would refuse or, worse, take
 * and charge for.
 */
export async function readJob(run: Run, itemIndex: number): Promise<Job> {
	const { job, problems } = await checkJob(run, itemIndex);
	if (job === undefined) throw problems[0];
	return job;
}

async function checkJob(run: Run, itemIndex: number): Promise<CheckedJob> {
	const problems = new Problems();
	const job = await readInput(run, itemIndex, problems);
	return { ...(job && { job }), problems: problems.found };
}

/** The name of the photo's file, or its address. */
function sourceOf({ context, items }: Run, itemIndex: number): string | undefined {
	try {
		const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, '');
		if (parameter('imageSource') !== 'binary') return textIn(parameter('imageUrl'));
		const given = parameter('binaryPropertyName');
		return isObject(given) ? textIn(given.fileName) : items[itemIndex]?.binary?.[String(given)]?.fileName;
	} catch {
		// Only the name of a file depends on it.
		return undefined;
	}
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const jobReader: JobReader = { noun: NOUN, sourceOf, readJob, checkJob };
