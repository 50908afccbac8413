/** The fields of Background as the reader of values takes them, and how RunComfy calls them. */

import type { IDataObject } from 'n8n-workflow';

import { extraField, IMAGE_ADVICE, otherName, PROMPT_ADVICE } from '../../errors/modelErrors';
import { definedFields } from '../../errors/shape';
import { schemaOfFields, schemaOf } from '../../values/schema';
import { backgroundFields, modelOptions } from './backgroundFields';
import { IMAGE_MAX_BYTES } from './ideogram';

const fieldsNamed = (wanted: string) => backgroundFields.filter(({ name }) => name === wanted);
const [{ displayName: IMAGE_URL }] = fieldsNamed('imageUrl');
const MODEL_OPTIONS = modelOptions.filter(({ name }) => name !== 'extraFields');

const IMAGE = { kind: 'mediaOne', media: 'image', maxFileBytes: IMAGE_MAX_BYTES } as const;

/** The ways to choose colors, of which one counts. */
export const PALETTES = ['colorPalette', 'paletteText', 'customPalette'];

const PALETTE = schemaOfFields(MODEL_OPTIONS).inputs.get('customPalette');

export const SOURCE = schemaOfFields(fieldsNamed('imageSource'));

/** By the names of the parameters; the image, which one of two parameters gives, by its own. */
export const FIELDS = schemaOf({
	image: { ...IMAGE, label: IMAGE_URL, required: true, advice: IMAGE_ADVICE },
	...Object.fromEntries(
		schemaOfFields([...fieldsNamed('prompt'), ...MODEL_OPTIONS], {
			prompt: { required: true, advice: PROMPT_ADVICE },
			colorPalette: { advice: otherName('{"color_palette": {"name": "…"}}') },
			paletteText: { kind: 'list', items: PALETTE?.items, minItems: 1, maxItems: PALETTE?.maxItems },
			customPalette: { minItems: 1 },
			style: { advice: otherName('{"style": {"style_type": "…"}}') },
		}).inputs,
	),
});

/** What the node itself relies on among Extra Fields, by RunComfy's names. All others are sent as they are. */
export const EXTRA = schemaOf(
	{
		image: { ...IMAGE, label: extraField('image') },
		prompt: { label: extraField('prompt'), kind: 'text' },
	},
	{ isWhole: false, labelOf: extraField },
);

/** "#1f6feb 1, #ffffff 0.4" as the entries of a list. What is neither text nor a list is left to the check. */
export function colorsIn(given: unknown): unknown {
	if (Array.isArray(given)) return given.flatMap((one) => (typeof one === 'string' ? colorsIn(one) : [one]));
	if (typeof given !== 'string') return given;
	const colors = given.split(/[,;\n]/).filter((part) => part.trim() !== '');
	return colors.map((part) => {
		const [color, ...weight] = part.trim().split(/\s+/);
		return { color, weight: weight.join(' ') };
	});
}

const paletteOf = ({ colorPalette, paletteText, customPalette }: Record<string, unknown>): unknown => {
	if (colorPalette !== undefined) return { name: colorPalette };
	const colors = paletteText ?? customPalette;
	return Array.isArray(colors)
		? {
				members: colors.map(({ color, weight }: Record<string, unknown>) =>
					definedFields({ color_hex: color, color_weight: weight }),
				),
			}
		: undefined;
};

/** Checked fields under RunComfy's names. Only what was given: it is not known whether RunComfy fills in its own defaults. */
export const inRunComfyNames = (fields: Record<string, unknown>): IDataObject =>
	definedFields({
		image: fields.image,
		prompt: fields.prompt,
		color_palette: paletteOf(fields),
		magic_prompt: fields.magicPrompt,
		rendering_speed: fields.renderingSpeed,
		seed: fields.seed,
		style: fields.style === undefined ? undefined : { style_type: fields.style },
	});
