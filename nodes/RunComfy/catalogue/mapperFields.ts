/** From the schema of a model to the fields that n8n's resource mapper shows. */

import type { FieldType, INodePropertyOptions, ResourceMapperField } from 'n8n-workflow';

import { exampleOf } from '../values/convert';
import { byNumberAndName, nameInWords, UniqueNames } from './names';
import type { Bounds, Field, Schema, SchemaInput } from '../values/schema';

/** Real models have at most 15 inputs. Beyond this the panel is of no use, and JSON mode takes them all. */
export const MAX_FIELDS = 200;

/** An example that fits behind a name. */
const MAX_INLINE_EXAMPLE_CHARACTERS = 40;

/** Has a parameter of its own above the fields. */
const PROMPT = 'prompt';

/** What the editor can keep: it puts the name into a path with quotes, and looks values up in a plain object. */
export const isEditable = (name: string) => /^[\w.-]+$/.test(name) && !(name in {});

/** Units of inputs whose schema has none: no model of the catalogue uses these names for anything else. */
const UNITS: ReadonlyArray<[RegExp, string]> = [
	[/(^|_)(duration|seconds)$|^(start|end)_time$/, 'seconds'],
	[/_ms$/, 'ms'],
	[/^(width|height)$/, 'pixels'],
	[/^sample_rate$/, 'Hz'],
];

/**
 * The fields of a model: required ones in the order of `required`, then media, then the rest by name. Those that can stay
 * empty start under "Add field".
 *
 * @param reserved names of the node's own parameters; an AI agent could not tell a field of the same name from them.
 */
export function fieldsOfSchema(schema: Schema, reserved: readonly string[] = ['Prompt']): ResourceMapperField[] {
	const names = new UniqueNames(reserved);
	// `required` names an input that no property describes: one of the media that are described may be meant.
	const isMisnamed = schema.required.some((name) => schema.inputs.get(name)?.isDescribed === false);
	const shown = sortInputs(schema).slice(0, MAX_FIELDS);
	const alike = new Map<string, number>();
	for (const { label } of shown) alike.set(coreOf(label), (alike.get(coreOf(label)) ?? 0) + 1);
	return shown.map((input) =>
		fieldOfInput(input, names, { isMisnamed, isAlike: alike.get(coreOf(input.label)) !== 1 }),
	);
}

/** What is left of a label without "URL" and the plural: "Image URLs" and "Images" are easily confused. */
const coreOf = (label: string): string =>
	label
		.toLowerCase()
		.replace(/\burls?\b/g, '')
		.trim()
		.replace(/s$/, '');

function sortInputs({ inputs, required }: Schema): SchemaInput[] {
	const shown = [...inputs.values()].filter(({ name }) => name !== PROMPT && isEditable(name));
	const places = new Map(required.map((name, place) => [name, place]));
	const groupOf = (input: SchemaInput) => (input.required ? 0 : input.media !== undefined ? 1 : 2);
	return shown.sort(
		(a, b) =>
			groupOf(a) - groupOf(b) ||
			(a.required ? (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0) : byNumberAndName(a.label, b.label)),
	);
}

function fieldOfInput(
	input: SchemaInput,
	names: UniqueNames,
	{ isMisnamed, isAlike }: { isMisnamed: boolean; isAlike: boolean },
): ResourceMapperField {
	const { name, label, required, media } = input;
	return mapperField(input, {
		id: name,
		displayName: names.give([label, nameInWords(name)], detailsOf(input, isAlike)),
		// n8n refuses to start a workflow with an empty required field. A file of the item may fill a media input
		// instead of its field, so that only the check by the live schema can say whether something is missing.
		required: required && media === undefined,
		removed: !required && !(isMisnamed && media !== undefined),
	});
}

/** A field as n8n's resource mapper takes it: a list where the input has choices. */
export function mapperField(
	input: Field,
	field: Pick<ResourceMapperField, 'id' | 'displayName' | 'required' | 'removed'>,
): ResourceMapperField {
	const options = choicesOf(input);
	const type = options.length > 0 ? 'options' : typeOfField(input);
	return {
		...field,
		type,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: true,
		...(options.length > 0 && { options }),
		// n8n would start a switch as false, and most of RunComfy's are true. No other default is ever filled in: those of
		// prompts and media are only the example of the model's page.
		...(type === 'boolean' && typeof input.default === 'boolean' && { defaultValue: input.default }),
	};
}

