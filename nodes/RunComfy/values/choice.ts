import { mustBeOfList } from '../errors/inputErrors';
import { isNotGiven } from './schema';

type Choice = string | number | boolean;

const plain = (value: Choice) => String(value).trim().toLowerCase();

/**
 * Reads a choice from a parameter that an expression or a table may have filled: upper and lower case are one, text counts
 * for numbers. Undefined when nothing was given. `advice`: how to send what is not in the list, where there is a way.
 * Throws a RunComfyError that names the list.
 */
export function readChoice<T extends Choice>(
	name: string,
	value: unknown,
	choices: readonly T[],
	advice = '',
): T | undefined {
	if (isNotGiven(value)) return undefined;
	const exact = choices.find((choice) => choice === value);
	if (exact !== undefined) return exact;
	const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
	const [match, ...others] = isPlain ? choices.filter((choice) => plain(choice) === plain(value)) : [];
	if (match === undefined || others.length > 0) throw mustBeOfList(name, choices, value, advice);
	return match;
}
