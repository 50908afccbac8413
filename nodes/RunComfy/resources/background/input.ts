/** From n8n's parameters to the model's input. Everything is checked here, before anything is paid. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { invalidParameter } from '../../errors/wording';
import { readWholeNumber } from '../../input/parameters';
import { asDataUri, checkImageUrl, readImageFile } from '../../input/image';
import { inputHash, type ModelInput } from '../../purchase/job';
import {
	COLOR_WEIGHT_MAX,
	COLOR_WEIGHT_MIN,
	CUSTOM_PALETTE_MAX_COLORS,
	MODEL_ID,
	DEFAULT_RENDERING_SPEED,
	IMAGE_MAX_BYTES,
	jobKindOf,
	SEED_MAX,
	USUAL_JOB_MS,
} from './ideogram';

const isObject = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function readPrompt(value: unknown): string {
	if (typeof value !== 'string' && typeof value !== 'number') throw invalidParameter('Prompt', 'must be text');
	const prompt = String(value);
	if (prompt.trim() === '') {
		throw invalidParameter('Prompt', 'is empty', 'Say what the new background should look like.');
	}
	return prompt;
}

function readColor(entry: unknown): IDataObject {
	const { color, weight } = isObject(entry) ? entry : {};
	const hex = typeof color === 'string' ? color.trim() : '';
	if (!/^#?[0-9a-f]{6}$/i.test(hex)) {
		throw invalidParameter('Color', 'must be a color like #FF6D5A', "It is part of 'Custom Palette'.");
	}
	const member = { color_hex: `#${hex.replace('#', '').toUpperCase()}` };
	if (weight === undefined || weight === null || weight === '') return member;
	const number = typeof weight === 'string' ? Number(weight) : weight;
	if (typeof number !== 'number' || !(number >= COLOR_WEIGHT_MIN && number <= COLOR_WEIGHT_MAX)) {
		throw invalidParameter(
			'Weight',
			`must be a number from ${COLOR_WEIGHT_MIN} to ${COLOR_WEIGHT_MAX}`,
			"It is part of 'Custom Palette'.",
		);
	}
	return { ...member, color_weight: number };
}

function readPalette(options: IDataObject): IDataObject {
	const { colorPalette, customPalette } = options;
	if (colorPalette !== undefined && customPalette !== undefined) {
		throw invalidParameter('Color Palette', "cannot be combined with 'Custom Palette'", 'Remove one of the two.');
	}
	if (colorPalette !== undefined) return { color_palette: { name: readChoice('Color Palette', colorPalette) } };
	if (customPalette === undefined) return {};
	const colors = isObject(customPalette) ? customPalette.colors : undefined;
	if (!Array.isArray(colors) || colors.length === 0 || colors.length > CUSTOM_PALETTE_MAX_COLORS) {
		throw invalidParameter('Custom Palette', `needs 1 to ${CUSTOM_PALETTE_MAX_COLORS} colors`);
	}
	return { color_palette: { members: colors.map(readColor) } };
}

function readChoice(name: string, value: unknown): string {
	if (typeof value === 'string' && value.trim() !== '') return value.trim();
	throw invalidParameter(name, 'must be one of the values of its list');
}

function readExtraFields(value: unknown): IDataObject {
	if (value === undefined || value === null || value === '') return {};
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	if (isObject(parsed)) return parsed;
	throw invalidParameter('Extra Fields (JSON)', 'must be a JSON object', 'For example {"seed": 7}.');
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
export async function readModelInput(
	context: IExecuteFunctions,
	itemIndex: number,
	service: { modelApiUrl: string; isCustom: boolean },
): Promise<ModelInput> {
	const prompt = readPrompt(context.getNodeParameter('prompt', itemIndex, ''));
	const given = context.getNodeParameter('modelOptions', itemIndex, {}) as unknown;
	const options = readModelOptions(isObject(given) ? given : {});
	const speed = String(options.rendering_speed ?? DEFAULT_RENDERING_SPEED).toUpperCase();
	const common = {
		modelId: MODEL_ID,
		jobKind: jobKindOf(speed),
		usualJobMs: USUAL_JOB_MS[speed] ?? USUAL_JOB_MS.BALANCED,
	};

	if (context.getNodeParameter('imageSource', itemIndex, 'url') !== 'binary') {
		const image = checkImageUrl(context.getNodeParameter('imageUrl', itemIndex, ''), service.isCustom);
		const body: IDataObject = { image, prompt, ...options };
		const hash = inputHash(service.modelApiUrl, MODEL_ID, JSON.stringify(body));
		return { ...common, sentAsFile: false, hash, makeBody: async () => body };
	}

	const fieldName = String(context.getNodeParameter('binaryPropertyName', itemIndex, 'data')).trim();
	const readFile = async () => await readImageFile(context, itemIndex, fieldName, IMAGE_MAX_BYTES);
	const { bytes } = await readFile();
	return {
		...common,
		sentAsFile: true,
		hash: inputHash(service.modelApiUrl, MODEL_ID, JSON.stringify({ prompt, ...options }), bytes),
		makeBody: async () => ({
			image: asDataUri(await readFile()),
			prompt,
			...options,
		}),
	};
}
