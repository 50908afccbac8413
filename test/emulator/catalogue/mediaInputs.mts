import type { Model, Property } from './model.mts';

const FORMAT = /^(image|video|audio)_uris?$/;

/** Addresses of files that a model's input gives, in the order of the schema: `format` tells which inputs these are. */
export function mediaValues(model: Model, input: Record<string, unknown>): Array<{ name: string; values: unknown[] }> {
	return Object.entries(model.input_schema.properties)
		.filter(([name, property]) => isMedia(property) && Object.hasOwn(input, name))
		.map(([name]) => ({ name, values: [input[name]].flat() }));
}

/** The first picture that was sent, if any. */
export function firstImage(model: Model, input: Record<string, unknown>): string | undefined {
	const { properties } = model.input_schema;
	const given = mediaValues(model, input).filter(({ name }) => String(properties[name].format).startsWith('image'));
	const image = given.flatMap(({ values }) => values).find((value) => typeof value === 'string');
	return image as string | undefined;
}

function isMedia({ format }: Property): boolean {
	return typeof format === 'string' && FORMAT.test(format);
}
