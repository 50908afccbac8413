/** Which keys of the journal a call works on, so that another call of this process leaves them to it. */

/** An agent's model that calls the tool at once with the same words wants that many pictures, and no more than this. */
const MAX_EQUAL_CALLS = 1_000;

export class KeyClaims {
	/** The key claimed for each plain one. */
	private readonly claimed = new Map<string, string>();

	private readonly own = new Set<string>();

	/**
	 * `keys`: what all calls on the same journal have claimed. `leavesGaps`: whether calls share their plain keys, and so may
	 * leave some of the numbered ones behind.
	 */
	constructor(
		private readonly keys: Set<string>,
		private readonly leavesGaps: boolean,
	) {}

	/** The plain key, or a numbered one while another call works on it. */
	keyFor(plain: string, isBought: (key: string) => boolean): string {
		const key = this.claimed.get(plain) ?? this.freeKey(plain, isBought);
		this.claimed.set(plain, key);
		this.own.add(key);
		this.keys.add(key);
		return key;
	}

	isTaken(key: string): boolean {
		return this.keys.has(key) && !this.own.has(key);
	}

	release(): void {
		for (const key of this.own) this.keys.delete(key);
		this.own.clear();
		this.claimed.clear();
	}

	private freeKey(plain: string, isBought: (key: string) => boolean): string {
		let free = '';
		for (let nth = 1; nth <= MAX_EQUAL_CALLS; nth += 1) {
			const key = nth === 1 ? plain : `${plain}:${nth}`;
			if (this.isTaken(key)) continue;
			if (isBought(key)) return key;
			free ||= key;
			if (!this.leavesGaps) break;
		}
		return free || plain;
	}
}
