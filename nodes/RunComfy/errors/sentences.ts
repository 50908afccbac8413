/** What many errors say in the same words. */
import { quote } from './foreignText';

export const sentences = (...parts: string[]): string => parts.filter(Boolean).join(' ');

export const said = (words: string): string => (quote(words) === '' ? '' : `RunComfy said: ${quote(words)}`);

export const goesOn = (requestId: string | undefined): string =>
	requestId === undefined
		? ''
		: `The request goes on at RunComfy: fetch it later with Get Result and the request ID ${requestId}.`;

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
