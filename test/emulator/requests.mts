import type { Model } from './catalogue/model.mts';
import type { Phase } from './faults.mts';
import { type Random, uuid } from './random.mts';
import type { Switches } from './switches.mts';

/** A request's state in the words of the result call. */
export type RequestState = 'in_queue' | 'in_progress' | 'succeeded' | 'failed' | 'cancelled';

/** A request as tests and people see it. Times are milliseconds since 1970; a stuck request's are Infinity. */
export interface EmulatedRequest {
	id: string;
	token: string;
	modelId: string;
	/** What was submitted; data URIs are shortened, also in lists and objects. `Emulator.body` has the text as it came. */
	input: Record<string, unknown>;
	acceptedAtMs: number;
	startedAtMs: number;
	readyAtMs: number;
	state: RequestState;
	/** URLs of the files, once it has succeeded. */
	outputs: string[];
	cancelled: boolean;
	/** What it costs where it succeeds, in US dollars. */
	costUsd: number;
}

/** A data URI longer than this is shortened: 10,000 images of 10 MB must not stay in memory. */
const MAX_KEPT_DATA_URI_CHARS = 80;

/** Places told while queued: 4, 3, 2, 1, 0. Zero is among them because clients like to take it for "no place". */
const QUEUE_LENGTH = 5;

/** From here on the oldest request is forgotten, finished or not, so that an emulator can run for weeks. */
const MAX_REQUESTS = 200_000;

/** What any accepted request has, of a model or of a deployment: an owner, an age, and the calls about it. */
export class AcceptedRequest {
	readonly id: string;
	readonly token: string;
	readonly life: Readonly<Switches>;
	readonly acceptedAtMs: number;
	readonly #calls: Partial<Record<Phase, number>> = {};

	constructor(id: string, token: string, life: Readonly<Switches>, acceptedAtMs: number) {
		this.id = id;
		this.token = token;
		this.life = life;
		this.acceptedAtMs = acceptedAtMs;
	}

	/** Whether calls about it are answered: ids may become known late, and expire. */
	isKnown(atMs: number): boolean {
		const ageMs = atMs - this.acceptedAtMs;
		return ageMs >= this.life.readLagMs && (this.life.requestLifeMs === 0 || ageMs < this.life.requestLifeMs);
	}

	/** Counts the calls of a phase about this request; the first is 1. */
	nth(phase: Phase): number {
		const nth = (this.#calls[phase] ?? 0) + 1;
		this.#calls[phase] = nth;
		return nth;
	}
}

/** One accepted request. Its state is worked out from the clock at each look, so that it needs no timer. */
export class StoredRequest extends AcceptedRequest {
	readonly model: Model;
	readonly input: Record<string, unknown>;
	readonly startedAtMs: number;
	#readyAtMs: number;
	#cancelledAtMs: number | undefined;
	#picturePending = false;
	#pictureError: string | undefined;
	/** Finished results told with `include_cost`; the cost may come only with the second. */
	costReads = 0;

	constructor(
		id: string,
		token: string,
		model: Model,
		input: Record<string, unknown>,
		life: Readonly<Switches>,
		acceptedAtMs: number,
		random: Random,
	) {
		super(id, token, life, acceptedAtMs);
		this.model = model;
		this.input = shortenDataUris(input) as Record<string, unknown>;
		this.startedAtMs = life.jobOutcome === 'stuckInQueue' ? Infinity : acceptedAtMs + life.queueMs;
		const spread = (random() * 2 - 1) * life.spreadMs;
		this.#readyAtMs = life.jobOutcome === 'stuck' ? Infinity : this.startedAtMs + Math.max(0, life.runMs + spread);
	}

	stateAt(atMs: number): RequestState {
		if (this.#cancelledAtMs !== undefined) return 'cancelled';
		if (atMs < this.startedAtMs) return 'in_queue';
		if (atMs < this.#readyAtMs || this.#picturePending) return 'in_progress';
		if (this.life.jobOutcome === 'cancelledByRunComfy') return 'cancelled';
		return this.life.jobOutcome === 'failed' || this.#pictureError !== undefined ? 'failed' : 'succeeded';
	}

	isFinished(atMs: number): boolean {
		const state = this.stateAt(atMs);
		return state !== 'in_queue' && state !== 'in_progress';
	}

	/** The moment it was finished, not the moment somebody looked. Undefined before. */
	finishedAtMs(atMs: number): number | undefined {
		return this.isFinished(atMs) ? (this.#cancelledAtMs ?? this.#readyAtMs) : undefined;
	}

	/** Place in the queue, counting down to 0. Only meaningful while queued. */
	queuePosition(atMs: number): number {
		if (this.startedAtMs === Infinity) return QUEUE_LENGTH - 1;
		return Math.max(0, Math.ceil((QUEUE_LENGTH * (this.startedAtMs - atMs)) / this.life.queueMs) - 1);
	}

	/** Ends it now; false when it had ended before. */
	cancel(atMs: number): boolean {
		if (this.isFinished(atMs)) return false;
		this.#cancelledAtMs = atMs;
		return true;
	}

	get modelId(): string {
		return this.model.model_id;
	}

	get readyAtMs(): number {
		return this.#readyAtMs;
	}

	/** What the failed result says. */
	get failureMessage(): string {
		return this.#pictureError ?? this.life.failureMessage;
	}

	/** From now on it is not finished before its picture is. */
	expectPicture(): void {
		this.#picturePending = true;
	}

	/** The picture is there or, with an error text, could not be made. A late picture moves the end of the request. */
	pictureDone(atMs: number, error?: string): void {
		this.#picturePending = false;
		this.#pictureError = error;
		this.#readyAtMs = Math.max(this.#readyAtMs, atMs);
	}
}

/** All accepted requests, oldest first. */
export class RequestStore {
	readonly #requests = new Map<string, StoredRequest>();
	/** Those that lessen the balance. */
	readonly #charged = new Set<StoredRequest>();
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	accept(
		token: string,
		model: Model,
		input: Record<string, unknown>,
		life: Readonly<Switches>,
		atMs: number,
	): StoredRequest {
		const request = new StoredRequest(uuid(this.#random), token, model, input, life, atMs, this.#random);
		this.#requests.set(request.id, request);
		if (life.spendBalance) this.#charged.add(request);
		if (this.#requests.size > MAX_REQUESTS) {
			const [oldestId] = this.#requests.keys();
			this.#requests.delete(oldestId);
		}
		return request;
	}

	get(id: string): StoredRequest | undefined {
		return this.#requests.get(id);
	}

	all(): StoredRequest[] {
		return [...this.#requests.values()];
	}

	/** Requests that were accepted while the switch `spendBalance` was on. */
	charged(): Iterable<StoredRequest> {
		return this.#charged;
	}

	clear(): void {
		this.#requests.clear();
		this.#charged.clear();
	}
}

/** Data URIs in any depth cut short, so that bodies may be kept. */
export function shortenDataUris(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(shortenDataUris);
	if (typeof value !== 'object' || value === null) return shortenDataUri(value);
	return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shortenDataUris(member)]));
}

function shortenDataUri(value: unknown): unknown {
	if (typeof value !== 'string' || value.length <= MAX_KEPT_DATA_URI_CHARS || !/^data:/i.test(value)) return value;
	// A slice alone would keep the whole text alive: engines cut strings by pointing into the parent.
	const start = Buffer.from(value.slice(0, MAX_KEPT_DATA_URI_CHARS), 'latin1').toString('latin1');
	return `${start}… (${value.length} characters)`;
}
