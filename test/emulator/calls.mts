import type { FaultKind, Phase } from './faults.mts';

/** One call as it was received. It holds neither the token nor the body. */
export interface CallRecord {
	/** Milliseconds since 1970. */
	atMs: number;
	phase: Phase | 'other';
	method: string;
	path: string;
	tokenOk: boolean;
	authorizationPresent: boolean;
	/** From the path; of an accepted submit, the new id. */
	requestId?: string;
	/** Status answered; absent while nothing was answered and for ever when the call was cut or left hanging. */
	status?: number;
	/** Fault played, if any. */
	fault?: FaultKind;
}

const MAX_CALLS = 50_000;

/** Longer paths and ids are fuzz; the start is enough to recognise them. */
const MAX_TEXT_CHARS = 500;

/** The last calls, oldest first. */
export class CallLog {
	#ring: CallRecord[] = [];
	#oldest = 0;

	/** Keeps the record; `status` and `fault` may be filled in later. */
	add(record: CallRecord): CallRecord {
		record.path = record.path.slice(0, MAX_TEXT_CHARS);
		record.requestId = record.requestId?.slice(0, MAX_TEXT_CHARS);
		if (this.#ring.length < MAX_CALLS) {
			this.#ring.push(record);
		} else {
			this.#ring[this.#oldest] = record;
			this.#oldest = (this.#oldest + 1) % MAX_CALLS;
		}
		return record;
	}

	list(): CallRecord[] {
		return [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)].map((record) => ({ ...record }));
	}
}
