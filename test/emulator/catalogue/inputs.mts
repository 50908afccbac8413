import type { Property } from './model.mts';

type MediaKind = 'image' | 'video' | 'audio';

/** Addresses of examples: a host that never exists, so that who sends a default is found out. */
const EXAMPLES = 'https://media.example';

/** Largest seeds models take. */
export const SEED_31_BIT = 2_147_483_647;
export const SEED_32_BIT = 4_294_967_295;

/** A prompt; its default is the example of the model's page, and nobody's wish. */
export function prompt(example: string, more: Property = {}): Property {
	return { type: 'string', default: example, ...more };
}

/** Text that may stay empty. */
export function text(more: Property = {}): Property {
	return { type: 'string', default: '', ...more };
}

/** A choice among texts; without a default it is left out when nothing is chosen. */
export function choice(values: readonly string[], byDefault?: string, description?: string): Property {
	return withoutUndefined({ type: 'string', default: byDefault, enum: values, description });
}

/** A choice among whole numbers. */
export function wholeChoice(values: readonly number[], byDefault: number): Property {
	return { type: 'integer', default: byDefault, enum: values };
}

export function whole(minimum?: number, maximum?: number, byDefault?: number): Property {
	return withoutUndefined({ type: 'integer', default: byDefault, minimum, maximum });
}

/** A number of the type RunComfy has for it: `number`, or `float`, which is no JSON schema. */
export function decimal(minimum: number, maximum: number, byDefault: number, type = 'number'): Property {
	return { type, default: byDefault, minimum, maximum };
}

export function flag(byDefault: boolean): Property {
	return { type: 'boolean', default: byDefault };
}

/** One address; with the name of an example, that is its default. */
export function media(kind: MediaKind, example?: string, more: Property = {}): Property {
	return withoutUndefined({ type: 'string', format: `${kind}_uri`, default: exampleUrl(example), ...more });
}

/** A list of addresses. `items` may be missing, as in a quarter of RunComfy's lists. */
export function mediaList(
	kind: MediaKind,
	{ min, max, items = true, example, ...more }: ListFacts & Property = {},
): Property {
	return withoutUndefined({
		type: 'array',
		format: `${kind}_uris`,
		items: items ? { type: 'string', format: `${kind}_uri` } : undefined,
		minItems: min,
		maxItems: max,
		default: example === undefined ? undefined : [exampleUrl(example)],
		...more,
	});
}

interface ListFacts {
	min?: number;
	max?: number;
	items?: boolean;
	example?: string;
}

/** RunComfy's own rule about a file, no JSON schema. A megabyte is a million bytes. */
export function fileBelowMb(megabytes: number): Property {
	return rule('file_size_mb<', megabytes, `Files must stay below ${megabytes} MB.`);
}

export function rule(name: string, value: number, message: string): Property {
	return { validation_rule: name, validation_value: value, validation_error: message };
}

function exampleUrl(name: string | undefined): string | undefined {
	return name === undefined ? undefined : `${EXAMPLES}/${name}`;
}

/** A member that is undefined would be one that is there. */
function withoutUndefined(members: Property): Property {
	return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** `from` to `to`, both included. */
export function range(from: number, to: number): number[] {
	return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
