import type { IExecuteFunctions } from 'n8n-workflow';

/** What tells apart purchases that must not share entries: passes of a loop, calls by an AI agent. */
export interface JournalScope {
	scope: string;
	/** Whether a result that was handed over is forgotten: an agent that asks again with the same words wants another one. */
	forgetsDelivered: boolean;
}

/**
 * For an agent's tool the run index may grow with every try, so it cannot be part of the key; the call's own id is,
 * where the agent gives one.
 */
export function scopeOf(context: IExecuteFunctions, isTool: boolean): JournalScope {
	if (!isTool) {
		return { scope: `run${context.getWorkflowDataProxy(0).$runIndex}`, forgetsDelivered: false };
	}
	const { toolCallId } = context.getInputData()[0]?.json ?? {};
	return typeof toolCallId === 'string' && toolCallId !== ''
		? { scope: `tool-${toolCallId}`, forgetsDelivered: false }
		: { scope: 'tool', forgetsDelivered: true };
}
