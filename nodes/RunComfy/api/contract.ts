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

/** RunComfy's answer to `POST /v1/requests/{id}/cancel`; `outcomeOf` says what it tells. */
export interface CancelAnswer extends IDataObject {
	outcome?: string;
	status?: string;
}

const idCharacters = (id: string): string => id.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

/** The id an answer names if it is not the one that was asked for. */
export function otherRequestIn({ request_id: named }: Record<string, unknown>, requestId: string): string | undefined {
	if (typeof named !== 'string' && typeof named !== 'number') return undefined;
	const id = String(named).trim();
	return id === '' || idCharacters(id) === idCharacters(requestId) ? undefined : id;
}
