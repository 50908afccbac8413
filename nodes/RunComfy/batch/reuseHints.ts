/** What the output pane says of requests that a run from the editor reused. */
import type { INodeExecutionData } from 'n8n-workflow';

import { reusedFromTestRuns } from '../errors/hintLines';
import type { Hint } from '../output/hints';
import type { Run } from './run';

/** The time of day, as "22:46", in the workflow's time zone. */
const timeOfDay = (epochMs: number, timeZone: string): string =>
	new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(epochMs);

/** One sentence, or none where nothing was reused. `items`: what the operation gives. */
export function reuseHints({ context, testRun }: Run, items: INodeExecutionData[]): Hint[] {
	const reused = testRun?.reused ?? [];
	const ids = new Set<unknown>(reused.map(({ bought }) => bought.id));
	const results = items.filter(({ json }) => ids.has(json.request_id)).length;
	if (results === 0) return [];
	const newestMs = Math.max(...reused.map(({ bought }) => bought.boughtAtMs ?? 0));
	const time = timeOfDay(newestMs, context.getTimezone());
	const runs = new Set(reused.map(({ run }) => run)).size;
	return [{ text: reusedFromTestRuns(results, items.length, time, runs), type: 'info' }];
}
