/** What it takes to look something up at RunComfy: an execution has it, and the editor while somebody fills in a node. */

import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { Calls } from '../api/calls';
import { type Caller, type Connection, readConnection } from '../api/connection';
import type { Clock } from '../timing/clock';
import { Stop } from '../timing/stop';
import type { AccountState, ProcessState, Policies } from './processState';

export interface Lookup extends Omit<AccountState, 'rateLimit'> {
	connection: Connection;
	calls: Calls;
	policies: Policies;
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

/** Reads the credential and gets ready to call. Throws a RunComfyError when the credential is not usable. */
export async function connect(caller: Caller, processState: ProcessState, policies: Policies, stop: Stop) {
	const { clock } = processState;
	const connection = await readConnection(caller);
	const { rateLimit, gates, catalogue } = processState.ofAccount(connection.fingerprint);
	const calls = new Calls({ caller, connection, rateLimit, policy: policies.call, clock, stop });
	return { connection, calls, catalogue, gates, policies, clock, stop };
}

/** Sets up a look-up for the editor. Throws a RunComfyError when the credential is not usable. */
export async function startLookup(context: ILoadOptionsFunctions, processState: ProcessState): Promise<Lookup> {
	const { call, batch, ...others } = processState.policies;
	const singleCallWindowMs = Math.min(call.singleCallWindowMs, batch.editorWindowMs);
	const policies = { ...others, batch, call: { ...call, singleCallWindowMs } };
	return await connect(context, processState, policies, new Stop(undefined));
}

/** Reads each thing once by its id, whoever asks. */
export function readOnce<A>(read: (id: string) => Promise<A>): (id: string) => Promise<A> {
	const known = new Map<string, Promise<A>>();
	return async (id) => {
		const reading = known.get(id) ?? read(id);
		known.set(id, reading);
		return await reading;
	};
}
