import { mustBeSwitch, mustBeWholeNumber } from '../errors/inputErrors';

/**
 * Reads a whole number from a parameter that may hold anything, since an expression can put anything there. Digits in
 * a string count. Throws a RunComfyError that names the parameter and its range.
 */
export function readWholeNumber(name: string, value: unknown, min: number, max: number): number {
	const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
	if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
		throw mustBeWholeNumber(name, min, max);
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
	if (text !== 'true' && text !== 'false') throw mustBeSwitch(name);
	return text === 'true';
}
