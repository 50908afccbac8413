/** Text as it can be sent, and leftovers: what spreadsheets, scripts and expressions put in place of a missing value. */

import type { Rule } from '../errors/problem';
import { containsLeftover, isInvisible, type Leftover } from '../errors/valueRules';

const VISIBLE = /[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\s\u2800\ufffc]/u;

/** Line breaks that only old programs know: a cell of Excel's has the first. */
const ODD_LINE_BREAK = /[\v\f\u0085\u2028\u2029]/g;

/** Control characters less tab, line feed and carriage return; halves of a character; what is no character at all. */
const UNSENDABLE = /(?![\t\n\r])\p{Cc}|\ufeff|\p{Cs}|\p{Noncharacter_Code_Point}/gu;

/** The text without what a service may not accept: half an emoji, control characters. Everything else stays as it is. */
export const sendableText = (text: string): string => text.replace(ODD_LINE_BREAK, '\n').replace(UNSENDABLE, '');

/** What programs write for a missing value. Nobody means a prompt of one such word. */
const NOTHING = 'null|undefined|nan|nil|n/a';
const NOTHING_ALONE = new RegExp(`^[\\s"'(<[]*(?:${NOTHING})[\\s"')>\\]]*$`, 'i');

/** Cells that are still being calculated, and errors so short that within a sentence they could be a tag. */
const UNFINISHED_CELL = /^(?:loading(?:\.{3}|…)|#nv|#nom|#zahl!?)$/i;

/** The edges of a word in any script; `\b` knows only English. */
const BEFORE_WORD = '(?<![\\p{L}\\p{N}])';
const AFTER_WORD = '(?![\\p{L}\\p{N}])';

/**
 * Errors of cells. Source: the error values of Excel, Google Sheets and LibreOffice, in English and as German, French and
 * Spanish sheets write them; Airtable's `#ERROR!`.
 */
const CELL_ERROR = new RegExp(
	`${BEFORE_WORD}(?<!#)#(?:[¡¿]?REF!|N/A|[¡¿]?VALUE!|¡VALOR!|VALEUR!|WERT!|BEZUG!|NAME\\?|¿NOMBRE\\?|NOM\\?|[¡]?DIV/0!|NUM!|¡NUM!|NOMBRE!|ZAHL!|NULL!|¡NULO!|NUL!|ERROR!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|EXTERNAL!|GETTING_DATA)`,
	'u',
);

/** What scripts make of a value that is not text: `[object Object]`, a function, a date that does not exist. */
const SCRIPT_TRACE = new RegExp(
	`\\[object [A-Z]\\w*\\]|\\[native code\\]|<nil>|${BEFORE_WORD}Invalid Date(?:Time)?${AFTER_WORD}`,
	'u',
);

/**
 * Places in a sentence where `undefined` or `null` stands for a value. Both are words too ("a null and void stamp", "soft,
 * undefined shapes"), so only these count: alone on a line; after a colon, an equals sign or an opening mark; at the beginning
 * before a mark; last, after a preposition; `null` between commas; "a undefined". `NaN` is never a word, but may be part of a
 * URL.
 */
const WORD = '(?:undefined|null)';
const END = '(?=$|[;:|/)\\]"\'<\\n.!?])';
const LIST_GOES_ON = '(?=,\\s{1,20}(?:a|an|the|of|with|for|in|on|by|from|at|and)\\s)';
const EMPTY_PLACE = new RegExp(
	[
		`(?:^|[:|/(["'=>\\n;])\\s{0,20}${WORD}\\s{0,20}(?=$|[,;:|/)\\]"'<\\n.!?])`,
		`${BEFORE_WORD}(?:a|an|of|with|for|in|on|by|from|at)\\s{1,20}${WORD}\\s{0,20}(?:${END}|${LIST_GOES_ON})`,
		`,\\s{0,20}null\\s{0,20}(?=$|[,;:|/)\\]"'<\\n.!?])`,
		`,\\s{0,20}undefined\\s{0,20}${END}`,
		`${BEFORE_WORD}(?<!')a undefined${AFTER_WORD}`,
		`${BEFORE_WORD}NaN${AFTER_WORD}`,
	].join('|'),
	'u',
);

/** n8n's variables where they can only be code: `$json.title`, `$('Form')`. */
const BARE_VARIABLE =
	/\$(?:json|node|input|binary|items?|workflow|vars|fromAI)\s?[.[(]|\$\(\s*["'`]|\$\{[^{}\n]{1,200}\}/;

/** Stands for a byte that did not fit the encoding. */
const LOST_CHARACTER = /\ufffd+/u;

/** The first expression in double braces. By position and not by a pattern, which could take quadratic time. */
function bracesIn(text: string): string | undefined {
	const start = text.indexOf('{{');
	const end = text.indexOf('}}', start);
	return start < 0 || end < 0 ? undefined : text.slice(start, end + 2);
}

/** An expression that n8n was never asked to resolve. */
function expressionIn(text: string): Leftover | undefined {
	const found = bracesIn(text) ?? BARE_VARIABLE.exec(text)?.[0];
	return found === undefined ? undefined : { kind: 'expression', found };
}

/** A text that as a whole is a program's word for nothing. */
function nothingIn(text: string): Leftover | undefined {
	const whole = text.trim();
	return NOTHING_ALONE.test(whole) || UNFINISHED_CELL.test(whole) ? { kind: 'trace', found: whole } : undefined;
}

/** What a pattern finds in a text. */
export function traceOf(pattern: RegExp, text: string, kind: Leftover['kind'] = 'trace'): Leftover | undefined {
	const found = pattern.exec(text)?.[0];
	return found === undefined ? undefined : { kind, found };
}

/** Leftovers that are wrong anywhere, even in a URL. */
export const leftoverAnywhere = (text: string): Leftover | undefined =>
	expressionIn(text) ??
	nothingIn(text) ??
	traceOf(CELL_ERROR, text) ??
	traceOf(SCRIPT_TRACE, text) ??
	traceOf(LOST_CHARACTER, text, 'encoding');

/** Leftovers within a sentence: `undefined` or `null` in the place of a value. */
function emptyPlaceIn(text: string): Leftover | undefined {
	const found = EMPTY_PLACE.exec(text)?.[0];
	return found === undefined ? undefined : { kind: 'trace', found: found.replace(/^\P{L}/u, '') };
}

/** The rule that a value breaks which is text that no person wrote: invisible, or with leftovers. Blanks are no such text. */
export function textRule(value: unknown): Rule | undefined {
	if (typeof value !== 'string' || value.trim() === '') return undefined;
	if (!VISIBLE.test(value)) return isInvisible();
	const text = sendableText(value);
	const leftover = leftoverAnywhere(text) ?? emptyPlaceIn(text);
	return leftover === undefined ? undefined : containsLeftover(leftover);
}
