/** What a stand-in for a service on the internet is: the hosts it plays, the requests it got, and what it answers. */

export interface ServiceRequest {
	method: string;
	host: string;
	/** Without the query. */
	path: string;
	query: URLSearchParams;
	/** Names in lower case; of a header sent twice all values, joined by ", ". */
	headers: Record<string, string>;
	/** Parsed when it is JSON or a form, else text; undefined when there is none. */
	body: unknown;
	/** As it came, for files. */
	bytes: Buffer;
	/** Milliseconds since the epoch. */
	atMs: number;
}

export interface ServiceAnswer {
	/** 200 unless told otherwise. */
	status?: number;
	headers?: Record<string, string>;
	/** Either this … */
	json?: unknown;
	/** … or this. */
	body?: string | Buffer;
}

export abstract class FakeService {
	/** Host names without port. */
	abstract readonly hosts: readonly string[];

	/** Everything this service was asked, oldest first. */
	readonly requests: ServiceRequest[] = [];

	/** `undefined` means that the service has no such address: 404, and the test finds it under `refused`. */
	abstract answer(request: ServiceRequest): ServiceAnswer | undefined | Promise<ServiceAnswer | undefined>;

	/** The requests of a method whose path matches. */
	requestsTo(method: string, path: RegExp): ServiceRequest[] {
		return this.requests.filter((request) => request.method === method && path.test(request.path));
	}
}
