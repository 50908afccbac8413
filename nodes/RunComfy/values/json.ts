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

type NextToken = 'value' | 'firstValue' | 'key' | 'firstKey' | 'colon' | 'next';

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
	let expected: NextToken = 'value';
	let at = 0;
	for (;;) {
		TOKEN.lastIndex = at;
		const token = TOKEN.exec(text);
		const start = at + (/^[ \t\n\r]*/.exec(text.slice(at, at + MAX_SEARCHED_CHARACTERS))?.[0].length ?? 0);
		const next: NextToken | undefined =
			token === null ? undefined : follow(open, expected, token.groups?.mark, token.groups?.key !== undefined);
		if (token === null || next === undefined) return start;
		expected = next;
		at += token[0].length;
	}
}

/** What may come after a token; undefined if the token may not stand where it does. */
function follow(open: string[], expected: NextToken, mark: string | undefined, isText: boolean): NextToken | undefined {
	const isValueDue = expected === 'value' || expected === 'firstValue';
	if (mark === undefined) {
		if (expected === 'key' || expected === 'firstKey') return isText ? 'colon' : undefined;
		return isValueDue ? 'next' : undefined;
	}
	if (mark === '{' || mark === '[') {
		if (!isValueDue) return undefined;
		open.push(mark);
		return mark === '{' ? 'firstKey' : 'firstValue';
	}
	if (mark === ':') return expected === 'colon' ? 'value' : undefined;
	const inside = open[open.length - 1];
	if (mark === ',') return expected === 'next' && inside !== undefined ? (inside === '{' ? 'key' : 'value') : undefined;
	const mayClose = expected === 'next' || expected === (mark === '}' ? 'firstKey' : 'firstValue');
	if (!mayClose || inside !== (mark === '}' ? '{' : '[')) return undefined;
	open.pop();
	return 'next';
}
