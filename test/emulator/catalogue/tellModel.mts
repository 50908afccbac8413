import type { Model } from './model.mts';
import { schemaIn, type SchemaForm } from './schemaForm.mts';

/** How prices are told. */
export type PriceTold = 'asIs' | 'missing' | 'zero' | 'negative' | 'text' | 'null';

/** How an entry is told. */
export interface Telling {
	schemaForm: SchemaForm;
	price: PriceTold;
}

/** An entry of the list. */
export function tellInList(model: Model, { schemaForm, price }: Telling, withSchema: boolean): Record<string, unknown> {
	const { required, properties } = model.input_schema;
	const { model_id, display_name, description, categories, kind, model_url } = model;
	return {
		model_id,
		display_name,
		description,
		categories,
		kind,
		...pricesOf(model, price),
		model_url,
		inputs: Object.keys(properties),
		required_inputs: required,
		...(withSchema ? { input_schema: schemaIn(schemaForm, model) } : {}),
	};
}

/** One model by its id: with schema and a note about its price. */
export function tellModel(model: Model, telling: Telling): Record<string, unknown> {
	const { pricing_note } = model;
	return { ...tellInList(model, telling, false), pricing_note, input_schema: schemaIn(telling.schemaForm, model) };
}

function pricesOf({ base_price_usd, price_unit }: Model, told: PriceTold): Record<string, unknown> {
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
