/** Turns an answer that refuses into the error that says so. */

import * as accountErrors from '../errors/accountErrors';
import * as deploymentErrors from '../errors/deploymentErrors';
import { modelUnknown } from '../errors/modelErrors';
import * as reasons from '../errors/reasons';
import * as requestErrors from '../errors/requestErrors';
import type { Asked } from '../errors/requestErrors';
import type { ErrorFacts, RunComfyError } from '../errors/RunComfyError';
import * as submitErrors from '../errors/submitErrors';
import { errorCodeOf, type ReadRefusal, type RefusalReason, type Reply } from './answers';
import { fieldErrorsIn, errorWordsIn } from './answerWords';
import type { Submission } from './queue';
import { MAX_ANSWER_BYTES } from './transport';

export const errorFactsOf = (reply: Reply): ErrorFacts =>
	reply.kind === 'fault' ? {} : { httpStatus: reply.answer.httpStatus, errorCode: errorCodeOf(reply.answer.body) };

/** Whether an error means that RunComfy does not know what was asked for: by its code for it, or by a plain 404. */
export const saysUnknown = ({ facts: { httpStatus, errorCode } }: RunComfyError, code: number): boolean =>
	errorCode === code || (errorCode === undefined && httpStatus === 404);

/** What came back, as an error quotes it. */
export const reasonOf = (reply: Reply): string =>
	reply.kind === 'fault'
		? reasons.connectionFailed(reply.code)
		: reasons.answeredWith(reply.answer.httpStatus, errorWordsIn(reply.answer.body));

const wordsIn = (reply: Reply): string => (reply.kind === 'answer' ? errorWordsIn(reply.answer.body) : '');

/** The error of a call that was refused; where it is about a request, the error names it. */
export function refusedRead(why: ReadRefusal, asked: Asked, reply: Reply, credentialName: string): RunComfyError {
	const { requestId } = asked;
	const facts = { ...errorFactsOf(reply), ...(requestId !== undefined && { requestId }) };
	const words = wordsIn(reply);
	if (requestId !== undefined) {
		const named = { ...facts, requestId };
		if (why === 'foreign') return requestErrors.foreignRequest(credentialName, named);
		if (why === 'tokenOrForeign') return requestErrors.notAllowed(credentialName, words, named);
		if (why === 'notFound') return requestErrors.unknownRequest(named);
	}
	if (why === 'token' || why === 'foreign' || why === 'tokenOrForeign') {
		return accountErrors.tokenRefused(credentialName, words, facts);
	}
	if (why === 'redirect') return requestErrors.redirected(asked, facts);
	if (why === 'tooLarge') return requestErrors.answerTooLarge(asked, MAX_ANSWER_BYTES, facts);
	if (reply.kind === 'fault') return accountErrors.connectionNotSecure(reasonOf(reply), facts);
	return requestErrors.callRefused(asked, words, facts);
}

/** The error of a submit for which nothing was charged. */
export function refusedSubmit(
	why: RefusalReason,
	{ queue: { label, isOfDeployment }, fileAdvice }: Submission,
	reply: Reply,
	credentialName: string,
): RunComfyError {
	const facts = errorFactsOf(reply);
	const words = wordsIn(reply);
	const details = reply.kind === 'answer' ? fieldErrorsIn(reply.answer.body) : [];
	const noDeployment = () => deploymentErrors.notFound(label, words, facts);
	const errors: Record<RefusalReason, () => RunComfyError> = {
		token: () => accountErrors.tokenRefused(credentialName, words, facts),
		balance: () => accountErrors.noBalance(words, facts),
		outOfFunds: () => deploymentErrors.outOfFunds(label, words, facts),
		disabled: () => deploymentErrors.disabled(label, words, facts),
		deleted: noDeployment,
		model: () => (isOfDeployment === true ? noDeployment() : modelUnknown(label, words, facts)),
		between: () => accountErrors.somethingBetween(facts.httpStatus ?? 0, words, facts),
		certificate: () => accountErrors.connectionNotSecure(reasonOf(reply)),
		input: () => submitErrors.inputRefused(words, details, fileAdvice, facts),
	};
	return errors[why]();
}
