import { errorAnswer, ok } from '../answer.mts';
import { findRequest } from '../findRequest.mts';
import { fileUrls, outputOf } from '../outputs.mts';
import type { StoredRequest } from '../requests.mts';
import type { Effect } from '../serve.mts';

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
	return ok({
		request_id: request.id,
		status: state === 'in_progress' ? request.life.unknownState || state : state,
		...(state === 'succeeded' ? { output: outputOf(request, context.baseUrl) } : {}),
		...(state === 'failed' ? { error: request.failureMessage } : {}),
		...(request.life.echoInputs ? { input: echoedInput(request, context.baseUrl) } : {}),
		created_at: isoTime(request.acceptedAtMs),
		finished_at: finishedAtMs === undefined ? null : isoTime(finishedAtMs),
		model_id: request.modelId,
		...(state === 'succeeded' && call.query.include_cost === 'true' ? costOf(request, context.baseUrl) : {}),
	});
};

/** Inputs sent as data URIs come back as hosted files. */
function echoedInput(request: StoredRequest, ownBase: string): Record<string, unknown> {
	const { image } = request.input;
	if (typeof image !== 'string' || !/^data:/i.test(image)) return request.input;
	return { ...request.input, image: `${ownBase}/files/${request.id}/input` };
}

/** The price may be known only a little later: then the first finished result does not tell it. */
function costOf(request: StoredRequest, ownBase: string): { cost?: number } {
	const { cost, costUsd } = request.life;
	request.costReads += 1;
	if (cost === 'never' || (cost === 'later' && request.costReads === 1)) return {};
	return { cost: roundMicro(costUsd * Math.max(1, fileUrls(request, ownBase).length)) };
}

/** Whole millionths of a dollar, or 3 × 0.06 would read 0.18 with a tail of noise. */
function roundMicro(usd: number): number {
	return Math.round(usd * 1e6) / 1e6;
}

function isoTime(atMs: number): string {
	return new Date(atMs).toISOString();
}
