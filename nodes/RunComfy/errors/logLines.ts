/** What the node writes into n8n's log, where a person can look up what was charged. */

import { costInWords, type ReportedCost } from './sentences';

/** The part of n8n's logger that the node uses. */
export interface Log {
	info(message: string): void;
	warn(message: string): void;
}

/** Written at once, so that a crash leaves the id somewhere. */
export const acceptedLine = (requestId: string, itemIndex: number): string =>
	`RunComfy accepted request ${requestId} for item ${itemIndex}.`;

/** The answer was an error but named a request: whether RunComfy knows it is looked up next. */
export const perhapsAcceptedLine = (requestId: string, itemIndex: number): string =>
	`RunComfy answered the submit of item ${itemIndex} with an error but named request ${requestId}. If that request exists, Get Result fetches it.`;

/** Now and then during a long batch, and at its end. `cost`: of the finished requests. */
export const progressLine = (finished: number, total: number, failed: number, cost: ReportedCost): string =>
	`RunComfy: ${finished} of ${total} finished, ${failed} failed, ${costInWords(cost)}.`;

export const goesOnAfterStop = (requestId: string): string =>
	`RunComfy request ${requestId} was not cancelled by the stop and may be charged. Get Result fetches it.`;

export const notKeptByN8n = (requestIds: string[]): string =>
	`RunComfy requests whose items n8n may not have kept: ${requestIds.join(', ')}. Get Result fetches them.`;

/** `outcome`: RunComfy's word, or undefined where there was none. */
export function afterStop(requestId: string, outcome: string | undefined): string {
	if (outcome === 'cancelled') return `RunComfy request ${requestId} was cancelled after the stop.`;
	const what =
		outcome === undefined
			? 'its cancellation after the stop was not confirmed'
			: 'it could not be cancelled after the stop';
	return `RunComfy request ${requestId}: ${what}. It may be charged. Get Result fetches it.`;
}

export const itemFailed = (itemIndex: number, message: string): string => `RunComfy, item ${itemIndex}: ${message}`;

export const filesLeftOut = (requestId: string, listed: number, leftOut: number): string =>
	`RunComfy request ${requestId} returned more files than the node lists: ${listed} became items, ${leftOut} URLs were left out.`;
