/** Things by their names, in memory; beyond so much of them together the oldest are dropped, the largest single one fits. */
export class RecentStore<Thing> {
	readonly #things = new Map<string, Thing>();
	readonly #most: number;
	readonly #sizeOf: (thing: Thing) => number;
	#size = 0;

	constructor(most: number, sizeOf: (thing: Thing) => number) {
		this.#most = most;
		this.#sizeOf = sizeOf;
	}

	put(name: string, thing: Thing): void {
		this.#drop(name);
		this.#things.set(name, thing);
		this.#size += this.#sizeOf(thing);
		for (const oldest of this.#things.keys()) {
			if (this.#size <= this.#most || oldest === name) break;
			this.#drop(oldest);
		}
	}

	get(name: string): Thing | undefined {
		return this.#things.get(name);
	}

	clear(): void {
		this.#things.clear();
		this.#size = 0;
	}

	#drop(name: string): void {
		const thing = this.#things.get(name);
		if (thing !== undefined) this.#size -= this.#sizeOf(thing);
		this.#things.delete(name);
	}
}
