/**
 * How long jobs take, as this process has seen it, and who waits for them at the moment: what one learns, the others
 * hear. Kept per kind of job (submit URL, model and what makes it slow), never written anywhere.
 */

/** How long something takes, in milliseconds. */
interface Average {
	/** An average that forgets. */
	meanMs: number;
	/** How far off single ones are from it, on the average. */
	spreadMs: number;
	/** Of how many. */
	count: number;
}

/** What is known of a kind of job. */
export interface Expectation {
	/** From acceptance to the end. */
	whole: Average;
	/** From the last poll that saw it queued to the end: absent until one was seen queued at all. */
	run?: Average;
	/** The last ones, if they were further off than any should be, and all to the same side. */
	surprises?: Average;
}

/** Kinds remembered: any model with any option is one, and the process runs for months. */
const REMEMBERED_KINDS = 500;

/**
 * What the newest job counts in the average at least. The jobs of a batch end in the order of their times, so a batch as a
 * whole must count: twenty are a usual one, and after three of them hardly anything older is left.
 */
const NEWEST_SHARE = 0.05;

/** How far off others may be when one job was seen, as a share of its time: that one was seen first, so most take longer. */
const UNSURE_SHARE = 0.25;

/** However far off they are: before this share of the usual time there is none. */
const EARLIEST_SHARE = 0.2;

/** A job further off than so many times the usual is a surprise, and counts as if it had been no further off than that. */
const SURPRISING_SPREADS = 3;

/**
 * After so many surprises in a row only they count. To believe too soon that jobs are quicker costs a few reads; to believe too
 * soon that they take longer costs time. The slow ones of a batch end one after the other: half of a usual one must be slow.
 */
const QUICKER_COUNT = 2;
const SLOWER_COUNT = 10;

/** Jobs that all took the same time may still take a little less: this share of it at least. */
const LEAST_SPREAD_SHARE = 0.02;

class Kind {
	expectation?: Expectation;
	/** The one whose turn it is comes first, while nothing is known of the kind. */
	readonly waits = new Set<JobWait>();
	scout?: JobWait;
	scoutedMs = 0;
	endedMs = 0;

	/** How many still wait of the first batch: of those that began when nothing was known. */
	get firstPending(): number {
		return [...this.waits].filter(({ isOfFirstBatch }) => isOfFirstBatch).length;
	}

	/** Whether one may end after so many milliseconds, as far as is known. */
	isExpected(endedMs: number): boolean {
		return this.expectation !== undefined && endedMs >= earliestOf(this.expectation.whole);
	}

	/** One of this kind has ended before it was expected, well or not. */
	noteSurprise(endedMs: number): void {
		this.endedMs = endedMs;
		this.tell();
	}

	tell(): void {
		for (const wait of this.waits) wait.tell();
	}

	/**
	 * Of an unknown kind the next one is the scout. Of a known one it is the next that comes: the others are too late for it.
	 */
	passOn(): void {
		[this.scout] = this.expectation === undefined ? this.waits : [];
		this.scout?.tell();
	}
}

/** One wait for a job of a kind: what the schedule knows of the others. */
export class JobWait {
	private hear = () => {};

	readonly isOfFirstBatch: boolean;

	constructor(private readonly kind: Kind) {
		this.isOfFirstBatch = kind.expectation === undefined;
		if (kind.waits.size === 0) kind.scoutedMs = kind.endedMs = 0;
		kind.waits.add(this);
		kind.scout ??= this;
	}

	/** Those of a first batch that end first are closer together than all of it: by as much as there are fewer of them. */
	get expectation(): Expectation | undefined {
		const { expectation, firstPending } = this.kind;
		if (expectation === undefined) return undefined;
		const { meanMs, spreadMs, count } = expectation.whole;
		const mostMs = Math.max(spreadMs, meanMs * UNSURE_SHARE);
		const whole = { meanMs, spreadMs: Math.min(mostMs, spreadMs * (1 + firstPending / count)), count };
		return { ...expectation, whole };
	}

	get together(): number {
		return this.kind.waits.size;
	}

	get isScout(): boolean {
		return this.kind.scout === this;
	}

	get scoutedMs(): number {
		return this.kind.scoutedMs;
	}

	get endedMs(): number {
		return this.kind.endedMs;
	}

