import { mustBeAmount } from '../errors/inputErrors';
import { isNotGiven } from './schema';

/**
 * Reads an amount of money, in US dollars, from a parameter that an expression may have filled: digits in a text count.
 * Undefined when none was given. Throws a RunComfyError that names the parameter.
 */
export function readAmount(name: string, value: unknown): number | undefined {
	if (isNotGiven(value)) return undefined;
	const text = typeof value === 'string' ? value.trim() : value;
	const number = typeof text === 'string' && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
	if (typeof number === 'number' && Number.isFinite(number) && number > 0) return number;
	throw mustBeAmount(name);
}
