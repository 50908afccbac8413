import type { Switches } from './switches.mts';

/** A time as answers tell it: with milliseconds and `Z`, or with microseconds and `+00:00` as the sister API does. */
export function tellTime(atMs: number, form: Switches['timeForm']): string {
	const iso = new Date(atMs).toISOString();
	if (form === 'milliseconds') return iso;
	const micros = Math.floor((atMs % 1) * 1_000);
	return iso.replace('Z', `${String(micros).padStart(3, '0')}+00:00`);
}
