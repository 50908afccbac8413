import { takenFromTestRun } from '../errors/hintLines';
import type { Hint } from '../output/hints';
import type { Run } from './run';

/** The time of day, as "22:46", in the workflow's time zone. */
const timeOfDay = (epochMs: number, timeZone: string): string =>
	new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(epochMs);

/** What a run from the editor took up instead of buying it. `all`: how many results there are. */
export function reuseHints({ context, testRun }: Run, all: number): Hint[] {
	const taken = testRun?.taken ?? [];
	if (taken.length === 0) return [];
	const newestMs = Math.max(...taken.map(({ boughtAtMs }) => boughtAtMs));
	const time = timeOfDay(newestMs, context.getTimezone());
	return [{ text: takenFromTestRun(taken.length, Math.max(all, taken.length), time), type: 'info' }];
}
