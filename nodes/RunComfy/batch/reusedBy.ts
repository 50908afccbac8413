/** What the output pane says of requests that a run from the editor reused. */

import type { Reused } from '../output/hints';
import type { Run } from './run';

/** The time of day, as "22:46", in the workflow's time zone. */
const timeOfDay = (epochMs: number, timeZone: string): string =>
	new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(epochMs);

/** Undefined where nothing was reused. */
export function reusedBy({ context, testRun }: Run): Reused | undefined {
	const reused = testRun?.reused ?? [];
	if (reused.length === 0) return undefined;
	const newestMs = Math.max(...reused.map(({ bought }) => bought.boughtAtMs ?? 0));
	return {
		requestIds: new Set(reused.map(({ bought }) => bought.id)),
		time: timeOfDay(newestMs, context.getTimezone()),
		runs: new Set(reused.map(({ run }) => run)).size,
	};
}
