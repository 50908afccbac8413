import { type Phase, STORAGE_PHASES } from './faults.mts';

/** What reached the emulator. A call counts when it has been received whole, whatever is answered. */
export interface Counts {
	submitsReceived: number;
	submitsAccepted: number;
	/** Received and not accepted, whatever the reason: refused, answered by a fault without effect, cut before. */
	submitsRefused: number;
	statusReads: number;
	resultReads: number;
	cancels: number;
	/** Requests that a cancel ended; repeating the cancel does not count again. */
	cancelsGranted: number;
	downloads: number;
	balanceReads: number;
	/** Reads of the catalogue: of its list and categories, and of single models. */
	modelReads: number;
	/** Calls about deployments themselves: their list, one of them, changes. */
	deploymentCalls: number;
	/** Reads of what the classes of a deployment's workflow take. */
	objectInfoReads: number;
	total: number;
	/** Accepted and unfinished. */
	inFlightNow: number;
	peakInFlight: number;
	/** Most calls in any window of one second, downloads and object info not counted. */
	peakCallsPerSecond: number;
	/** The same of one minute. */
	peakCallsPerMinute: number;
	/** Calls that need a token and came without one or with an unknown one. */
	unauthorized: number;
}

/** A request as far as counting what is in flight goes. */
export interface Unfinished {
	isFinished(atMs: number): boolean;
}

const COUNT_OF_PHASE = {
	submit: 'submitsReceived',
	status: 'statusReads',
	result: 'resultReads',
	cancel: 'cancels',
	download: 'downloads',
	balance: 'balanceReads',
	model: 'modelReads',
	deployment: 'deploymentCalls',
	objectInfo: 'objectInfoReads',
} as const satisfies Record<Phase, keyof Counts>;

type CallCount = (typeof COUNT_OF_PHASE)[Phase];

/** Fuzzed tokens must not fill the memory: from here on they are counted together under ''. */
const MAX_TOKENS = 1_000;

class Tally {
	readonly #calls = Object.fromEntries(Object.values(COUNT_OF_PHASE).map((name) => [name, 0])) as Record<
		CallCount,
		number
	>;
	readonly #perSecond = new SlidingPeak(1_000);
	readonly #perMinute = new SlidingPeak(60_000);
	readonly #unfinished = new Set<Unfinished>();
	#total = 0;
	#unauthorized = 0;
	#accepted = 0;
	#granted = 0;
	#peakInFlight = 0;

	received(phase: Phase | 'other', tokenOk: boolean, atMs: number): void {
		this.#total += 1;
		if (phase !== 'other') this.#calls[COUNT_OF_PHASE[phase]] += 1;
		if (STORAGE_PHASES.includes(phase)) return;
		if (!tokenOk) this.#unauthorized += 1;
		this.#perSecond.add(atMs);
		this.#perMinute.add(atMs);
	}

	accepted(request: Unfinished, atMs: number): void {
		this.#accepted += 1;
		this.#unfinished.add(request);
		this.#peakInFlight = Math.max(this.#peakInFlight, this.#inFlight(atMs));
	}

	granted(): void {
		this.#granted += 1;
	}

	snapshot(atMs: number): Counts {
		const { submitsReceived, ...reads } = this.#calls;
		return {
			submitsReceived,
			submitsAccepted: this.#accepted,
			submitsRefused: submitsReceived - this.#accepted,
			...reads,
			cancelsGranted: this.#granted,
			total: this.#total,
			inFlightNow: this.#inFlight(atMs),
			peakInFlight: this.#peakInFlight,
			peakCallsPerSecond: this.#perSecond.peak,
			peakCallsPerMinute: this.#perMinute.peak,
			unauthorized: this.#unauthorized,
		};
	}

	#inFlight(atMs: number): number {
		for (const request of this.#unfinished) {
			if (request.isFinished(atMs)) this.#unfinished.delete(request);
		}
		return this.#unfinished.size;
	}
}

