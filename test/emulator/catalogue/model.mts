/** One input of a model, as a JSON schema tells it. */
export type Property = Record<string, unknown>;

/** A JSON schema as far as the catalogue uses it. */
export interface InputSchema {
	type: 'object';
	title?: string;
	required: string[];
	properties: Record<string, Property>;
}

/** What a model makes; the last word of its first category. */
export type Medium = 'image' | 'video' | 'audio' | 'text';

/** How much dearer a run is for an input's value: `{ resolution: { '2K': 2 } }`. RunComfy tells such rules in prose only. */
type CostFactors = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A model as the emulator keeps it; `tellModel.mts` has what it says of it. */
export interface Model {
	model_id: string;
	display_name: string;
	description: string;
	categories: readonly string[];
	kind: 'model' | 'workflow' | 'inference';
	base_price_usd: number;
	price_unit: 'output' | 'second';
	pricing_note: string;
	model_url: string;
	/** In the order of the model's page and without titles; `tellModel.mts` gives it its form. */
	input_schema: InputSchema;
	/** Whether RunComfy's schema is known from the catalogue or from the model's page. */
	knownFrom: 'catalogue' | 'page';
	/** An older model's page does not mark media: no `format`. */
	isOlder: boolean;
	gives: Medium;
	costFactors: CostFactors;
}

/** What has to be said of a model; the rest follows. */
export interface ModelFacts {
	id: string;
	name: string;
	description: string;
	categories: readonly string[];
	/** USD per output or per second, made up. */
	price: readonly [usd: number, unit: Model['price_unit']];
	required: string[];
	inputs: Record<string, Property>;
	kind?: Model['kind'];
	/** Path of the model's page, where it is not its id. */
	page?: string;
	pricingNote?: string;
	knownFrom?: Model['knownFrom'];
	isOlder?: boolean;
	costFactors?: CostFactors;
}

const PAGES = 'https://www.runcomfy.com/models';

const MEDIA: readonly Medium[] = ['image', 'video', 'audio', 'text'];

export function defineModel(facts: ModelFacts): Model {
	const [usd, unit] = facts.price;
	return {
		model_id: facts.id,
		display_name: facts.name,
		description: facts.description,
		categories: facts.categories,
		kind: facts.kind ?? 'model',
		base_price_usd: usd,
		price_unit: unit,
		pricing_note: facts.pricingNote ?? 'The price told by the emulator is made up.',
		model_url: `${PAGES}/${facts.page ?? facts.id}`,
		input_schema: { type: 'object', required: facts.required, properties: facts.inputs },
		knownFrom: facts.knownFrom ?? 'catalogue',
		isOlder: facts.isOlder ?? false,
		gives: mediumOf(facts.categories[0] ?? ''),
		costFactors: facts.costFactors ?? {},
	};
}

function mediumOf(category: string): Medium {
	return MEDIA.find((medium) => category.endsWith(medium)) ?? 'image';
}
