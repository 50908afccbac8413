import { checkSwitches, isFixedAtAcceptance, SWITCH_DEFAULTS, type SwitchName, type Switches } from './switches.mts';

/** The switches as they stand, with values that hold for the next N uses only. */
export class SwitchBoard {
	readonly #start: Readonly<Switches>;
	#base: Readonly<Switches>;
	readonly #next = new Map<SwitchName, Array<{ value: unknown; left: number }>>();

	constructor(start: Partial<Switches>) {
		this.#start = Object.freeze({ ...SWITCH_DEFAULTS, ...checkSwitches(start) });
		this.#base = this.#start;
	}

	/**
	 * Sets switches for everything from now on or, with `next`, for the next N uses of each: N accepted submits for a
	 * switch that shapes a request's life, N answers it decides for any other.
	 * @throws Error when a name or value is not known.
	 */
	set(given: Partial<Switches>, scope: { next?: number } = {}): void {
		const checked = checkSwitches(given);
		if (scope.next === undefined) {
			this.#base = Object.freeze({ ...this.#base, ...checked });
			return;
		}
		if (!Number.isInteger(scope.next) || scope.next < 1) throw new Error("'next' must be a whole number from 1.");
		for (const [name, value] of Object.entries(checked) as Array<[SwitchName, unknown]>) {
			const queue = this.#next.get(name) ?? [];
			queue.push({ value, left: scope.next });
			this.#next.set(name, queue);
		}
	}

	/** Back to the values the emulator was started with. */
	reset(): void {
		this.#base = this.#start;
		this.#next.clear();
	}

	/** The values that hold when nothing is set for the next N. */
	current(): Switches {
		return { ...this.#base };
	}

	/** Values waiting for the next N uses. */
	pending(): Record<string, Array<{ value: unknown; left: number }>> {
		return Object.fromEntries([...this.#next].map(([name, queue]) => [name, queue.map((entry) => ({ ...entry }))]));
	}

	/** The value that decides this answer; uses up one of the next N. */
	take<Name extends SwitchName>(name: Name): Switches[Name] {
		const queue = this.#next.get(name);
		if (queue === undefined) return this.#base[name];
		const head = queue[0];
		head.left -= 1;
		if (head.left === 0) queue.shift();
		if (queue.length === 0) this.#next.delete(name);
		return head.value as Switches[Name];
	}

	/** The switches a request being accepted now lives by; uses up one of the next N of each. */
	takeForLife(): Readonly<Switches> {
		if (this.#next.size === 0) return this.#base;
		const life: Record<string, unknown> = { ...this.#base };
		for (const name of [...this.#next.keys()]) {
			if (isFixedAtAcceptance(name)) life[name] = this.take(name);
		}
		return life as unknown as Switches;
	}
}
