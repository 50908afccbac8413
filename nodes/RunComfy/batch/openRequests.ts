import type { RunComfyClient } from '../api/client';
import type { Journal } from './journal';
import type { Stop } from '../timing/stop';

/** Where the node writes what a person should be able to look up later. */
export interface Log {
	info(message: string): void;
	warn(message: string): void;
}

interface OpenRequest {
	requestId: string;
	/** Absent for a request that was not bought by this run. */
	journalKey?: string;
	cancelOnStop: boolean;
}

/**
 * The requests this run has bought or taken up and whose end it has not seen. At Stop each of them is cancelled at
 * RunComfy, or at least named in the log, so that nobody has to guess what goes on and costs money.
 */
export class OpenRequests {
	private readonly open = new Map<string, OpenRequest>();

	constructor(
		private readonly client: RunComfyClient,
		private readonly journal: Journal,
		private readonly stop: Stop,
		private readonly log: Log,
	) {
		stop.onStop(() => {
			for (const request of this.open.values()) this.letGo(request);
			this.open.clear();
		});
	}

	/** A request bought after the Stop, by a submit that was already on its way, is let go of at once. */
	add(request: OpenRequest): void {
		if (this.stop.stopped) this.letGo(request);
		else this.open.set(request.requestId, request);
	}

	close(requestId: string): void {
		this.open.delete(requestId);
	}

	/** Marks the journal in the same tick; the call goes out in the background, n8n does not wait for it. */
	private letGo({ requestId, journalKey, cancelOnStop }: OpenRequest): void {
		if (!cancelOnStop) {
			this.log.warn(`RunComfy request ${requestId} goes on after the stop and is charged. Get Result fetches it.`);
			return;
		}
		if (journalKey !== undefined) this.journal.cancelAsked(journalKey);
		void this.client.cancelAfterStop(requestId).then(
			(outcome) => this.log.warn(stopMessage(requestId, outcome)),
			() => this.log.warn(stopMessage(requestId, undefined)),
		);
	}
}

function stopMessage(requestId: string, outcome: string | undefined): string {
	if (outcome === 'cancelled') return `RunComfy request ${requestId} was cancelled after the stop.`;
	const why =
		outcome === undefined
			? 'could not be cancelled after the stop'
			: 'was already running and could not be cancelled after the stop';
	return `RunComfy request ${requestId} ${why}; it is perhaps charged. Get Result fetches it.`;
}