	/** Settles as soon as something was learned that may change when to poll. */
	async news(): Promise<void> {
		await new Promise<void>((resolve) => (this.hear = resolve));
	}

	tell(): void {
		this.hear();
	}

	/** The job is polled so many milliseconds after its acceptance: the next poll for all is another's. */
	poll(waitedMs: number): void {
		if (!this.isScout || this.kind.expectation !== undefined) return;
		this.kind.scoutedMs = waitedMs;
		this.kind.waits.delete(this);
		this.kind.waits.add(this);
		this.kind.passOn();
	}

	end(): void {
		this.kind.waits.delete(this);
		if (this.isScout) this.kind.passOn();
	}
}

export class JobTimes {
	private readonly kinds = new Map<string, Kind>();

	/** Begins a wait; `end` must follow. Where the kind is not known nothing is shared with others. */
	wait(kind: string | undefined): JobWait {
		return new JobWait(kind === undefined ? new Kind() : this.kindOf(kind));
	}

	/**
	 * Remembers that a job of this kind was ready `readyMs` milliseconds after its acceptance, and up to when a poll had seen
	 * it queued.
	 */
	learn(name: string, readyMs: number, queuedMs?: number): void {
		if (!Number.isFinite(readyMs) || readyMs < 0) return;
		const kind = this.kindOf(name);
		const before = kind.expectation;
		const isExpected = kind.isExpected(readyMs);
		const wasQueued = queuedMs !== undefined && queuedMs < readyMs;
		kind.expectation = {
			...learned(before, readyMs),
			run: wasQueued ? averaged(before?.run, readyMs - queuedMs) : before?.run,
		};
		if (!isExpected) kind.noteSurprise(readyMs);
		// Of a first batch each one is news: what is expected of the others changes much with it.
		else if (kind.firstPending > 0) kind.tell();
	}

	/** A job of this kind has come to another end: it says nothing of how long results take, but others may have ended, too. */
	noteEnd(name: string, endedMs: number): void {
		const kind = this.kindOf(name);
		if (!kind.isExpected(endedMs)) kind.noteSurprise(endedMs);
	}

	/** What to expect of a job of this kind; undefined until one was seen. */
	expect(kind: string): Expectation | undefined {
		return this.kinds.get(kind)?.expectation;
	}

	private kindOf(name: string): Kind {
		const kind = this.kinds.get(name) ?? new Kind();
		// Set again, so that the kind used the longest ago is the first.
		this.kinds.delete(name);
		this.kinds.set(name, kind);
		if (this.kinds.size > REMEMBERED_KINDS) this.kinds.delete(this.kinds.keys().next().value ?? name);
		return kind;
	}
}

/** Hardly any job of the kind is ready before. */
export const earliestOf = ({ meanMs, spreadMs }: Average): number =>
	Math.max(meanMs - 2 * spreadMs, meanMs * EARLIEST_SHARE);

/** What is known of whole times when one more is. */
function learned(before: Expectation | undefined, ms: number): Pick<Expectation, 'whole' | 'surprises'> {
	if (before === undefined) return { whole: averaged(undefined, ms) };
	const { whole, surprises } = before;
	const isQuicker = ms < whole.meanMs;
	const mostMs = whole.meanMs + (isQuicker ? -1 : 1) * SURPRISING_SPREADS * whole.spreadMs;
	if (isQuicker ? ms >= mostMs : ms <= mostMs) return { whole: averaged(whole, ms) };
	const isLikeLast = surprises !== undefined && surprises.meanMs < whole.meanMs === isQuicker;
	const inARow = averaged(isLikeLast ? surprises : undefined, ms);
	if (inARow.count >= (isQuicker ? QUICKER_COUNT : SLOWER_COUNT)) return { whole: inARow };
	return { whole: averaged(whole, mostMs), surprises: inARow };
}

function averaged(before: Average | undefined, ms: number): Average {
	if (before === undefined) return { meanMs: ms, spreadMs: ms * UNSURE_SHARE, count: 1 };
	const count = before.count + 1;
	const share = Math.max(NEWEST_SHARE, 1 / count);
	const offMs = ms - before.meanMs;
	const meanMs = before.meanMs + share * offMs;
	const spreadMs = before.spreadMs + share * (Math.abs(offMs) - before.spreadMs);
	return { meanMs, spreadMs: Math.max(spreadMs, meanMs * LEAST_SPREAD_SHARE), count };
}
