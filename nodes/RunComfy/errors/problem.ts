/** What is wrong with the values of one item: rules that values break, and the error made of them. */

import { quote } from './cleanText';
import { asRunComfyError, RunComfyError } from './RunComfyError';
import { asSentence, listSome, sentences } from './sentences';

/** A rule that a value breaks, in words. */
export interface Rule {
	/** The whole sentence without its full stop. `name`: of the field, in single quotes. */
	messageFor(name: string): string;
	/** What to do; empty where the sentence says it all. */
	advice: string;
}

/** One thing that is wrong with one value. */
export interface Problem {
	/** Name of the input, or of the parameter. */
	input: string;
	message: string;
	advice: string;
}

const MAX_NAME_CHARACTERS = 60;
/** Names of fields or inputs that an error lists. */
const MAX_NAMES_SHOWN = 40;

const MAX_PROBLEMS_SHOWN = 10;

/** n8n renders an error's description as HTML, and names and choices come from the network. */
export const plain = (text: string): string =>
	quote(text, MAX_NAME_CHARACTERS).replaceAll('<', '‹').replaceAll('>', '›');

export const named = (name: string): string => `'${plain(name)}'`;

export const listNames = (names: readonly string[], max = MAX_NAMES_SHOWN): string =>
	listSome(
		names.map((name) => plain(name)),
		max,
	);

/** A rule whose sentence starts with the field's name: 'Duration' must be a whole number. */
export const rule = (words: string, advice = ''): Rule => ({ messageFor: (name) => `${name} ${words}`, advice });

/** The same rule for one entry of a list, counted from 1. */
export const entryRule = (number: number, { messageFor, advice }: Rule): Rule => ({
	messageFor: (name) => messageFor(`${name} (entry ${number})`),
	advice,
});

/** A rule that the value called `label` breaks. */
export const problemOf = (input: string, label: string, { messageFor, advice }: Rule): Problem => ({
	input,
	message: messageFor(named(label)),
	advice,
});

/** What was thrown while a parameter was read, such as n8n's own error in an expression. */
export function problemOfThrown(input: string, thrown: unknown): Problem {
	const { message, description } = asRunComfyError(thrown);
	return { input, message, advice: description };
}

/** All problems of one item in one text, as many as a person reads. */
export function problemsInWords(problems: readonly Problem[]): string {
	const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map(({ message }) => message);
	const more = problems.length - shown.length;
	return shown.join('; ') + (more > 0 ? `; and ${more} more ${more === 1 ? 'problem' : 'problems'}` : '');
}

/** The error of an item: its first problem, then what to do, then the others. `basis`: what it was checked against. */
export function invalidInput([first, ...others]: readonly Problem[], basis = ''): RunComfyError {
	const also = others.length === 0 ? '' : `Also: ${asSentence(problemsInWords(others))}`;
	return new RunComfyError(first.message, sentences(asSentence(first.advice), also, basis));
}

/** An ID that is not given, or is none. `shape`: what one looks like, or what was given instead; `where`: where to get one. */
export const invalidId = (label: string, noun: string, value: unknown, shape: string, where: string): RunComfyError =>
	value === undefined
		? new RunComfyError(`'${label}' is required`, where)
		: new RunComfyError(`'${label}' is not ${noun}`, sentences(shape, where));
