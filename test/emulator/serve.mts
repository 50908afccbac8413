import type { FastifyReply, FastifyRequest } from 'fastify';

import { type Answer, render, sendRendered } from './answer.mts';
import { parseObject, readCall, type ApiCall } from './apiCall.mts';
import type { CallRecord } from './calls.mts';
import type { Context } from './context.mts';
import { STORAGE_PHASES, type Fault, type Phase } from './faults.mts';
import { playFault } from './playFault.mts';
import { refuseToken } from './accounts.mts';

/** Answers a call and does what it changes. Runs once per call, or not at all when a fault hides it. */
export type Effect = (call: ApiCall, context: Context) => Answer;

/** A route: counts the call, keeps a record of it, and answers it or plays the fault that is due. */
export function serve(context: Context, phase: Phase | 'other', effect: Effect) {
	return (request: FastifyRequest, reply: FastifyReply): void => {
		const call = readCall(phase, request);
		const tokenOk = context.accounts.knows(call.token);
		countCall(context, call, tokenOk);
		const record = context.calls.add({
			atMs: call.atMs,
			phase,
			method: call.method,
			path: call.path,
			tokenOk,
			authorizationPresent: call.authorizationPresent,
			requestId: call.requestId,
		});
		const answer = () => runEffect(context, call, effect, record);
		const fault = phase === 'other' ? undefined : chooseFault(context, phase, call);
		if (fault === undefined || phase === 'other') {
			sendRendered(reply, render(answer()), record);
		} else {
			record.fault = fault.kind;
			playFault(fault, phase, answer, { request, reply, record, hanging: context.hanging });
		}
	};
}

function countCall({ counts, modelCounts }: Context, { token, phase, modelId, atMs }: ApiCall, tokenOk: boolean): void {
	counts.received(token, phase, tokenOk, atMs);
	if (modelId === undefined) return;
	if (phase === 'model') modelCounts.read(modelId);
	else modelCounts.received(modelId);
}

function runEffect(context: Context, call: ApiCall, effect: Effect, record: CallRecord): Answer {
	const refusal = STORAGE_PHASES.includes(call.phase) ? undefined : refuseToken(call, context);
	const answer = refusal ?? effect(call, context);
	record.requestId = call.requestId;
	return answer;
}

function chooseFault(context: Context, phase: Phase, call: ApiCall): Fault | undefined {
	const nth = nthOf(context, phase, call);
	const { method, path, requestId, modelId, deploymentId } = call;
	const input = context.onCall !== undefined && phase === 'submit' ? parseObject(call.body) : undefined;
	const chosen = context.onCall?.({ phase, method, path, requestId, modelId, deploymentId, input, nth });
	return chosen ?? context.faults.take(phase, { requestId, modelId });
}

function nthOf(context: Context, phase: Phase, { requestId = '' }: ApiCall): number {
	const request = context.requests.get(requestId) ?? context.deployments.run(requestId);
	return request === undefined ? context.phaseCalls(phase) : request.nth(phase);
}
