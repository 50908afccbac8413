import { isRequestId } from '../../api/contract';
import { modelRequestsUrl, type RequestRef } from '../../api/queue';
import { foreignRequestAddress, invalidRequestId } from '../../errors/inputErrors';
import { isNotGiven } from '../../values/schema';
import { textRule } from '../../values/convert';
import { invalidInput, problemOf } from '../../errors/problem';
import type { Run } from '../../batch/run';

/** An item and the request it names. */
export interface RequestTask extends RequestRef {
	itemIndex: number;
}

const NAME = 'Request ID';

/** Marks of direction and blanks without width, which come along with copied text. */
const INVISIBLE = /[\p{Cf}\p{Cc}]/gu;

/**
 * Reads and checks 'Request ID' before it can reach a URL: an id, or one of the three addresses that Submit gives. Throws a
 * RunComfyError.
 */
export function readRequest({ context, connection }: Run, itemIndex: number): RequestTask {
	const value = context.getNodeParameter('requestId', itemIndex, '') as unknown;
	if (isNotGiven(value)) throw invalidRequestId(NAME, undefined);
	if (typeof value !== 'string') throw invalidRequestId(NAME, value);
	const text = value.replace(INVISIBLE, '').trim();
	const broken = textRule(text);
	if (broken !== undefined) throw invalidInput([problemOf('requestId', NAME, broken)]);
	const requestsUrl = modelRequestsUrl(connection.modelApiUrl);
	const requestId = /^https?:/i.test(text) ? idInAddress(text, requestsUrl) : text;
	if (!isRequestId(requestId)) throw invalidRequestId(NAME, text);
	return { itemIndex, requestId, requestsUrl };
}

/** The id in an address of a request of this service; an address elsewhere is not even looked at. */
function idInAddress(text: string, requestsUrl: string): string {
	const base = new URL(requestsUrl);
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.origin !== base.origin || !url.pathname.startsWith(`${base.pathname}/`)) {
		throw foreignRequestAddress(NAME, requestsUrl);
	}
	const [, id = ''] =
		/^([^/]*)(?:\/(?:status|result|cancel))?\/?$/.exec(url.pathname.slice(base.pathname.length + 1)) ?? [];
	return id;
}
