import { type Answer, detailAnswer, errorAnswer, ok } from '../answer.mts';
import { type ApiCall, parseObject } from '../apiCall.mts';
import { findModel } from '../catalogue/catalogue.mts';
import type { Context } from '../context.mts';
import { balanceUsdOf, costOf } from '../costs.mts';
import { inputProblems, mediaValues } from '../modelInput.mts';
import { outputOf } from '../outputs.mts';
import type { AcceptedRequest, RequestState, StoredRequest } from '../requests.mts';
import type { Effect } from '../serve.mts';
import type { Switches } from '../switches.mts';

const UNKNOWN_REQUEST = 404001;
const FOREIGN_REQUEST = 403001;

const FOREIGN_MESSAGE = 'The request belongs to another account.';

/** What a call is about, or its refusal. */
export type Found<T> = { request: T; refusal?: undefined } | { request?: undefined; refusal: Answer };

/** The request a call is about, or the refusal: not known (yet, or any more), or another account's. */
export function findRequest(call: ApiCall, context: Context): Found<StoredRequest> {
	return allowed(context.requests.get(call.requestId ?? ''), call, context, FOREIGN_REQUEST);
}

/** Whether a call may see this request. `foreignCode` is the error_code for another account's. */
export function allowed<T extends AcceptedRequest>(
	request: T | undefined,
	call: ApiCall,
	context: Context,
	foreignCode: number,
): Found<T> {
	if (request === undefined || !request.isKnown(call.atMs)) {
		return { refusal: errorAnswer(404, UNKNOWN_REQUEST, 'The request is unknown or has expired.') };
	}
	if (request.token !== call.token) {
		const isBare = context.switches.take('foreignRequest') === 'bare';
		return { refusal: isBare ? detailAnswer(403, 'Forbidden') : errorAnswer(403, foreignCode, FOREIGN_MESSAGE) };
	}
	return { request };
}

/** The URLs RunComfy puts into its answers. A switch may point them elsewhere, to see who follows them. */
export function requestUrls(
	{ id, life }: StoredRequest,
	ownBase: string,
): { status_url: string; result_url: string; cancel_url: string } {
	const start = `${life.urlBase || ownBase}/v1/requests/${id}`;
	return { status_url: `${start}/status`, result_url: `${start}/result`, cancel_url: `${start}/cancel` };
}

/** The `error` of a failed request: a text, or one of the forms the sister API has. */
export function failureOf({ failureMessage, life }: StoredRequest): unknown {
	switch (life.failureForm) {
		case 'text':
			return failureMessage;
		case 'object':
			return { type: 'JobFailed', message: failureMessage };
		case 'list':
			return [{ errorCode: 500001, error: failureMessage, debugInfo: '' }];
	}
}

const UNKNOWN_MODEL = 400001;
const NO_BALANCE = 400002;

/**
 * POST /v1/models/{model_id}: the paid call. Everything is checked before the balance, as nothing may be charged
 * for a bad input.
 */
export const submit: Effect = (call, context) => {
	const { switches } = context;
	const model = findModel(call.modelId, switches);
	if (model === undefined) {
		return errorAnswer(Number(switches.take('unknownModel')), UNKNOWN_MODEL, 'There is no such model.');
	}
	const input = parseObject(call.body);
	if (input === undefined) {
		return detailAnswer(422, [{ loc: ['body'], msg: 'Input should be a JSON object', type: 'json_invalid' }]);
	}
	const problems = inputProblems(model, input, switches.take('validation'), call.validate);
	if (problems.length > 0) return detailAnswer(422, problems);
	if (balanceUsdOf(call.token, context, call.atMs) <= 0) {
		return errorAnswer(Number(switches.take('noBalance')), NO_BALANCE, 'The account has no balance left.');
	}
	const life = switches.takeForLife();
	const request = context.requests.accept(call.token, model, input, life, call.atMs);
	call.requestId = request.id;
	context.bodies.put(request.id, call.body);
	context.pictures?.begin(request, input);
	context.counts.accepted(call.token, request, call.atMs);
	context.modelCounts.accepted(model.model_id);
	const { status_url, result_url, cancel_url } = requestUrls(request, context.baseUrl);
	const isPlain = switches.take('submitAnswer') === '200';
	return {
		status: isPlain ? 200 : 202,
		body: { request_id: request.id, ...(isPlain ? {} : { status: 'in_queue' }), status_url, result_url, cancel_url },
	};
};

/** GET /v1/requests/{id}/status. */
export const status: Effect = (call, context) => {
	const { request, refusal } = findRequest(call, context);
	if (refusal) return refusal;
	const { life } = request;
	const state = request.stateAt(call.atMs);
	const word = statusWord(request, call.atMs);
	const { status_url, result_url } = requestUrls(request, context.baseUrl);
	const place = word === 'in_queue' && life.queuePositions ? { queue_position: request.queuePosition(call.atMs) } : {};
	const error = state === 'failed' && life.failureTold === 'statusWithError' ? { error: failureOf(request) } : {};
	return ok({ request_id: request.id, status: word, ...place, ...error, status_url, result_url });
};

/** `completed` says finished, not succeeded: a failure is usually told by the result alone. */
function statusWord(request: StoredRequest, atMs: number): string {
	const { life } = request;
	const state = request.stateAt(atMs);
	switch (state) {
		case 'in_progress':
			return life.unknownState || state;
		case 'succeeded':
			return life.endWord || 'completed';
		case 'failed':
			return life.endWord || (life.failureTold === 'result' ? 'completed' : 'failed');
		case 'cancelled':
			return life.cancelledWord;
		default:
			return state;
	}
}

