import { choice, prompt, whole } from './inputs.mts';
import { defineModel, type Model, type Property } from './model.mts';

/** Ids of the entries that a client must survive. */
export const HOSTILE_IDS = {
	html: 'hostile/html/text-to-image',
	longText: 'hostile/long-text/text-to-image',
	prototype: 'hostile/prototype/text-to-image',
	manyInputs: 'hostile/many-inputs/text-to-image',
	twice: 'hostile/twice/text-to-image',
	oddSchema: 'hostile/odd-schema/text-to-image',
} as const;

/**
 * An input of this name is told as `seed` when the entry is sent: the same name twice in one JSON object, which no
 * object in memory can have.
 */
export const SECOND_SEED = 'seed\u0002';

const HTML = '<img src=x onerror=alert(1)><script>alert(1)</script>';

const LONG_TEXT_CHARS = 1024 * 1024;

const MANY_INPUTS = 5_000;

/** Entries of a catalogue that means harm, or is broken. Each can be submitted. */
export function hostileModels(): readonly Model[] {
	models ??= makeModels();
	return models;
}

let models: readonly Model[] | undefined;

function makeModels(): readonly Model[] {
	const twice = hostile(
		HOSTILE_IDS.twice,
		'Twice',
		{ seed: whole(0, 10, 1), [SECOND_SEED]: whole(0, 99, 2), image_url: titled('Image'), image: titled('Image') },
		['prompt', 'prompt'],
	);
	return [
		hostile(HOSTILE_IDS.html, HTML, {
			style: { ...choice([HTML, 'plain'], HTML, HTML), title: HTML },
			[`"><b>${HTML}`]: { type: 'string', title: '{{ $json.constructor }}' },
		}),
		hostile(HOSTILE_IDS.longText, 'Long Text', {
			note: { type: 'string', title: 'N'.repeat(LONG_TEXT_CHARS), description: 'd'.repeat(LONG_TEXT_CHARS) },
		}),
		// Read from JSON: there the name is one like any other, in an object literal it would set the prototype.
		hostile(
			HOSTILE_IDS.prototype,
			'Prototype',
			JSON.parse(
				'{"__proto__":{"type":"string"},"constructor":{"type":"string"},"toString":{"type":"integer"},"":{"type":"string"}}',
			) as Record<string, Property>,
			['__proto__', 'prompt'],
		),
		hostile(
			HOSTILE_IDS.manyInputs,
			'Many Inputs',
			Object.fromEntries(Array.from({ length: MANY_INPUTS }, (_, index) => [`input_${index}`, { type: 'string' }])),
		),
		twice,
		// The same entry once more, as when the catalogue grows between two pages.
		twice,
		hostile(HOSTILE_IDS.oddSchema, 'Odd Schema', {
			nothing: {},
			unheard: { type: 'tensor', minimum: 'low', enum: [] },
			either: { type: ['string', 'null'], anyOf: [{ type: 'string' }, { $ref: '#/definitions/gone' }] },
			broken: { type: 'string', pattern: '(' },
			empty: { type: 'string', enum: ['', ' ', null, 1, true] },
		}),
	];
}

function hostile(id: string, name: string, inputs: Record<string, Property>, required = ['prompt']): Model {
	return defineModel({
		id,
		name,
		description: id === HOSTILE_IDS.longText ? 'x'.repeat(LONG_TEXT_CHARS) : `${name} is hostile.`,
		categories: ['text-to-image'],
		price: [0.01, 'output'],
		pricingNote: name,
		required,
		inputs: { prompt: prompt(''), ...inputs },
	});
}

function titled(title: string): Property {
	return { type: 'string', title };
}
