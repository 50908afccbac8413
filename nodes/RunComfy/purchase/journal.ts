import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

/**
 * What this execution has bought, kept in the node's context: n8n carries it from try to try of Retry On Fail, stores
 * it with a failed execution, and brings it back in Retry execution. So a second try takes up what the first one
 * bought. An entry is a few dozen bytes; nothing of the input but a hash is in it.
 */
export type Entry =
	/** The submit was sent; nothing is known of its end. Found on a later try, this is as good as unknown. */
	| { state: 'submitting'; submittedAgain?: boolean }
	| { state: 'unknown'; submittedAgain?: boolean }
	| { state: 'accepted'; id: string; execution: string; cancelAsked?: boolean }
	/** Ended as failed or cancelled, in the execution of that id. */
	| { state: 'ended'; id: string; execution: string };

/** What is to be done for an item, given what the journal says. */
export type Standing =
	| { kind: 'buy' }
	| { kind: 'takeUp'; requestId: string }
	/** A submit whose outcome is unknown. `mayRepeat`: it has not been repeated yet. */
	| { kind: 'unknown'; mayRepeat: boolean };

/** n8n's name for where in the context the entries are. */
const CONTEXT_KEY = 'purchases';

export class Journal {
	private constructor(
		private readonly entries: Record<string, Entry>,
		/** Tells apart what must not share entries: passes of a loop, calls by an AI agent. */
		private readonly scope: string,
		private readonly executionId: string,
		private readonly forgetsDelivered: boolean,
	) {}

	/** `isTool`: whether the node runs as the tool of an AI agent. */
	static of(context: IExecuteFunctions, isTool: boolean): Journal {
		const stored = context.getContext('node') as IDataObject;
		const entries = (stored[CONTEXT_KEY] ??= {}) as unknown as Record<string, Entry>;
		const { scope, forgetsDelivered } = scopeOf(context, isTool);
		return new Journal(entries, scope, String(context.getExecutionId()), forgetsDelivered);
	}

	/** The key of one item's purchase: its pass, its place in the input, and what exactly is bought. */
	keyOf(itemIndex: number, inputHash: string): string {
		return `${this.scope}:${itemIndex}:${inputHash}`;
	}

	standing(key: string): Standing {
		const entry = this.entries[key];
		switch (entry?.state) {
			case undefined:
				return { kind: 'buy' };
			case 'submitting':
			case 'unknown':
				return { kind: 'unknown', mayRepeat: entry.submittedAgain !== true };
			case 'accepted':
				return { kind: 'takeUp', requestId: entry.id };
			case 'ended':
				return this.isLeftover(entry) ? { kind: 'buy' } : { kind: 'takeUp', requestId: entry.id };
		}
	}

	/** The requests bought in this pass, whatever became of them. */
	requestIds(): string[] {
		const own = Object.entries(this.entries).filter(([key]) => key.startsWith(`${this.scope}:`));
		return own.flatMap(([, entry]) => ('id' in entry ? [entry.id] : []));
	}

	submitting(key: string, isRepetition: boolean): void {
		this.entries[key] = { state: 'submitting', ...(isRepetition && { submittedAgain: true }) };
	}

	/** Nothing was bought after all, or it may be bought again. */
	forget(key: string): void {
		delete this.entries[key];
	}

	unknown(key: string, submittedAgain: boolean): void {
		this.entries[key] = { state: 'unknown', ...(submittedAgain && { submittedAgain }) };
	}

	accepted(key: string, requestId: string): void {
		this.entries[key] = { state: 'accepted', id: requestId, execution: this.executionId };
	}

	/** Its cancellation is on the way. What becomes of it, the next try learns from RunComfy. */
	cancelAsked(key: string): void {
		const entry = this.entries[key];
		if (entry?.state === 'accepted') entry.cancelAsked = true;
	}

	/** It failed or was cancelled. What an earlier execution bought may then be bought again, and is forgotten. */
	endedInVain(key: string, requestId: string): void {
		const entry = this.entries[key];
		if (entry?.state === 'accepted' && this.isLeftover(entry)) this.forget(key);
		else this.entries[key] = { state: 'ended', id: requestId, execution: this.executionId };
	}

	/**
	 * Whether an earlier execution wrote this. The tries of one execution come by themselves; Retry execution, which is a
	 * new one, was asked for by a person.
	 */
	private isLeftover(entry: { execution: string }): boolean {
		return entry.execution !== this.executionId;
	}

	/** This execution has had it cancelled: its tries do not buy it again, whoever bought it first. */
	cancelledHere(key: string, requestId: string): void {
		this.entries[key] = { state: 'ended', id: requestId, execution: this.executionId };
	}

	/** The result has been handed over. An agent that calls the tool again with the same words wants another picture. */
	delivered(key: string): void {
		if (this.forgetsDelivered) delete this.entries[key];
	}
}

/**
 * For an agent's tool the run index may grow with every try, so it cannot be part of the key; the call's own id is,
 * where the agent gives one.
 */
function scopeOf(context: IExecuteFunctions, isTool: boolean): { scope: string; forgetsDelivered: boolean } {
	if (!isTool) {
		return { scope: `run${context.getWorkflowDataProxy(0).$runIndex}`, forgetsDelivered: false };
	}
	const { toolCallId } = context.getInputData()[0]?.json ?? {};
	return typeof toolCallId === 'string' && toolCallId !== ''
		? { scope: `tool-${toolCallId}`, forgetsDelivered: false }
		: { scope: 'tool', forgetsDelivered: true };
}
