/** JSON as a person types it. */

import type { JsonBreak } from '../errors/valueRules';

/** What a JSON text says; undefined if it is not JSON. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** One token of JSON, with the blanks before it. Source: RFC 8259. */
const TOKEN =
	/[ \t\n\r]*(?:(?<key>"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-f]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)|(?<mark>[{}[\],:]))/iuy;

/** What is looked at to find the place; people type less. */
const MAX_SEARCHED_CHARACTERS = 100_000;

const SHOWN_CHARACTERS = 20;

/** What may stand in a place: a text, another scalar value, or one of the marks. */
const MAY_STAND = { value: '"0{[', firstValue: '"0{[]', key: '"', firstKey: '"}', colon: ':', next: ',}]' };

/** Where a text that is not JSON stops being JSON. Engines word this differently, and some without a position. */
export function whereJsonBreaks(text: string): JsonBreak {
	const at = breakOf(text.slice(0, MAX_SEARCHED_CHARACTERS));
	const before = text.slice(0, at);
	const lines = before.split('\n');
	return {
		line: lines.length,
		column: lines[lines.length - 1].length + 1,
		before: before.trim().slice(-SHOWN_CHARACTERS),
		after: text.slice(at, at + SHOWN_CHARACTERS).trim(),
	};
}

function breakOf(text: string): number {
	const open: string[] = [];
	let place = 'value' as keyof typeof MAY_STAND;
	let at = 0;
	for (;;) {
		TOKEN.lastIndex = at;
		const token = TOKEN.exec(text);
		const kind = token?.groups?.mark ?? (token?.groups?.key === undefined ? '0' : '"');
		const inside = open.at(-1);
		const isOfOther = inside !== (kind === '}' ? '{' : '[');
		const isMisplaced = ('}]'.includes(kind) && isOfOther) || (kind === ',' && inside === undefined);
		if (token === null || !MAY_STAND[place].includes(kind) || isMisplaced) {
			return at + (/^[ \t\n\r]*/.exec(text.slice(at))?.[0].length ?? 0);
		}
		at += token[0].length;
		if (kind === '{' || kind === '[') {
			open.push(kind);
			place = kind === '{' ? 'firstKey' : 'firstValue';
		} else if (kind === ',') {
			place = inside === '{' ? 'key' : 'value';
		} else if (kind === ':') {
			place = 'value';
		} else {
			if (kind === '}' || kind === ']') open.pop();
			place = kind === '"' && (place === 'key' || place === 'firstKey') ? 'colon' : 'next';
		}
	}
}
