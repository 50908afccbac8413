/** Lets only so many through at a time, first come first served. */
export class Gate {
	private inside = 0;

	private readonly waiting: Array<() => void> = [];

	constructor(private readonly most: number) {}

	async run<T>(work: () => Promise<T>): Promise<T> {
		if (this.inside >= this.most) await new Promise<void>((resolve) => this.waiting.push(resolve));
		else this.inside += 1;
		try {
			return await work();
		} finally {
			// The place is handed on, not given back, so that no newcomer takes it first.
			const next = this.waiting.shift();
			if (next !== undefined) next();
			else this.inside -= 1;
		}
	}
}
