import type { Model } from './models.mts';

/** One thing wrong with an input, in the form web frameworks give it in `detail`. */
export interface InputProblem {
	loc: string[];
	msg: string;
	type: string;
}

/** What the schema checker says about a value; a part of ajv's error object. */
export interface SchemaError {
	keyword: string;
	instancePath: string;
	message?: string;
	params: Record<string, unknown>;
}

/** Checks a value by a JSON schema; an empty list when it fits. */
export type ValidateInput = (schema: object, input: unknown) => readonly SchemaError[];

const FETCHABLE = /^(https?:\/\/|data:)/i;

/**
 * What is wrong with an input. Unknown keys are let through: the service was seen to accept and queue them.
 * Lenient looks only at whether the required fields are there and filled.
 */
export function inputProblems(
	model: Model,
	input: Record<string, unknown>,
	validation: 'strict' | 'lenient',
	validate: ValidateInput,
): InputProblem[] {
	const missing = model.input_schema.required.filter((name) => isMissing(input[name]));
	const problems = missing.map((name) => problem([name], 'Field required', 'missing'));
	if (validation === 'lenient') return problems;
	for (const error of validate(model.input_schema, input)) {
		const path = error.instancePath.split('/').slice(1);
		const isReported = error.keyword === 'required' || missing.includes(path[0]);
		if (!isReported) problems.push(problem(path, wordError(error), error.keyword));
	}
	if (typeof input.image === 'string' && !isMissing(input.image) && !FETCHABLE.test(input.image)) {
		problems.push(problem(['image'], 'Input should be a valid URL', 'url_parsing'));
	}
	return problems;
}

function isMissing(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function problem(path: string[], msg: string, type: string): InputProblem {
	return { loc: ['body', ...path], msg, type };
}

function wordError({ keyword, message = 'is not valid', params }: SchemaError): string {
	if (keyword === 'enum' && Array.isArray(params.allowedValues)) {
		return `Input should be one of ${params.allowedValues.join(', ')}`;
	}
	return `Input ${message}`;
}