const NOT_READY = 400005;

/** GET /v1/requests/{id}/result, with `?include_cost=true` for the price. */
export const result: Effect = (call, context) => {
	const { request, refusal } = findRequest(call, context);
	if (refusal) return refusal;
	const finishedAtMs = request.finishedAtMs(call.atMs);
	if (finishedAtMs === undefined && context.switches.take('earlyResult') === '400') {
		return errorAnswer(400, NOT_READY, 'The result is not ready.');
	}
	const state = request.stateAt(call.atMs);
	const tellTime = (atMs: number) => new Date(atMs).toISOString();
	return ok({
		request_id: request.id,
		status: resultWord(request, state),
		...(state === 'succeeded' ? { output: outputOf(request, context.baseUrl) } : {}),
		...(state === 'failed' ? { error: failureOf(request) } : {}),
		...(request.life.echoInputs ? { input: echoedInput(request, context.baseUrl) } : {}),
		created_at: tellTime(request.acceptedAtMs),
		finished_at: finishedAtMs === undefined ? null : tellTime(finishedAtMs),
		...modelIdOf(request),
		...(state === 'succeeded' && call.query.include_cost === 'true' ? toldCost(request) : {}),
	});
};

function resultWord({ life }: StoredRequest, state: RequestState): string {
	switch (state) {
		case 'in_progress':
			return life.unknownState || state;
		case 'succeeded':
		case 'failed':
			return life.endWord || state;
		case 'cancelled':
			return life.cancelledWord;
		default:
			return state;
	}
}

/** Media sent as data URIs come back as hosted files. */
function echoedInput(request: StoredRequest, ownBase: string): Record<string, unknown> {
	const { model, input } = request;
	const echoed = { ...input };
	let hosted = 0;
	const host = (value: unknown) => {
		if (typeof value !== 'string' || !/^data:/i.test(value)) return value;
		hosted += 1;
		return `${ownBase}/files/${request.id}/input${hosted === 1 ? '' : `-${hosted}`}`;
	};
	for (const { name } of mediaValues(model, input)) {
		const value = input[name];
		echoed[name] = Array.isArray(value) ? value.map(host) : host(value);
	}
	return echoed;
}

function modelIdOf({ modelId, life }: StoredRequest): { model_id?: string } {
	switch (life.modelIdTold) {
		case 'own':
			return { model_id: modelId };
		case 'other':
			return { model_id: `${modelId}/other` };
		case 'missing':
			return {};
	}
}

/** The price may be known only a little later: then the first finished result does not tell it. */
function toldCost(request: StoredRequest): { cost?: number } {
	const { cost } = request.life;
	request.costReads += 1;
	if (cost === 'never' || (cost === 'later' && request.costReads === 1)) return {};
	return { cost: costOf(request) };
}

/** POST /v1/requests/{id}/cancel. Repeating it is harmless. */
export const cancel: Effect = (call, context) => {
	const { request, refusal } = findRequest(call, context);
	if (refusal) return refusal;
	const state = request.stateAt(call.atMs);
	const rule = context.switches.take('cancelAnswer');
	const isGranted = rule === 'cancelled' || (rule === 'byState' && (state === 'in_queue' || state === 'cancelled'));
	if (isGranted && request.cancel(call.atMs)) context.counts.granted(call.token);
	return tellCancel(request.id, isGranted, context.switches.take('cancelForm'));
};

/** The `status` in the usual answer is as little to be trusted as RunComfy's; in the other forms it says the outcome. */
export function tellCancel(id: string, isGranted: boolean, form: Switches['cancelForm']): Answer {
	const refused = 'not_cancellable';
	const outcome = isGranted ? 'cancelled' : refused;
	switch (form) {
		case 'both':
			return accepted({ request_id: id, status: 'completed', outcome });
		case 'statusAlone':
			return accepted({ request_id: id, status: outcome });
		case 'requestedAlone':
			return accepted({ request_id: id, status: isGranted ? 'cancellation_requested' : refused });
		case 'outcomeAlone':
			return accepted({ outcome });
		case 'requested':
			return accepted({ request_id: id, status: outcome, outcome: isGranted ? 'cancellation_requested' : refused });
		case 'canceled': {
			const word = isGranted ? 'canceled' : refused;
			return accepted({ request_id: id, status: word, outcome: word });
		}
	}
}

function accepted(body: object): Answer {
	return { status: 202, body };
}

const MICRODOLLARS_PER_USD = 1_000_000;

/** GET /prod/v2/balance, on another host at RunComfy, on the same one here. */
export const balance: Effect = ({ token, atMs }, context) => {
	const usd = balanceUsdOf(token, context, atMs);
	const microdollars = Math.round(usd * MICRODOLLARS_PER_USD);
	switch (context.switches.take('balanceTold')) {
		case 'number':
			return ok({ balance_usd: usd, balance_microdollars: microdollars, currency: 'USD' });
		case 'text':
			return ok({ balance_usd: String(usd), balance_microdollars: String(microdollars), currency: 'USD' });
		case 'null':
			return ok({ balance_usd: null, balance_microdollars: null, currency: 'USD' });
		case 'missing':
			return ok({});
	}
};
