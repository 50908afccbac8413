import type { Connection } from '../../api/connection';
import { isDeploymentId, isRequestId } from '../../api/service';
import { type RequestRef, requestsUrlOf } from '../../api/queue';
import { foreignRequestAddress, invalidRequestId } from '../../errors/requestErrors';
import { readValues } from '../../values/checkValues';
import { isNotGiven, schemaOf } from '../../values/schema';
import { readDeploymentId } from '../deployment/deploymentParameters';
import { textRule } from '../../values/leftovers';
import { invalidInput, problemOf } from '../../errors/problem';
import type { Run } from '../../batch/run';

/** An item and the request it names. */
export interface RequestTask extends RequestRef {
	itemIndex: number;
}

/** Marks of direction and blanks without width, which come along with copied text. */
const INVISIBLE_MARKS = /[\p{Cf}\p{Cc}]/gu;

const REQUEST_OWNER = schemaOf({
	requestOf: { label: 'Belongs To', kind: 'choice', choices: ['model', 'deployment'] },
});

/**
 * Reads and checks 'Request ID' before it can reach a URL: an id, or one of the three addresses that Submit gives. An address
 * says by itself whose request it is. Throws a RunComfyError.
 */
export function readRequest(run: Run, itemIndex: number): RequestTask {
	const value = run.context.getNodeParameter('requestId', itemIndex, '') as unknown;
	if (isNotGiven(value) || typeof value !== 'string') throw invalidRequestId(isNotGiven(value) ? undefined : value);
	const text = value.replace(INVISIBLE_MARKS, '').trim();
	const broken = textRule(text);
	if (broken !== undefined) throw invalidInput([problemOf('requestId', 'Request ID', broken)]);
	const isAddress = /^https?:/i.test(text);
	const request = isAddress
		? requestAt(text, run.connection)
		: { requestId: text, requestsUrl: requestsUrlGiven(run, itemIndex) };
	if (!isRequestId(request.requestId)) throw invalidRequestId(text);
	return { itemIndex, ...request };
}

/** Where the requests of what 'Belongs To' names live. */
function requestsUrlGiven({ context, connection }: Run, itemIndex: number): string {
	const requestOf: unknown = context.getNodeParameter('requestOf', itemIndex, 'model');
	const owner = readValues(REQUEST_OWNER, { requestOf });
	return requestsUrlOf(connection, owner.requestOf === 'deployment' ? readDeploymentId(context, itemIndex) : undefined);
}

/** The request at an address of this service; an address elsewhere is not even looked at. */
function requestAt(text: string, connection: Connection): RequestRef {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const [, deploymentId] = /\/deployments\/([^/]+)\/requests\/[^/]/.exec(url?.pathname ?? '') ?? [];
	const isOfDeployment = isDeploymentId(deploymentId) && connection.accountApiUrl !== '';
	const requestsUrl = requestsUrlOf(connection, isOfDeployment ? deploymentId : undefined);
	const requestId = url && idBehind(url, new URL(requestsUrl));
	if (requestId === undefined) throw foreignRequestAddress(requestsUrlOf(connection));
	return { requestId, requestsUrl };
}

/** The id that follows a base in the address of a request, its status, its result or its cancellation. */
function idBehind({ origin, pathname }: URL, base: URL): string | undefined {
	if (origin !== base.origin || !pathname.startsWith(`${base.pathname}/`)) return undefined;
	return /^([^/]*)(?:\/(?:status|result|cancel))?\/?$/.exec(pathname.slice(base.pathname.length + 1))?.[1];
}
