/** Lets only so many through at a time, first come first served. */
export class Gate {
	private inside = 0;

	private readonly waiting: Array<() => void> = [];

	constructor(private readonly most: number) {}

	async run<T>(work: () => Promise<T>): Promise<T> {
		const leave = await this.enter();
		try {
			return await work();
		} finally {
			leave();
		}
	}

	/** Waits for its turn. Returns how to leave again. */
	async enter(): Promise<() => void> {
		if (this.inside >= this.most) await new Promise<void>((resolve) => this.waiting.push(resolve));
		else this.inside += 1;
		return () => {
			// Handed on, not given back, so that no newcomer comes first.
			const next = this.waiting.shift();
			if (next !== undefined) next();
			else this.inside -= 1;
		};
	}
}
