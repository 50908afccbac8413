/** A model of the catalogue as an item: RunComfy's own names, texts cut to what a person or an agent reads. */

import type { IDataObject } from 'n8n-workflow';

import type { ModelAnswer } from '../api/modelCalls';
import { definedFields } from '../errors/shape';
import { priceInWords, readPrice } from '../purchase/estimate';
import { plainLine } from './names';
import type { Schema, SchemaInput } from '../values/schema';

const MAX_LISTED_NAME_CHARACTERS = 100;
const MAX_TEXT_CHARACTERS = 1000;
const MAX_PAGE_URL_CHARACTERS = 500;

/** The longest lists seen have 15 inputs and a handful of categories. */
const MAX_WORDS = 200;

/** An input whose example is longer than this is better looked at on the model's page. */
const MAX_DEFAULT_CHARACTERS = 200;

const shortLine = (value: unknown, maxCharacters: number): string | undefined =>
	typeof value === 'string' && value !== '' ? plainLine(value, maxCharacters) : undefined;

const shortLines = (value: unknown): string[] | undefined =>
	Array.isArray(value)
		? value.slice(0, MAX_WORDS).flatMap((word) => shortLine(word, MAX_LISTED_NAME_CHARACTERS) ?? [])
		: undefined;

/** An address that a person can click: of the web, and short. */
export function webAddressOf(value: unknown): string | undefined {
	const isAddress =
		typeof value === 'string' &&
		value.length <= MAX_PAGE_URL_CHARACTERS &&
		/^https?:\/\/[^\s<>"']+$/i.test(value) &&
		URL.canParse(value);
	return isAddress ? value : undefined;
}

/** What the catalogue says of a model, without its inputs. Never throws. */
export function aboutModel(answer: ModelAnswer): IDataObject {
	const price = readPrice(answer);
	return definedFields({
		model_id: shortLine(answer.model_id, MAX_TEXT_CHARACTERS),
		display_name: shortLine(answer.display_name, MAX_LISTED_NAME_CHARACTERS),
		description: shortLine(answer.description, MAX_TEXT_CHARACTERS),
		categories: shortLines(answer.categories),
		kind: shortLine(answer.kind, MAX_LISTED_NAME_CHARACTERS),
		base_price_usd: price?.usd ?? null,
		price_unit: price?.unit ?? null,
		price: price && priceInWords(price),
		pricing_note: shortLine(answer.pricing_note, MAX_TEXT_CHARACTERS),
		model_url: webAddressOf(answer.model_url),
	});
}

/** An entry of the list, with the names of its inputs. Never throws. */
export const listedModel = (entry: ModelAnswer): IDataObject => ({
	...aboutModel(entry),
	...definedFields({ inputs: shortLines(entry.inputs), required_inputs: shortLines(entry.required_inputs) }),
});

/** The inputs of a model or a workflow, each as the node will check it; null where they are not known. */
export const inputsInItem = (schema: Schema | undefined): IDataObject[] | null =>
	schema === undefined ? null : [...schema.inputs.values()].map(inputInItem);

const SHOWN_KINDS: Partial<Record<SchemaInput['kind'], string>> = {
	mediaOne: 'address',
	mediaMany: 'list of addresses',
	unclear: 'any',
};

const SHOWN_BOUNDS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

function inputInItem(input: SchemaInput): IDataObject {
	const { name, label, kind, required, choices, media, description, unit } = input;
	return definedFields({
		...{ name, label, type: SHOWN_KINDS[kind] ?? kind, required, media, choices: choices && [...choices] },
		...Object.fromEntries(SHOWN_BOUNDS.map((bound) => [bound, input[bound]])),
		...{ unit, default: shortExample(input.default), description },
	});
}

/** The schema's default where it is short: often it is no more than the example of the model's page. */
function shortExample(value: unknown): unknown {
	const text = JSON.stringify(value);
	return text !== undefined && text.length <= MAX_DEFAULT_CHARACTERS ? value : undefined;
}
