/** Text that no person wrote: what a spreadsheet, a script or an expression leaves behind when it has nothing to say. */

import { holdsExpression, holdsLeftover } from '../errors/inputErrors';
import type { RunComfyError } from '../errors/RunComfyError';

export interface Leftover {
	/** An expression that nobody resolved has its own way out; for all others the input has to be looked at. */
	kind: 'expression' | 'trace';
	/** As it stands in the text. */
	found: string;
}

/** What a program writes for nothing. A prompt of one such word was meant by nobody. */
const NOTHING = 'null|undefined|nan|nil|n/a';
const ALONE = new RegExp(`^[\\s"'(<[]*(?:${NOTHING})[\\s"')>\\]]*$`, 'i');

/** Cells that are still being worked out, and errors too short to be told from a tag within a sentence. */
const UNFINISHED_CELL = /^(?:loading(?:\.{3}|…)|#nv|#nom|#zahl!?)$/i;

/**
 * Errors of cells. Source: the error values of Excel, Google Sheets and LibreOffice, in English and as German, French and
 * Spanish sheets write them; Airtable's `#ERROR!`.
 */
const CELL_ERROR =
	/(?<![\p{L}\p{N}#])#(?:[¡¿]?REF!|N\/A|[¡¿]?VALUE!|¡VALOR!|VALEUR!|WERT!|BEZUG!|NAME\?|¿NOMBRE\?|NOM\?|[¡]?DIV\/0!|NUM!|¡NUM!|NOMBRE!|ZAHL!|NULL!|¡NULO!|NUL!|ERROR!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|EXTERNAL!|GETTING_DATA)/u;

/** What scripts make of a value that is no text: `[object Object]`, a function, a date or a number that there is not. */
const SCRIPT_TRACE =
	/\[object [A-Z]\w*\]|\[native code\]|(?<![\p{L}\p{N}])(?:NaN|Invalid Date(?:Time)?)(?![\p{L}\p{N}])|<nil>/u;

/**
 * `undefined` and `null` are English words too ("an undefined shape"), so within a sentence only a place counts where no
 * such word can stand: alone between two marks, as the object of a preposition, or after the article `a`.
 */
const EMPTY_PLACE =
	/(?:^|[,;:|/(["'=>\n]|(?<![\p{L}\p{N}])(?:a|an|of|with|for|in|on|by|from|at)\s)\s{0,20}(?:undefined|null)\s{0,20}(?=$|[,;:|/)\]"'<\n.!?])|(?<![\p{L}\p{N}'])a (?:undefined|null)(?![\p{L}\p{N}])/u;

/** n8n's variables where they can only be code: `$json.title`, `$('Form')`. */
const BARE_VARIABLE =
	/\$(?:json|node|input|binary|items?|workflow|vars|fromAI)\s?[.[(]|\$\(\s*["'`]|\$\{[^{}\n]{1,200}\}/;

/** The first expression in double braces. By position and not by a pattern, which could take quadratic time. */
function bracesIn(text: string): string | undefined {
	const start = text.indexOf('{{');
	const end = text.indexOf('}}', start);
	return start < 0 || end < 0 ? undefined : text.slice(start, end + 2);
}

/** An expression that n8n was never asked to resolve. */
export function expressionIn(text: string): Leftover | undefined {
	const found = bracesIn(text) ?? BARE_VARIABLE.exec(text)?.[0];
	return found === undefined ? undefined : { kind: 'expression', found };
}

/** A text that as a whole is a program's word for nothing. */
export function nothingIn(text: string): Leftover | undefined {
	const whole = text.trim();
	return ALONE.test(whole) || UNFINISHED_CELL.test(whole) ? { kind: 'trace', found: whole } : undefined;
}

const trace = (pattern: RegExp, text: string): Leftover | undefined => {
	const found = pattern.exec(text)?.[0];
	return found === undefined ? undefined : { kind: 'trace', found };
};

/** The error of a spreadsheet's cell. */
export const cellErrorIn = (text: string): Leftover | undefined => trace(CELL_ERROR, text);

/** What may stand in a value that is no sentence, an address excepted: nothing of a machine's. */
export const leftoverInValue = (text: string): Leftover | undefined =>
	expressionIn(text) ?? nothingIn(text) ?? cellErrorIn(text) ?? trace(SCRIPT_TRACE, text);

/** What in a sentence no person wrote. */
export function leftoverIn(text: string): Leftover | undefined {
	const found = leftoverInValue(text);
	if (found !== undefined) return found;
	const place = EMPTY_PLACE.exec(text)?.[0];
	return place === undefined ? undefined : { kind: 'trace', found: place.replace(/^[^\p{L}]+/u, '').trim() };
}

/** The error for it. */
export const leftoverError = (name: string, { kind, found }: Leftover): RunComfyError =>
	kind === 'expression' ? holdsExpression(name, found) : holdsLeftover(name, found);
