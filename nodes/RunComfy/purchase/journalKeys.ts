/** The keys of a journal's entries: which pass they belong to, what is beside them, and which call works on them. */

import type { IExecuteFunctions } from 'n8n-workflow';

/** The key of a first submit of unknown outcome, once it has been repeated; like the two below it belongs to no pass. */
export const earlierOf = (key: string) => `earlier:${key}`;

/** The key of a request that failed, while another one is submitted in its place. */
export const REPLACED = 'replaced:';
export const replacedOf = (key: string) => `${REPLACED}${key}`;

/** Before the ID of a request that was handed over to an agent. */
export const DELIVERED = 'delivered:';

/** What distinguishes purchases that must not share entries: passes of a loop, calls by an AI agent. */
export interface Scope {
	name: string;
	/** Whether a result that was handed over is forgotten: an agent that asks again with the same words wants another one. */
	forgetsDelivered: boolean;
}

/** For an agent's tool the run index may grow with every attempt; the call's own ID does not, where the agent gives one. */
export function scopeOf(context: IExecuteFunctions, isTool: boolean): Scope {
	if (!isTool) return { name: `run${context.getWorkflowDataProxy(0).$runIndex}`, forgetsDelivered: false };
	const { toolCallId } = context.getInputData()[0]?.json ?? {};
	return typeof toolCallId === 'string' && toolCallId !== ''
		? { name: `tool-${toolCallId}`, forgetsDelivered: false }
		: { name: 'tool', forgetsDelivered: true };
}

/** What calls of this process share that work on the same entries at once. */
export interface SharedKeys {
	/** The keys that they work on just now. */
	claimed: Set<string>;
	/** Which purchase each request ID stands for. */
	keyById: Map<string, string>;
}

/** By the entries. */
export type Claims = WeakMap<object, SharedKeys>;

/** An agent's model that calls the tool at once with the same words wants that many pictures, and no more than this. */
const MAX_EQUAL_CALLS = 1_000;

/** The keys that one call works on, so that other calls of this process leave them to it. */
export class ClaimedKeys {
	/** The key claimed for each plain one. */
	private readonly claimed = new Map<string, string>();

	private readonly own = new Set<string>();

	/**
	 * `all`: what all calls on the same journal have claimed. `leavesGaps`: whether calls share their plain keys, and so may
	 * leave some of the numbered ones behind.
	 */
	constructor(
		private readonly all: Set<string>,
		private readonly leavesGaps: boolean,
	) {}

	/** The plain key, or a numbered one while another call works on it. */
	claim(plain: string, isBought: (key: string) => boolean): string {
		const key = this.claimed.get(plain) ?? this.freeKey(plain, isBought);
		this.claimed.set(plain, key);
		this.own.add(key);
		this.all.add(key);
		return key;
	}

	isTaken(key: string): boolean {
		return this.all.has(key) && !this.own.has(key);
	}

	release(): void {
		for (const key of this.own) this.all.delete(key);
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
