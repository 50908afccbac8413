/** Thrown wherever something waits when Stop comes, and caught in one place, `execute`: code in between need not know of it. */
export class Stopped extends Error {
	constructor() {
		super('Stopped');
		this.name = 'Stopped';
	}
}

/** For a `catch` that returns `value` for any error: a Stop is no error, and is thrown on. */
export const unlessStopped =
	<T>(value: T) =>
	(thrown: unknown): T => {
		if (thrown instanceof Stopped) throw thrown;
		return value;
	};

/**
 * Stop in n8n, the workflow's own timeout and a shutdown, as one thing to ask and to listen to. It puts a single
 * listener on n8n's signal, however many calls and waits are under way, and lets each of them leave without a trace.
 */
export class Stop {
	private readonly listeners = new Set<() => void>();

	private stoppedNow: boolean;

	private readonly hear = () => this.stop();

	constructor(private readonly signal: AbortSignal | undefined) {
		this.stoppedNow = signal?.aborted ?? false;
		signal?.addEventListener('abort', this.hear, { once: true });
	}

	get stopped(): boolean {
		return this.stoppedNow;
	}

	throwIfStopped(): void {
		if (this.stoppedNow) throw new Stopped();
	}

	/** Calls `listener` in the tick of the Stop, or at once if it has come already. Returns a function that removes it. */
	onStop(listener: () => void): () => void {
		if (this.stoppedNow) {
			listener();
			return () => {};
		}
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	/** The promise's end, or Stopped thrown if Stop comes first. The promise goes on anyway. */
	race<T>(promise: Promise<T>): Promise<T> {
		return new Promise((resolve, reject) => {
			const forget = this.onStop(() => reject(new Stopped()));
			promise.then(resolve, reject).finally(forget);
		});
	}

	/**
	 * The node is done: a Stop that comes while later nodes run no longer concerns it. What it has handed over must not be
	 * cancelled then.
	 */
	release(): void {
		this.signal?.removeEventListener('abort', this.hear);
		this.listeners.clear();
	}

	private stop() {
		this.stoppedNow = true;
		const listeners = [...this.listeners];
		this.listeners.clear();
		for (const listener of listeners) listener();
	}
}

/** For what goes on in the background whatever is stopped. */
export const neverStopped = new Stop(undefined);
