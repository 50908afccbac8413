import type { Switches } from '../switches.mts';
import type { InputSchema, Model, Property } from './model.mts';

/** An entry of the list. */
export function tellInList(
	model: Model,
	priceTold: Switches['priceTold'],
	withSchema: boolean,
): Record<string, unknown> {
	const { required, properties } = model.input_schema;
	const { model_id, display_name, description, categories, kind, model_url } = model;
	return {
		model_id,
		display_name,
		description,
		categories,
		kind,
		...pricesOf(model, priceTold),
		model_url,
		inputs: Object.keys(properties),
		required_inputs: required,
		...(withSchema ? { input_schema: schemaOf(model) } : {}),
	};
}

/** One model by its id: with schema and a note about its price. */
export function tellModel(model: Model, priceTold: Switches['priceTold']): Record<string, unknown> {
	const { pricing_note } = model;
	return { ...tellInList(model, priceTold, false), pricing_note, input_schema: schemaOf(model) };
}

function pricesOf({ base_price_usd, price_unit }: Model, told: Switches['priceTold']): Record<string, unknown> {
	switch (told) {
		case 'asIs':
			return { base_price_usd, price_unit };
		case 'missing':
			return {};
		case 'zero':
			return { base_price_usd: 0, price_unit };
		case 'negative':
			return { base_price_usd: -base_price_usd, price_unit };
		case 'text':
			return { base_price_usd: `from $${base_price_usd}`, price_unit };
		case 'null':
			return { base_price_usd: null, price_unit: null };
	}
}

/** Written otherwise in titles than with one capital. */
const TITLE_WORDS: Readonly<Record<string, string>> = { url: 'URL', urls: 'URLs', fps: 'FPS', cfg: 'CFG', ms: 'ms' };

/**
 * A model's schema in the form it is known in. The catalogue has no titles and inputs in the order of the alphabet; a page has
 * titles and an order with a meaning, and on older models no `format`.
 */
function schemaOf({ knownFrom, isOlder, input_schema: { required, properties } }: Model): InputSchema {
	const entries = Object.entries(properties);
	if (knownFrom === 'catalogue') {
		const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
		return { type: 'object', required, properties: Object.fromEntries(sorted) };
	}
	const titled = entries.map(([name, property]) => [name, onPage(name, property, isOlder)] as const);
	return { type: 'object', title: 'Input Schema', required, properties: Object.fromEntries(titled) };
}

function onPage(name: string, property: Property, isOlder: boolean): Property {
	const told: Property = { title: titleOf(name), ...property };
	if (isOlder) delete told.format;
	return told;
}

/** `image_url` as `Image URL`. */
function titleOf(name: string): string {
	return name
		.split('_')
		.map((word) => TITLE_WORDS[word] ?? `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
		.join(' ');
}
