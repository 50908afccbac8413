import type { IExecuteFunctions } from 'n8n-workflow';

import { isRequestId } from '../api/contract';
import { invalidParameter } from '../errors/wording';

/**
 * Reads a whole number from a parameter that may hold anything, since an expression can put anything there. Digits in
 * a string count. Throws a RunComfyError that names the parameter and its range.
 */
export function readWholeNumber(name: string, value: unknown, min: number, max: number): number {
	const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
	if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
		throw invalidParameter(name, `must be a whole number from ${min} to ${max}`);
	}
	return number;
}

/**
 * Reads a switch from a parameter that an expression may have filled, say from a table: 'true' and 'false' count as text
 * too, and nothing at all means `normally`. Throws a RunComfyError that names the parameter.
 */
export function readSwitch(name: string, value: unknown, normally: boolean): boolean {
	if (typeof value === 'boolean') return value;
	const text = String(value ?? '')
		.trim()
		.toLowerCase();
	if (text === '') return normally;
	if (text !== 'true' && text !== 'false') throw invalidParameter(name, 'must be true or false');
	return text === 'true';
}

/** Reads and checks 'Request ID' before it can reach a URL. Throws a RunComfyError. */
export function readRequestId(context: IExecuteFunctions, itemIndex: number): string {
	const value = context.getNodeParameter('requestId', itemIndex, '') as unknown;
	const requestId = typeof value === 'string' ? value.trim() : value;
	if (isRequestId(requestId)) return requestId;
	throw invalidParameter(
		'Request ID',
		requestId === '' ? 'is empty' : 'is not a request ID',
		"It is the 'request_id' of an earlier item or error: letters, digits, - and _ only, at most 128 of them.",
	);
}
