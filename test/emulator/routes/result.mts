import { errorAnswer, ok } from '../answer.mts';
import { mediaValues } from '../catalogue/mediaInputs.mts';
import { costOf } from '../costs.mts';
import { failureOf } from '../failure.mts';
import { findRequest } from '../findRequest.mts';
import { outputOf } from '../outputs.mts';
import type { RequestState, StoredRequest } from '../requests.mts';
import type { Effect } from '../serve.mts';
import { tellTime } from '../times.mts';

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
	const { timeForm, echoInputs } = request.life;
	return ok({
		request_id: request.id,
		status: resultWord(request, state),
		...(state === 'succeeded' ? { output: outputOf(request, context.baseUrl) } : {}),
		...(state === 'failed' ? { error: failureOf(request) } : {}),
		...(echoInputs ? { input: echoedInput(request, context.baseUrl) } : {}),
		created_at: tellTime(request.acceptedAtMs, timeForm),
		finished_at: finishedAtMs === undefined ? null : tellTime(finishedAtMs, timeForm),
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
