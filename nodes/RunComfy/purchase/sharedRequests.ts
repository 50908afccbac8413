/** More than any executions share at a time. */
const MAX_REMEMBERED = 10_000;

/** The requests that several executions of this process have, so that none of them may cancel them. */
export class SharedRequests {
	/** Taken from an earlier execution. Remembered longer than the purchases of test runs, since a wait may outlast them. */
	private readonly taken = new Set<string>();

	/** Who waits for a request just now, by its ID: two retries of one execution resume the same ones. */
	private readonly holders = new Map<string, Set<object>>();

	/** Two executions have it from now on. */
	add(requestId: string): void {
		this.taken.add(requestId);
		const [oldest] = this.taken;
		if (this.taken.size > MAX_REMEMBERED) this.taken.delete(oldest);
	}

	/** A run waits for it until it releases it. */
	hold(requestId: string, holder: object): void {
		this.holders.set(requestId, (this.holders.get(requestId) ?? new Set()).add(holder));
	}

	release(requestId: string, holder: object): void {
		const holders = this.holders.get(requestId);
		holders?.delete(holder);
		if (holders?.size === 0) this.holders.delete(requestId);
	}

	has = (requestId: string): boolean => this.taken.has(requestId) || (this.holders.get(requestId)?.size ?? 0) > 1;
}
