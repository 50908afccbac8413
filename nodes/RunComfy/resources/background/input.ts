/** From n8n's parameters to the model's input. Everything is checked here, before anything is paid. */
import type { IDataObject } from 'n8n-workflow';

import { modelQueue } from '../../api/queue';
import * as inputErrors from '../../errors/inputErrors';
import { asDataUri, checkAddress, readImageFile } from '../../input/image';
import { readWholeNumber } from '../../input/parameters';
import type { JobReader } from '../../operations/jobReader';
import type { Run } from '../../operations/run';
import { inputHash, type Job } from '../../purchase/job';
import {
	COLOR_WEIGHT_MAX,
	COLOR_WEIGHT_MIN,
	CUSTOM_PALETTE_MAX_COLORS,
	DEFAULT_RENDERING_SPEED,
	IMAGE_MAX_BYTES,
	MODEL_ID,
	SEED_MAX,
} from './ideogram';
import { FILE_ADVICE, IMAGE_FILE, IMAGE_URL, NOUN, PROMPT_ADVICE } from '../../errors/backgroundWords';

const isObject = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function readPrompt(value: unknown): string {
	if (typeof value !== 'string' && typeof value !== 'number') throw inputErrors.mustBeText('Prompt');
	const prompt = String(value);
	if (prompt.trim() === '') throw inputErrors.isEmpty('Prompt', PROMPT_ADVICE);
	return prompt;
}

function readColor(entry: unknown): IDataObject {
	const { color, weight } = isObject(entry) ? entry : {};
	const hex = typeof color === 'string' ? color.trim() : '';
	if (!/^#?[0-9a-f]{6}$/i.test(hex)) {
		throw inputErrors.mustBeColor('Color', 'Custom Palette');
	}
	const member = { color_hex: `#${hex.replace('#', '').toUpperCase()}` };
	if (weight === undefined || weight === null || weight === '') return member;
	const number = typeof weight === 'string' ? Number(weight) : weight;
	if (typeof number !== 'number' || !(number >= COLOR_WEIGHT_MIN && number <= COLOR_WEIGHT_MAX)) {
		throw inputErrors.mustBeNumber('Weight', COLOR_WEIGHT_MIN, COLOR_WEIGHT_MAX, inputErrors.partOf('Custom Palette'));
	}
	return { ...member, color_weight: number };
}

function readPalette(options: IDataObject): IDataObject {
	const { colorPalette, customPalette } = options;
	if (colorPalette !== undefined && customPalette !== undefined) {
		throw inputErrors.cannotBeCombined('Color Palette', 'Custom Palette');
	}
	if (colorPalette !== undefined) return { color_palette: { name: readChoice('Color Palette', colorPalette) } };
	if (customPalette === undefined) return {};
	const colors = isObject(customPalette) ? customPalette.colors : undefined;
	if (!Array.isArray(colors) || colors.length === 0 || colors.length > CUSTOM_PALETTE_MAX_COLORS) {
		throw inputErrors.needsColors('Custom Palette', CUSTOM_PALETTE_MAX_COLORS);
	}
	return { color_palette: { members: colors.map(readColor) } };
}

function readChoice(name: string, value: unknown): string {
	if (typeof value === 'string' && value.trim() !== '') return value.trim();
	throw inputErrors.mustBeOfList(name);
}

function readExtraFields(value: unknown): IDataObject {
	if (value === undefined || value === null || value === '') return {};
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	if (isObject(parsed)) return parsed;
	throw inputErrors.mustBeJsonObject('Extra Fields (JSON)', '{"seed": 7}');
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function readModelOptions(options: IDataObject): IDataObject {
	const { magicPrompt, renderingSpeed, seed, style, extraFields } = options;
	return {
		...readPalette(options),
		...(magicPrompt !== undefined && { magic_prompt: readChoice('Magic Prompt', magicPrompt) }),
		...(renderingSpeed !== undefined && { rendering_speed: readChoice('Rendering Speed', renderingSpeed) }),
		...(seed !== undefined && { seed: readWholeNumber('Seed', seed, 0, SEED_MAX) }),
		...(style !== undefined && { style: { style_type: readChoice('Style', style) } }),
		...readExtraFields(extraFields),
	};
}

/**
 * Reads and checks the input of one item. Throws a RunComfyError for a value that RunComfy would refuse or, worse, take
 * and charge for. Only what the user added is sent, since it is not known whether the service fills in the
 * schema's defaults.
 */
export async function readJob(
	{ context, connection }: Pick<Run, 'context' | 'connection'>,
	itemIndex: number,
): Promise<Job> {
	const prompt = readPrompt(context.getNodeParameter('prompt', itemIndex, ''));
	const given = context.getNodeParameter('modelOptions', itemIndex, {}) as unknown;
	const options = readModelOptions(isObject(given) ? given : {});
	const speed = String(options.rendering_speed ?? DEFAULT_RENDERING_SPEED).toUpperCase();
	const queue = modelQueue(connection.modelApiUrl, MODEL_ID);
	const common = { queue, kind: `${queue.submitUrl} ${speed}`, expectsFiles: true };

	if (context.getNodeParameter('imageSource', itemIndex, 'url') !== 'binary') {
		// A custom service may stand in the same private network as n8n.
		const allowPrivate = connection.environment === 'custom';
		const image = checkAddress(context.getNodeParameter('imageUrl', itemIndex, ''), IMAGE_URL, allowPrivate);
		const body: IDataObject = { image, prompt, ...options };
		const hash = inputHash(connection.modelApiUrl, MODEL_ID, JSON.stringify(body));
		return { ...common, hasFile: false, fileAdvice: '', hash, makeBody: async () => body };
	}

	const fieldName = String(context.getNodeParameter('binaryPropertyName', itemIndex, 'data')).trim();
	const file = { ...IMAGE_FILE, maxBytes: IMAGE_MAX_BYTES };
	const readFile = async () => await readImageFile(context, itemIndex, fieldName, file);
	const { bytes } = await readFile();
	return {
		...common,
		hasFile: true,
		fileAdvice: FILE_ADVICE,
		hash: inputHash(connection.modelApiUrl, MODEL_ID, JSON.stringify({ prompt, ...options }), bytes),
		makeBody: async () => ({
			image: asDataUri(await readFile()),
			prompt,
			...options,
		}),
	};
}

export const jobReader: JobReader = { noun: NOUN, readJob };
