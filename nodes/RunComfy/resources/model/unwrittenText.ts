/** Text that no person wrote: what expressions leave behind when they find nothing. */
import { unwritten } from '../../errors/modelInputRules';

/** Errors of spreadsheets, in the cell's own words. */
const SPREADSHEET_ERROR = /^#(REF!|N\/A|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|ERROR!|SPILL!|CALC!|GETTING_DATA)$/i;

/** The rule that a text breaks which no person wrote; undefined if one may have written it. Not for the empty text. */
export function ruleBrokenBy(text: string): string | undefined {
	const part = unwrittenPart(text);
	return part === undefined ? undefined : unwritten(part);
}

function unwrittenPart(text: string): string | undefined {
	if (!/[^\p{C}\s]/u.test(text)) return '';
	if (text.includes('[object Object]')) return '[object Object]';
	const trimmed = text.trim();
	if (trimmed === 'undefined' || trimmed === 'NaN' || SPREADSHEET_ERROR.test(trimmed)) return trimmed;
	const open = text.indexOf('{{');
	if (open >= 0 && text.includes('}}', open)) return '{{ … }}';
	return undefined;
}
