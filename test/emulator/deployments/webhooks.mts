import type { Context } from '../context.mts';
import { nowMs } from '../clock.mts';
import { resultOf, type Run, statusOf } from './run.mts';

/** One attempt to deliver. */
export interface Delivery {
	requestId: string;
	url: string;
	/** The state it tells. */
	status: string;
	atMs: number;
	/** What the receiver answered; absent when it did not, or where nothing was sent. */
	answered?: number;
	/** Why nothing was sent. */
	refused?: string;
}

/** How often it is looked whether there is something to tell. */
const LOOK_EVERY_MS = 15;

/** A receiver that has not answered by then counts as one that refused. */
const ANSWER_MS = 10_000;

/** Pauses before a delivery is tried again; RunComfy goes on for a day. */
const RETRY_AFTER_MS = [50, 200, 1_000, 5_000];

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

interface Expected {
	run: Run;
	url: string;
	intermediate: boolean;
	told: Set<string>;
	/** The delivery before: each run's come one after the other. */
	before: Promise<void>;
}

/** Tells ends, and states on the way where asked for, to addresses on this machine only. */
export class Webhooks {
	readonly #context: () => Context;
	#expected = new Set<Expected>();
	#timer: NodeJS.Timeout | undefined;
	#deliveries: Delivery[] = [];
	#stopped = new AbortController();

	constructor(context: () => Context) {
		this.#context = context;
	}

	/** Tells about this run from now on, where it was given an address. */
	expect(run: Run, { url, intermediate }: { url: unknown; intermediate: unknown }): void {
		if (typeof url !== 'string' || run.life.webhook === 'never') return;
		const wantsAll = intermediate === true || intermediate === 'true';
		this.#expected.add({ run, url, intermediate: wantsAll, told: new Set(), before: Promise.resolve() });
		this.#look();
		this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
	}

	deliveries(): Delivery[] {
		return this.#deliveries.map((delivery) => ({ ...delivery }));
	}

	/** Forgets everything and ends what is under way. */
	clear(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
		this.#expected.clear();
		this.#deliveries = [];
		this.#stopped.abort();
		this.#stopped = new AbortController();
	}

	#look(): void {
		for (const expected of this.#expected) {
			const { run, intermediate, told } = expected;
			const state = run.stateAt(nowMs());
			const isEnd = run.isFinished(nowMs());
			if (told.has(state)) continue;
			told.add(state);
			if (isEnd) this.#expected.delete(expected);
			if (isEnd || intermediate) this.#tell(expected, state, isEnd);
			if (!isEnd && run.life.webhook === 'forged') void this.#deliver(expected, 'succeeded', forgedBody(run));
		}
		if (this.#expected.size > 0) return;
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#tell(expected: Expected, state: string, isEnd: boolean): void {
		const { run } = expected;
		const context = this.#context();
		const told = isEnd ? resultOf(run, context, nowMs()) : statusOf(run, context, nowMs());
		const body = { ...told, deployment_id: run.deployment.record.id, ...(isEnd ? { outcome: state } : {}) };
		expected.before = expected.before.then(() => this.#deliver(expected, state, body));
	}

	async #deliver(expected: Expected, status: string, body: object, attempt = 0): Promise<void> {
		const { run, url } = expected;
		const delivery: Delivery = { requestId: run.id, url, status, atMs: nowMs() };
		this.#deliveries.push(delivery);
		if (!isLoopback(url)) {
			delivery.refused = 'not an address of this machine';
			return;
		}
		const stopped = this.#stopped.signal;
		const headers = { 'content-type': 'application/json' };
		const signal = AbortSignal.any([stopped, AbortSignal.timeout(ANSWER_MS)]);
		try {
			const answer = await fetch(url, {
				method: 'POST',
				headers,
				body: JSON.stringify(body),
				redirect: 'manual',
				signal,
			});
			delivery.answered = answer.status;
			if (answer.ok) return;
		} catch {
			// Not reached: as good as refused.
		}
		if (stopped.aborted || attempt >= RETRY_AFTER_MS.length) return;
		this.#later(() => void this.#deliver(expected, status, body, attempt + 1), RETRY_AFTER_MS[attempt]);
	}

	#later(act: () => void, ms: number): void {
		const timer = setTimeout(act, ms);
		this.#stopped.signal.addEventListener('abort', () => clearTimeout(timer));
	}
}

function isLoopback(url: string): boolean {
	return URL.canParse(url) && LOOPBACK.includes(new URL(url).hostname);
}

/** What somebody else might send: a success, with a picture that is not the run's. */
function forgedBody(run: Run): object {
	const image = { url: 'https://forged.example/picture.png', filename: 'picture.png', subfolder: '', type: 'output' };
	return {
		request_id: run.id,
		deployment_id: run.deployment.record.id,
		status: 'succeeded',
		outcome: 'succeeded',
		outputs: { '9': { images: [image] } },
	};
}