/**
 * n8n checks what is typed into a field by the field's type before a run, and stops the whole workflow if it does not fit: a
 * type is claimed only where the live schema would refuse the same. A list of addresses or words is text, since one plain
 * address in an array field would stop it. A list of objects is JSON or nothing.
 */
function typeOfField({ kind, items, types = [] }: Field): FieldType {
	switch (kind) {
		case 'number':
		case 'integer':
			return 'number';
		case 'boolean':
		case 'object':
			return kind;
		case 'list':
			return items?.types.length === 1 && items.types[0] === 'object' ? 'array' : 'string';
		case 'unclear':
			// Of a workflow's value it is known whether a list or an object was saved.
			return types.length === 1 ? (types[0] as FieldType) : 'string';
		default:
			return 'string';
	}
}

/** Values keep their own type: n8n compares them strictly. Names are the values, since letter case counts in them. */
const choicesOf = ({ choices = [], default: preset }: Field): INodePropertyOptions[] =>
	choices
		.filter((choice) => choice !== '')
		.map((choice) => ({
			name: String(choice),
			value: choice,
			...(choice === preset && { description: 'Default' }),
		}));

/**
 * What has to be known to fill a field in, behind its name: n8n shows no description beside one. The editor cuts a name off
 * after some 30 characters, so what matters comes first: the star that n8n puts behind its own required fields, then Files.
 */
function detailsOf(input: SchemaInput, isAlike: boolean): string {
	const isRequiredMedia = input.required && input.media !== undefined;
	const words = isRequiredMedia
		? [withUnit(urlUnit(input), 'or Files'), input.kind === 'mediaMany' ? entriesRange(input) : '']
		: [contentOf(input)];
	const parts = [isAlike ? input.name : '', ...words].filter(Boolean);
	return (isRequiredMedia ? ' *' : '') + (parts.length === 0 ? '' : ` (${parts.join(', ')})`);
}

/** What a media input takes; empty where its label says it. */
const urlUnit = ({ kind, label }: SchemaInput): string =>
	/\bURLs?\b/i.test(label) ? '' : kind === 'mediaMany' ? 'URLs' : 'URL';

function contentOf(input: SchemaInput): string {
	const { kind, items, minLength, maxLength } = input;
	switch (kind) {
		case 'mediaOne':
			return urlUnit(input);
		case 'mediaMany':
			return withUnit(entriesRange(input), urlUnit(input));
		case 'list': {
			const content = items?.types[0] === 'object' ? 'JSON list' : 'list';
			return [content, entriesRange(input)].filter(Boolean).join(', ');
		}
		case 'object': {
			const example = exampleOf(input.default, MAX_INLINE_EXAMPLE_CHARACTERS);
			return example === undefined ? 'JSON' : `JSON, e.g. ${example}`;
		}
		case 'text':
			return minLength === undefined && maxLength === undefined
				? ''
				: withUnit(rangeOf(minLength || undefined, maxLength), 'characters');
		case 'number':
		case 'integer':
		case 'choice':
			return withUnit(kind === 'choice' ? '' : numberRange(input), unitOf(input));
		default:
			return '';
	}
}

const withUnit = (range: string, unit: string) => [range, unit].filter(Boolean).join(' ');

export function numberRange({ minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below }: Bounds): string {
	if (above === undefined && below === undefined) return rangeOf(minimum, maximum);
	const from = above === undefined ? rangeOf(minimum, undefined) : `more than ${above}`;
	const to = below === undefined ? rangeOf(undefined, maximum) : `less than ${below}`;
	return [from, to].filter(Boolean).join(', ');
}

/** One entry at least goes without saying, where there is no other bound. */
function entriesRange({ minItems = 0, maxItems }: Bounds): string {
	return maxItems === undefined && minItems <= 1 ? '' : rangeOf(minItems || undefined, maxItems);
}

function rangeOf(from: number | undefined, to: number | undefined): string {
	if (from === undefined) return to === undefined ? '' : `up to ${to}`;
	if (to === undefined) return `at least ${from}`;
	if (from === to) return String(from);
	// A dash beside a minus is hard to read.
	return from < 0 || to < 0 ? `${from} to ${to}` : `${from}–${to}`;
}

/** The schema's own unit, else the one that the name stands for; none if the label says it. */
function unitOf({ name, label, unit }: SchemaInput): string {
	const known = unit ?? UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? '';
	const words = label.toLowerCase().split(/[^\p{L}]+/u);
	return words.includes(known.toLowerCase()) ? '' : known;
}
