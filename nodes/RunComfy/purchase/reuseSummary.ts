import type { Bought } from './journal';

/** What was reused, for the hint; undefined where nothing was. `timeZone`: of the time of day. */
export function reuseSummary(reused: Bought[], timeZone: string) {
	if (reused.length === 0) return undefined;
	return {
		requestIds: new Set(reused.map(({ id }) => id)),
		time: timeOfDay(Math.max(...reused.map(({ boughtAtMs }) => boughtAtMs ?? 0)), timeZone),
		runs: new Set(reused.map(({ from }) => from)).size,
	};
}

/** The time of day, as "22:46". */
const timeOfDay = (epochMs: number, timeZone: string): string =>
	new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(epochMs);