/** Counts overall and per token. */
export class CallCounts {
	readonly #overall = new Tally();
	readonly #perToken = new Map<string, Tally>();

	received(token: string, phase: Phase | 'other', tokenOk: boolean, atMs: number): void {
		this.#overall.received(phase, tokenOk, atMs);
		this.#of(token).received(phase, tokenOk, atMs);
	}

	accepted(token: string, request: Unfinished, atMs: number): void {
		this.#overall.accepted(request, atMs);
		this.#of(token).accepted(request, atMs);
	}

	granted(token: string): void {
		this.#overall.granted();
		this.#of(token).granted();
	}

	/** Overall, or of one token; '' is for calls without a token. */
	snapshot(token: string | undefined, atMs: number): Counts {
		const tally = token === undefined ? this.#overall : (this.#perToken.get(token) ?? new Tally());
		return tally.snapshot(atMs);
	}

	#of(token: string): Tally {
		const key = this.#perToken.has(token) || this.#perToken.size < MAX_TOKENS ? token : '';
		let tally = this.#perToken.get(key);
		if (tally === undefined) {
			tally = new Tally();
			this.#perToken.set(key, tally);
		}
		return tally;
	}
}

/** What was received about one model. Calls count when they have been received whole, whatever is answered. */
export interface ModelCount {
	/** Reads of its own entry, GET /v1/models/{id}. */
	reads: number;
	submitsReceived: number;
	submitsAccepted: number;
}

/** Fuzzed ids must not fill the memory: from here on they are counted together under ''. */
const MAX_MODELS = 1_000;

/** Longer ids are fuzz. */
const MAX_ID_CHARS = 200;

/** Counts per model id, known or not, as it was written. */
export class ModelCounts {
	readonly #models = new Map<string, ModelCount>();

	read(modelId: string): void {
		this.#of(modelId).reads += 1;
	}

	received(modelId: string): void {
		this.#of(modelId).submitsReceived += 1;
	}

	accepted(modelId: string): void {
		this.#of(modelId).submitsAccepted += 1;
	}

	/** One model's, all zero when nothing was received about it. */
	of(modelId: string): ModelCount {
		return { reads: 0, submitsReceived: 0, submitsAccepted: 0, ...this.#models.get(modelId) };
	}

	all(): Record<string, ModelCount> {
		return Object.fromEntries([...this.#models].map(([id, count]) => [id, { ...count }]));
	}

	#of(modelId: string): ModelCount {
		const isKept = this.#models.has(modelId) || (this.#models.size < MAX_MODELS && modelId.length <= MAX_ID_CHARS);
		const key = isKept ? modelId : '';
		let count = this.#models.get(key);
		if (count === undefined) {
			count = { reads: 0, submitsReceived: 0, submitsAccepted: 0 };
			this.#models.set(key, count);
		}
		return count;
	}
}

const FIRST_CAPACITY = 64;

/** The most events that fell into any window of the given length. Keeps only the events of the last window. */
export class SlidingPeak {
	readonly #windowMs: number;
	#times = new Float64Array(FIRST_CAPACITY);
	#head = 0;
	#size = 0;
	#peak = 0;

	constructor(windowMs: number) {
		this.#windowMs = windowMs;
	}

	/** Events must be told in the order of time. */
	add(atMs: number): void {
		while (this.#size > 0 && atMs - this.#times[this.#head] >= this.#windowMs) {
			this.#head = (this.#head + 1) % this.#times.length;
			this.#size -= 1;
		}
		if (this.#size === this.#times.length) this.#grow();
		this.#times[(this.#head + this.#size) % this.#times.length] = atMs;
		this.#size += 1;
		this.#peak = Math.max(this.#peak, this.#size);
	}

	get peak(): number {
		return this.#peak;
	}

	#grow(): void {
		const larger = new Float64Array(this.#times.length * 2);
		for (let index = 0; index < this.#size; index++) {
			larger[index] = this.#times[(this.#head + index) % this.#times.length];
		}
		this.#times = larger;
		this.#head = 0;
	}
}
