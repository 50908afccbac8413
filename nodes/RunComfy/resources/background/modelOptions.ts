/** Model Options: what a person adds to the image and the prompt. */
import type { IDataObject } from 'n8n-workflow';

import { EXTRA_FIELDS, extraField, IMAGE_URL, otherName } from '../../errors/backgroundWords';
import * as inputErrors from '../../errors/inputErrors';
import { checkAddress } from '../../values/address';
import { readChoice } from '../../values/choice';
import { isNotGiven } from '../../values/schema';
import { isObject, readJsonObject } from '../../values/json';
import type { Problems } from '../../values/problems';
import { readNumber, readWholeNumber } from '../../values/parameters';
import { readText } from '../../values/text';
import {
	COLOR_PALETTES,
	COLOR_WEIGHT_MAX,
	COLOR_WEIGHT_MIN,
	CUSTOM_PALETTE_MAX_COLORS,
	MAGIC_PROMPTS,
	RENDERING_SPEEDS,
	SEED_MAX,
	STYLES,
} from './ideogram';

const OTHER_PALETTE = otherName('{"color_palette": {"name": "…"}}');
const OTHER_STYLE = otherName('{"style": {"style_type": "…"}}');

const WEIGHT = {
	min: COLOR_WEIGHT_MIN,
	max: COLOR_WEIGHT_MAX,
	advice: inputErrors.partOf('Custom Palette'),
};

/** An image that travels in the request itself. */
const IMAGE_IN_REQUEST = /^data:image\/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]{4}/;

/** Reads and checks Model Options, as fields of the model, and notes all that is wrong with them. */
export function readModelOptions(given: unknown, allowPrivate: boolean, problems: Problems): IDataObject {
	const { magicPrompt, renderingSpeed, seed, style, colorPalette, customPalette, extraFields } = isObject(given)
		? given
		: {};
	const take = problems.take.bind(problems);
	const styleType = take(() => readChoice('Style', style, STYLES, OTHER_STYLE));
	return {
		...take(() => readPalette(colorPalette, customPalette)),
		...withoutGaps({
			magic_prompt: take(() => readChoice('Magic Prompt', magicPrompt, MAGIC_PROMPTS)),
			rendering_speed: take(() => readChoice('Rendering Speed', renderingSpeed, RENDERING_SPEEDS)),
			seed: take(() => readWholeNumber('Seed', seed, 0, SEED_MAX)),
			style: styleType && { style_type: styleType },
		}),
		...take(() => readExtraFields(extraFields, allowPrivate)),
	};
}

const withoutGaps = (fields: IDataObject): IDataObject =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function readPalette(colorPalette: unknown, customPalette: unknown): IDataObject {
	if (!isNotGiven(colorPalette) && !isNotGiven(customPalette)) {
		throw inputErrors.cannotBeCombined('Color Palette', 'Custom Palette');
	}
	const name = readChoice('Color Palette', colorPalette, COLOR_PALETTES, OTHER_PALETTE);
	if (name !== undefined) return { color_palette: { name } };
	if (isNotGiven(customPalette)) return {};
	const colors = isObject(customPalette) ? customPalette.colors : undefined;
	if (!Array.isArray(colors) || colors.length === 0 || colors.length > CUSTOM_PALETTE_MAX_COLORS) {
		throw inputErrors.needsColors('Custom Palette', CUSTOM_PALETTE_MAX_COLORS);
	}
	return { color_palette: { members: colors.map(readColor) } };
}

function readColor(entry: unknown): IDataObject {
	const { color, weight } = isObject(entry) ? entry : {};
	const hex = typeof color === 'string' ? color.trim() : '';
	if (!/^#?[0-9a-f]{6}$/i.test(hex)) throw inputErrors.mustBeColor('Color', 'Custom Palette');
	return withoutGaps({
		color_hex: `#${hex.replace('#', '').toUpperCase()}`,
		color_weight: readNumber('Weight', weight, WEIGHT),
	});
}

/** Extra Fields win over all others, but not so far that they empty what the model cannot do without. */
function readExtraFields(value: unknown, allowPrivate: boolean): IDataObject {
	const fields = readJsonObject(EXTRA_FIELDS.name, value, EXTRA_FIELDS.example) ?? {};
	for (const field of ['image', 'prompt']) {
		if (Object.hasOwn(fields, field) && isNotGiven(fields[field]))
			throw inputErrors.mayNotEmpty(EXTRA_FIELDS.name, field);
	}
	const { image, prompt } = fields;
	const isInRequest = typeof image === 'string' && IMAGE_IN_REQUEST.test(image);
	return {
		...fields,
		...(image !== undefined &&
			!isInRequest && { image: checkAddress(image, { ...IMAGE_URL, name: extraField('image') }, allowPrivate) }),
		...(prompt !== undefined && { prompt: readText(extraField('prompt'), prompt) }),
	};
}
