import type { FastifyReply, FastifyRequest } from 'fastify';

import { render, type Answer } from './answer.mts';
import { parseObject, readCall, type ApiCall } from './apiCall.mts';
import type { CallRecord } from './calls.mts';
import type { Context } from './context.mts';
import type { Fault, Phase } from './faults.mts';
import { playFault } from './playFault.mts';
import { refuseToken } from './tokenCheck.mts';

/** Answers a call and does what it changes. Runs once per call, or not at all when a fault hides it. */
export type Effect = (call: ApiCall, context: Context) => Answer;

/** A route: counts the call, keeps a record of it, and answers it or plays the fault that is due. */
export function serve(context: Context, phase: Phase, effect: Effect) {
	return (request: FastifyRequest, reply: FastifyReply): void => {
		const call = readCall(phase, request);
		const tokenOk = context.accounts.knows(call.token);
		context.counts.received(call.token, phase, tokenOk, call.atMs);
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
		const fault = chooseFault(context, call);
		if (fault === undefined) {
			sendAnswer(reply, answer(), record);
		} else {
			record.fault = fault.kind;
			playFault(fault, phase, answer, { request, reply, record, hanging: context.hanging });
		}
	};
}

/** Sends an answer as it is. */
export function sendAnswer(reply: FastifyReply, answer: Answer, record: CallRecord): void {
	const { status, bytes, headers } = render(answer);
	record.status = status;
	reply.code(status).headers(headers).send(bytes);
}

function runEffect(context: Context, call: ApiCall, effect: Effect, record: CallRecord): Answer {
	const refusal = call.phase === 'download' ? undefined : refuseToken(call, context);
	const answer = refusal ?? effect(call, context);
	record.requestId = call.requestId;
	return answer;
}

function chooseFault(context: Context, call: ApiCall): Fault | undefined {
	const nth = countCall(context, call);
	const { phase, method, path, requestId, modelId } = call;
	const input = context.onCall !== undefined && phase === 'submit' ? parseObject(call.body) : undefined;
	const chosen = context.onCall?.({ phase, method, path, requestId, modelId, input, nth });
	return chosen ?? context.faults.take(phase, requestId);
}

function countCall(context: Context, { phase, requestId }: ApiCall): number {
	const request = requestId === undefined ? undefined : context.requests.get(requestId);
	return request === undefined ? context.phaseCalls(phase) : request.nth(phase);
}
