/** Numbers and switches: whatever an expression or a table puts into such a field. */
import { mustBeNumber, mustBeSwitch, mustBeWholeNumber } from '../errors/inputErrors';
import { isNotGiven } from './schema';

const DIGITS = /^[+-]?\d+(\.\d+)?$/;

/** The number, also where it came as text; undefined for anything else. */
function numberOf(value: unknown): number | undefined {
	if (typeof value === 'string' && DIGITS.test(value.trim())) return Number(value);
	return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/**
 * Reads a whole number; digits in a text count. Undefined when none was given. Throws a RunComfyError that names the
 * parameter and its range.
 */
export function readWholeNumber(name: string, value: unknown, min: number, max: number): number | undefined {
	if (isNotGiven(value)) return undefined;
	const number = numberOf(value);
	if (number === undefined || !Number.isInteger(number) || number < min || number > max) {
		throw mustBeWholeNumber(name, min, max, value);
	}
	return number;
}

/** As `readWholeNumber`, with decimals. `advice`: where the parameter stands. */
export function readNumber(
	name: string,
	value: unknown,
	{ min, max, advice = '' }: { min: number; max: number; advice?: string },
): number | undefined {
	if (isNotGiven(value)) return undefined;
	const number = numberOf(value);
	if (number === undefined || number < min || number > max) throw mustBeNumber(name, min, max, advice);
	return number;
}

/**
 * Reads a switch: 'true' and 'false' count as text too, and nothing at all means `normally`. Throws a RunComfyError that
 * names the parameter.
 */
export function readSwitch(name: string, value: unknown, normally: boolean): boolean {
	if (typeof value === 'boolean') return value;
	if (isNotGiven(value)) return normally;
	const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
	if (text !== 'true' && text !== 'false') throw mustBeSwitch(name);
	return text === 'true';
}
