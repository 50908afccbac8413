/** What the node writes into n8n's log, where a person can look up what became of the money. */

import { asUsd } from './money';

/** The part of n8n's logger that the node uses. */

export interface Log {
	info(message: string): void;
	warn(message: string): void;
}

/** Written at once, so that a crash leaves the id somewhere. */
export const acceptedLine = (requestId: string, itemIndex: number): string =>
	`RunComfy accepted request ${requestId} for item ${itemIndex}.`;

/** The answer was an error and named a request all the same: whether RunComfy knows it is looked up next. */
export const perhapsAcceptedLine = (requestId: string, itemIndex: number): string =>
	`RunComfy answered the submit of item ${itemIndex} with an error, yet named request ${requestId}. Get Result fetches it, if it is there.`;

/** Now and then during a long batch, and at its end. `usd`: what the finished requests cost, as far as RunComfy says. */
export const progressLine = (finished: number, total: number, failed: number, usd: number): string =>
	`RunComfy: ${finished} of ${total} finished, ${failed} failed, ${asUsd(usd)}.`;

export const goesOnAfterStop = (requestId: string): string =>
	`RunComfy request ${requestId} goes on after the stop and is charged. Get Result fetches it.`;

export const notKeptByN8n = (requestIds: string[]): string =>
	`RunComfy requests whose items n8n may not have kept: ${requestIds.join(', ')}. Get Result fetches them.`;

/** `outcome`: RunComfy's word, or undefined where there was none. */
export function afterStop(requestId: string, outcome: string | undefined): string {
	if (outcome === 'cancelled') return `RunComfy request ${requestId} was cancelled after the stop.`;
	const why =
		outcome === undefined
			? 'could not be cancelled after the stop'
			: 'was already running and could not be cancelled after the stop';
	return `RunComfy request ${requestId} ${why}; it is perhaps charged. Get Result fetches it.`;
}

export const submitUnclear = ({ message, description }: { message: string; description: string }): string =>
	`RunComfy submit of unknown outcome. ${message}. ${description}`;

export const itemFailed = (line: string): string => `RunComfy, ${line}`;

export const filesLeftOut = (requestId: string, listed: number, leftOut: number): string =>
	`RunComfy request ${requestId} gave more files than the node lists: ${listed} are items, ${leftOut} addresses are left out.`;
