/** What the node writes into n8n's log, where a person can look up what became of the money. */

/** The part of n8n's logger that the node uses. */
export interface Log {
	info(message: string): void;
	warn(message: string): void;
}

/** Written at once, so that a crash leaves the id somewhere. */
export const acceptedLine = (requestId: string, itemIndex: number): string =>
	`RunComfy accepted request ${requestId} for item ${itemIndex}.`;

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

export const submitUnclear = (description: string): string => `RunComfy submit of unknown outcome. ${description}`;

export const itemFailed = (line: string): string => `RunComfy, ${line}`;

export const filesLeftOut = (requestId: string, listed: number, leftOut: number): string =>
	`RunComfy request ${requestId} gave more files than the node lists: ${listed} are items, ${leftOut} addresses are left out.`;
