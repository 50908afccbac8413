/** What it takes to look something up at RunComfy: an execution has it, and the editor while somebody fills in a node. */

import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { Calls } from '../api/calls';
import { type Connection, readConnection } from '../api/connection';
import type { Clock } from '../timing/clock';
import { Stop } from '../timing/stop';
import type { ProcessState, Policies } from './processState';
import type { Cache } from './cache';

export interface Lookup {
	connection: Connection;
	calls: Calls;
	/** What was read of RunComfy's catalogue a moment ago. */
	catalogue: Cache;
	policies: Pick<Policies, 'call' | 'schedule'>;
	clock: Clock;
	stop: Stop;
}

/** What a reading gives, or `otherwise` where it takes longer; the reading goes on. Throws what it throws, and Stopped. */
export async function withinPatience<T>(
	{ clock, stop }: Pick<Lookup, 'clock' | 'stop'>,
	patienceMs: number,
	reading: Promise<T>,
	otherwise: T,
): Promise<T> {
	let switchOff = () => {};
	const outOfPatience = new Promise<T>((resolve) => {
		switchOff = clock.alarm(patienceMs, () => resolve(otherwise));
	});
	return await stop.race(Promise.race([reading, outOfPatience])).finally(() => switchOff());
}

/** Sets up a look-up for the editor. Throws a RunComfyError when the credential is not usable. */
export async function startLookup(context: ILoadOptionsFunctions, processState: ProcessState): Promise<Lookup> {
	const { clock, policies } = processState;
	const connection = await readConnection(context);
	const { rateLimit, catalogue } = processState.ofAccount(connection.fingerprint);
	const singleCallWindowMs = Math.min(policies.call.singleCallWindowMs, policies.batch.editorWindowMs);
	const call = { ...policies.call, singleCallWindowMs };
	const stop = new Stop(undefined);
	const calls = new Calls({ caller: context, connection, rateLimit, policy: call, clock, stop });
	return { connection, calls, catalogue, policies: { ...policies, call }, clock, stop };
}
