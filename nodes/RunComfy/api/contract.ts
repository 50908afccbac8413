import type { IDataObject } from 'n8n-workflow';

/** RunComfy's answer to `GET /v1/requests/{id}/result`, as far as the node reads it. Field names are RunComfy's own. */
export interface ResultAnswer extends IDataObject {
	status: string;
	output?: IDataObject | IDataObject[] | string | string[];
	error?: IDataObject | string;
	created_at?: string;
	finished_at?: string;
	/** US dollars; only where RunComfy says it, sometimes a little later. */
	cost?: number;
}

/** RunComfy's answer to `GET /v1/requests/{id}/status`. */
export interface StatusAnswer extends IDataObject {
	status: string;
	/** Only while queued. */
	queue_position?: number;
}

/** RunComfy's answer to `POST /v1/requests/{id}/cancel`. Its `status` field is not to be trusted, so it is not read. */
export interface CancelAnswer extends IDataObject {
	/** `cancelled` or `not_cancellable`. */
	outcome: string;
}

/** What may stand in a URL's path as a request id. RunComfy's look like UUIDs; the rest is refused unsent. */
const REQUEST_ID = /^[A-Za-z0-9_-]{1,128}$/;

export const isRequestId = (value: unknown): value is string => typeof value === 'string' && REQUEST_ID.test(value);
