/** Text that no person wrote: what expressions, scripts and cells leave behind when they find nothing. */
import { unresolved, unwritten } from '../errors/modelInputRules';
import { leftoverIn } from './leftovers';

/** A character that is drawn as something. */
const VISIBLE = /[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\s\u2800\ufffc\ufffd]/u;

/** The rule that a text breaks which no person wrote; undefined if one may have written it. Not for the empty text. */
export function ruleBrokenBy(text: string): string | undefined {
	if (!VISIBLE.test(text)) return unwritten('');
	const leftover = leftoverIn(text);
	if (leftover === undefined) return undefined;
	return leftover.kind === 'expression' ? unresolved(leftover.found) : unwritten(leftover.found);
}
