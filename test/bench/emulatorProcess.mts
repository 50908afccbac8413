import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { CallRecord, EmulatedRequest, EmulatorOptions, Fault, Phase } from '../emulator/emulator.mts';
import type { Observed } from './measure.mts';

export interface EmulatorProcess {
	modelApiUrl: string;
	/** What the node's credential asks for. */
	credential: Record<string, string>;
	fault(phase: Phase, fault: Fault): Promise<void>;
	/** Forgets all requests and calls; the address stays, and with it what a process has learned about it. */
	reset(): Promise<void>;
	/** What it has seen since the start or the last reset. */
	observe(wallMs: number, places: number): Promise<Observed>;
	close(): Promise<void>;
}

const MEASURED_ROUND_TRIPS = 30;

/** Starts an emulator in its own process. */
export async function startEmulatorProcess(options: EmulatorOptions): Promise<EmulatorProcess> {
	const child = fork(join(import.meta.dirname, 'emulatorChild.mts'), [JSON.stringify(options)]);
	const [{ modelApiUrl, accountApiUrl, token }] = (await once(child, 'message')) as [Record<string, string>];
	const control = async (path: string, body?: unknown) => {
		const post = { method: 'POST', body: JSON.stringify(body) };
		const answer = await fetch(`${modelApiUrl}/emulator/${path}`, body === undefined ? undefined : post);
		if (!answer.ok) throw new Error(`The emulator answered ${answer.status} for ${path}`);
		return await answer.json();
	};
	const roundTripMs = await measureRoundTrip(`${modelApiUrl}/emulator/switches`);
	return {
		modelApiUrl,
		credential: { apiToken: token, environment: 'custom', modelApiUrl, accountApiUrl },
		fault: async (phase, fault) => void (await control('faults', { phase, fault })),
		reset: async () => void (await control('reset', {})),
		async observe(wallMs, places) {
			const requests = (await control('requests')) as EmulatedRequest[];
			const calls = (await control('calls')) as CallRecord[];
			return { ...fromCalls(requests, calls), wallMs, places, roundTripMs };
		},
		async close() {
			child.disconnect();
			await once(child, 'exit');
		},
	};
}

/** The median of some calls that do nothing. */
async function measureRoundTrip(url: string): Promise<number> {
	const tookMs: number[] = [];
	for (let call = 0; call < MEASURED_ROUND_TRIPS; call += 1) {
		const startMs = performance.now();
		await (await fetch(url)).arrayBuffer();
		tookMs.push(performance.now() - startMs);
	}
	return tookMs.sort((a, b) => a - b)[MEASURED_ROUND_TRIPS / 2];
}

/** A result is delivered with the first read of it after its job is ready. */
function fromCalls(requests: EmulatedRequest[], calls: CallRecord[]): Pick<Observed, 'jobs' | 'callTimesMs'> {
	const reads = calls.filter(({ phase }) => phase === 'status' || phase === 'result');
	const readsById = Map.groupBy(reads, ({ requestId }) => requestId);
	return {
		jobs: requests.map(({ id, acceptedAtMs, readyAtMs }) => {
			const own = readsById.get(id) ?? [];
			const delivery = own.find(({ phase, atMs }) => phase === 'result' && atMs >= readyAtMs);
			return { acceptedAtMs, readyAtMs, deliveredAtMs: delivery?.atMs ?? NaN, reads: own.length };
		}),
		callTimesMs: calls.filter(({ phase }) => phase !== 'download').map(({ atMs }) => atMs),
	};
}
