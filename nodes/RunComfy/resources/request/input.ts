import { isRequestId } from '../../api/contract';
import { modelRequestsUrl, type RequestRef } from '../../api/queue';
import { invalidRequestId } from '../../errors/inputErrors';
import type { Run } from '../../operations/run';

/** An item and the request it names. */
export interface RequestTask extends RequestRef {
	itemIndex: number;
}

/** Reads and checks 'Request ID' before it can reach a URL. Throws a RunComfyError. */
export function readRequest({ context, connection }: Run, itemIndex: number): RequestTask {
	const value = context.getNodeParameter('requestId', itemIndex, '') as unknown;
	const requestId = typeof value === 'string' ? value.trim() : value;
	if (!isRequestId(requestId)) throw invalidRequestId('Request ID', requestId === '');
	return { itemIndex, requestId, requestsUrl: modelRequestsUrl(connection.modelApiUrl) };
}
