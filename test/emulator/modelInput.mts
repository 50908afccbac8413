import type { InputSchema, Model, Property } from './catalogue/model.mts';

/** One thing wrong with an input, in the form web frameworks give it in `detail`. */
interface InputProblem {
	loc: string[];
	msg: string;
	type: string;
}

/** What the schema checker says about a value; a part of ajv's error object. */
interface SchemaError {
	keyword: string;
	instancePath: string;
	message?: string;
	params: Record<string, unknown>;
}

/** Checks a value by a JSON schema; an empty list when it fits. */
export type ValidateInput = (schema: object, input: unknown) => readonly SchemaError[];

const FETCHABLE = /^(https?:\/\/|data:)/i;

/**
 * What is wrong with an input. Unknown keys are let through: the service was seen to accept and queue them. So is what a
 * schema requires and does not have.
 * Lenient looks only at whether the required fields are there and filled.
 */
export function inputProblems(
	model: Model,
	input: Record<string, unknown>,
	validation: 'strict' | 'lenient',
	validate: ValidateInput,
): InputProblem[] {
	const { required, properties } = model.input_schema;
	const known = [...new Set(required)].filter((name) => Object.hasOwn(properties, name));
	const missing = known.filter((name) => !Object.hasOwn(input, name) || isMissing(input[name]));
	const problems = missing.map((name) => problem([name], 'Field required', 'missing'));
	if (validation === 'lenient') return problems;
	for (const error of validate(plainSchema(model.input_schema), input)) {
		const path = error.instancePath.split('/').slice(1).map(unescapePointer);
		if (!missing.includes(path[0])) problems.push(problem(path, wordError(error), error.keyword));
	}
	return [...problems, ...addressProblems(model, input)];
}

function addressProblems(model: Model, input: Record<string, unknown>): InputProblem[] {
	return mediaValues(model, input).flatMap(({ name, values }) =>
		values
			.filter((value) => typeof value === 'string' && !isMissing(value) && !FETCHABLE.test(value))
			.map(() => problem([name], 'Input should be a valid URL', 'url_parsing')),
	);
}

const plainSchemas = new WeakMap<InputSchema, object>();

/** What of a schema can be checked as JSON schema; the same object each time, since compiling it is dear. */
function plainSchema(schema: InputSchema): object {
	const known = plainSchemas.get(schema);
	if (known !== undefined) return known;
	const properties = Object.entries(schema.properties).map(([name, property]) => [name, plainProperty(property)]);
	const plain = { type: 'object', properties: Object.fromEntries(properties) as Record<string, object> };
	plainSchemas.set(schema, plain);
	return plain;
}

const TYPES: readonly unknown[] = ['string', 'integer', 'number', 'boolean', 'array', 'object'];

const NUMBERS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'];

/** Without what is no JSON schema: `float` is a number, `validations` and formats are left out, a null default allows null. */
function plainProperty(property: Property): object {
	const plain: Property = {};
	const type = property.type === 'float' ? 'number' : property.type;
	const isNullable = property.default === null;
	if (TYPES.includes(type)) plain.type = isNullable ? [type, 'null'] : type;
	if (Array.isArray(property.enum) && property.enum.length > 0) {
		plain.enum = [...new Set([...(property.enum as unknown[]), ...(isNullable ? [null] : [])])];
	}
	for (const name of NUMBERS) if (typeof property[name] === 'number') plain[name] = property[name];
	if (typeof property.items === 'object' && property.items !== null) {
		plain.items = plainProperty(property.items as Property);
	}
	return plain;
}

function isMissing(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function problem(path: string[], msg: string, type: string): InputProblem {
	return { loc: ['body', ...path], msg, type };
}

function unescapePointer(part: string): string {
	return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function wordError({ keyword, message = 'is not valid', params }: SchemaError): string {
	if (keyword === 'enum' && Array.isArray(params.allowedValues)) {
		return `Input should be one of ${params.allowedValues.join(', ')}`;
	}
	return `Input ${message}`;
}

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
