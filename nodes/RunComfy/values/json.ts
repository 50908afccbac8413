/** Parameters that hold JSON: as text that a person typed, or as the object that an expression gave. */
import type { IDataObject } from 'n8n-workflow';

import { mustBeJsonObject } from '../errors/inputErrors';
import { isNotGiven } from './schema';
import { leftoverError, leftoverInValue } from './leftovers';
import { sendableText } from './text';

export const isObject = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const sendable = (_name: string, value: unknown): unknown => (typeof value === 'string' ? sendableText(value) : value);

/** What goes out of a value, or comes in from a text, as JSON; undefined where it is none. */
function asJson(value: unknown): unknown {
	try {
		return JSON.parse(typeof value === 'string' ? value : JSON.stringify(value), sendable);
	} catch {
		return undefined;
	}
}

/**
 * Reads a JSON object; undefined when none was given. Throws a RunComfyError for anything else, and where a value in it,
 * however deep, is text that no person wrote.
 */
export function readJsonObject(name: string, value: unknown, example: string): IDataObject | undefined {
	if (isNotGiven(value)) return undefined;
	refuseLeftovers(name, value);
	const json = asJson(value);
	if (!isObject(json)) throw mustBeJsonObject(name, example);
	refuseLeftovers(name, json);
	return json;
}

/** Level by level instead of by recursion: an expression's object may be as deep as it likes. */
function refuseLeftovers(name: string, json: unknown): void {
	const seen = new Set<unknown>();
	const open: unknown[] = [json];
	while (open.length > 0) {
		const value = open.pop();
		if (typeof value === 'object' && value !== null && !seen.has(value)) {
			seen.add(value);
			open.push(...Object.values(value));
		}
		const text = typeof value === 'number' && !Number.isFinite(value) ? 'NaN' : value;
		const leftover = typeof text === 'string' ? leftoverInValue(text) : undefined;
		if (leftover !== undefined) throw leftoverError(name, leftover);
	}
}
