/** From n8n's parameters to the model's input. Everything is checked here, before anything is paid. */
import type { IDataObject } from 'n8n-workflow';

import { modelQueue } from '../../api/queue';
import { FILE_ADVICE, IMAGE_FILE, IMAGE_URL, NOUN, PROMPT_ADVICE } from '../../errors/backgroundWords';
import { checkAddress } from '../../input/address';
import { readChoice } from '../../input/choice';
import { asDataUri } from '../../input/file';
import { readImageFile } from '../../input/imageFile';
import { readRequiredText } from '../../input/text';
import type { Run } from '../../operations/run';
import { inputHash, type Job } from '../../purchase/job';
import { DEFAULT_RENDERING_SPEED, IMAGE_MAX_BYTES, MODEL_ID } from './ideogram';
import { readModelOptions } from './modelOptions';

const IMAGE_SOURCES = ['url', 'binary'] as const;

/**
 * Reads and checks the input of one item. Throws a RunComfyError for a value that RunComfy would refuse or, worse, take
 * and charge for. Only what the user added is sent, since it is not known whether the service fills in the
 * schema's defaults.
 */
export async function readJob(
	{ context, connection }: Pick<Run, 'context' | 'connection'>,
	itemIndex: number,
): Promise<Job> {
	const parameter = (name: string, normally: unknown): unknown =>
		context.getNodeParameter(name, itemIndex, normally as object);
	// A custom service may stand in the same private network as n8n.
	const allowPrivate = connection.environment === 'custom';
	const prompt = readRequiredText('Prompt', parameter('prompt', ''), PROMPT_ADVICE);
	const options = readModelOptions(parameter('modelOptions', {}), allowPrivate);
	const speed = String(options.rendering_speed ?? DEFAULT_RENDERING_SPEED).toUpperCase();
	const queue = modelQueue(connection.modelApiUrl, MODEL_ID);
	const common = { queue, kind: `${queue.submitUrl} ${speed}`, noun: NOUN, expectsFiles: true };

	const source = readChoice('Image Source', parameter('imageSource', 'url'), IMAGE_SOURCES) ?? 'url';
	if (source === 'url') {
		const image = checkAddress(parameter('imageUrl', ''), IMAGE_URL, allowPrivate);
		const body: IDataObject = { image, prompt, ...options };
		const hash = inputHash(connection.modelApiUrl, MODEL_ID, JSON.stringify(body));
		return { ...common, hasFile: false, fileAdvice: '', hash, makeBody: async () => body };
	}

	const given = parameter('binaryPropertyName', '');
	const file = { ...IMAGE_FILE, maxBytes: IMAGE_MAX_BYTES };
	const readImage = async () => await readImageFile(context, itemIndex, given, file);
	const { bytes } = await readImage();
	return {
		...common,
		hasFile: true,
		fileAdvice: FILE_ADVICE,
		hash: inputHash(connection.modelApiUrl, MODEL_ID, JSON.stringify({ prompt, ...options }), bytes),
		makeBody: async () => ({
			image: asDataUri(await readImage()),
			prompt,
			...options,
		}),
	};
}
