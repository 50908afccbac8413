import type { FastifyRequest } from 'fastify';

import { bearerToken } from './accounts.mts';
import { nowMs } from './clock.mts';
import type { Phase } from './faults.mts';
import type { ValidateInput } from './modelInput.mts';

/** What a chaos hook sees of a call before it is answered. */
export interface IncomingCall {
	phase: Phase;
	method: string;
	path: string;
	/** Of status, result, cancel and download. */
	requestId?: string;
	/** Of submit and of the read of one model; the list and the categories have none. */
	modelId?: string;
	/** Of calls about a deployment or a run of it. */
	deploymentId?: string;
	/** The parsed body of a submit, when it is a JSON object. */
	input?: Record<string, unknown>;
	/**
	 * 1 for the first call of this phase about this request; of other calls, the n-th of the phase since the last
	 * reset.
	 */
	nth: number;
}

/** A call as the routes work on it. */
export interface ApiCall {
	phase: Phase | 'other';
	method: string;
	path: string;
	query: Record<string, string | undefined>;
	token: string;
	authorizationPresent: boolean;
	requestId?: string;
	modelId?: string;
	deploymentId?: string;
	/** File name of a download. */
	fileName?: string;
	/** `output` or `temp`, of a deployment's files. */
	fileType?: string;
	/** Raw body. */
	body: string;
	/** The one moment this call is answered for. */
	atMs: number;
	/** Checks an input by a model's schema. */
	validate: ValidateInput;
}

const MODELS_PATH = '/v1/models/';

const CATEGORIES_PATH = '/v1/models/categories';

/** Reads what the routes need from a request. */
export function readCall(phase: Phase | 'other', request: FastifyRequest): ApiCall {
	const url = request.raw.url ?? '';
	const [path] = url.split('?', 1);
	const params = request.params as Record<string, string | undefined>;
	const isModel = phase === 'submit' || (phase === 'model' && path !== CATEGORIES_PATH);
	return {
		phase,
		method: request.method,
		path,
		query: request.query as Record<string, string | undefined>,
		token: bearerToken(request.headers.authorization),
		authorizationPresent: request.headers.authorization !== undefined,
		requestId: params.requestId,
		// From the raw path: the slashes of a model id must be real ones, an escaped slash is another model.
		modelId: isModel && path.startsWith(MODELS_PATH) ? path.slice(MODELS_PATH.length) : undefined,
		deploymentId: params.deploymentId,
		fileName: params.fileName,
		fileType: params.fileType,
		body: typeof request.body === 'string' ? request.body : '',
		atMs: nowMs(),
		validate: (schema, input) => {
			const check = request.compileValidationSchema(schema);
			return check(input) ? [] : (check.errors ?? []);
		},
	};
}

/** The body as a JSON object, or undefined when it is none. */
export function parseObject(body: string): Record<string, unknown> | undefined {
	try {
		const parsed: unknown = JSON.parse(body);
		if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
			return parsed as Record<string, unknown>;
	} catch {
		return undefined;
	}
	return undefined;
}
