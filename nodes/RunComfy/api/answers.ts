/**
 * What an answer of RunComfy means. Pure decisions, no HTTP: the rules are those of its published documents and of what
 * its official clients do. An `error_code` in the body is looked at first, the HTTP status second, since some
 * answers carry a code under HTTP 200.
 */

import * as reasons from '../errors/reasons';
import { asPlainObject } from '../errors/shape';
import { asText, hasReason } from './answerWords';
import type { ConnectionFault } from './fault';
import type { ReadOutcome, RequestPhase } from './requestState';
import { ERROR_CODE, isRequestId } from './service';

export interface Answer {
	httpStatus: number;
	headers: Record<string, unknown>;
	/** Parsed JSON, or the raw text where it was none. */
	body: unknown;
	/** Larger than any answer of RunComfy's: not read. */
	tooLarge?: true;
}

/** One call's end: an answer, or a fault of the connection. `received`: how much of an answer had come by then, as text. */
export type Reply = { kind: 'answer'; answer: Answer } | ({ kind: 'fault'; received?: string } & ConnectionFault);

/** The node's own code for a call it gave up on. */
export const NO_ANSWER_IN_TIME = 'NO_ANSWER_IN_TIME';

const faultReason = (code: string) => (code === NO_ANSWER_IN_TIME ? reasons.NO_ANSWER : reasons.connectionFailed(code));

/** Faults of the TLS handshake: nothing was sent, but repeating will not help either. */
const CERTIFICATE_FAULT =
	/^(CERT_|ERR_TLS_CERT_ALTNAME_INVALID|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)_)/;

/** RunComfy's answers are JSON objects, refusals sometimes lists; a page or nothing at all comes from something in between. */
const isOfRunComfy = ({ body }: Answer): boolean => typeof body === 'object' && body !== null;

/** An HTTP proxy wants a user name and password. */
const PROXY_WANTS_LOGIN = 407;

/** RunComfy's codes have six digits, of which the first three are those of an HTTP status. */
const isOwnCode = (code: number): boolean => code >= 400_000 && code <= 599_999;

const asCode = (raw: unknown): number | undefined => {
	const code = typeof raw === 'string' ? Number(raw) : raw;
	return typeof code === 'number' && Number.isFinite(code) && code !== 0 ? code : undefined;
};

/**
 * RunComfy's `error_code`, if there is one other than 0. Some answers call it `code`: then only one of RunComfy's own counts.
 */
export function errorCodeOf(body: unknown): number | undefined {
	const { error_code: errorCode, code } = asPlainObject(body);
	const other = asCode(code);
	return asCode(errorCode) ?? (other !== undefined && isOwnCode(other) ? other : undefined);
}

/** The status an answer stands for: the first three digits of its `error_code`, else its HTTP status. */
export function statusOf(answer: Answer): number {
	const implied = Math.floor((errorCodeOf(answer.body) ?? 0) / 1000);
	return implied >= 400 && implied <= 599 ? implied : answer.httpStatus;
}

/** A header of an answer, whatever its letter case; empty where it is missing. */
export function headerOf(headers: Record<string, unknown>, wanted: string): string {
	const name = Object.keys(headers).find((key) => key.toLowerCase() === wanted);
	return name === undefined ? '' : String(headers[name]).trim();
}

/**
 * How long a `Retry-After` header asks to wait, in milliseconds and at most `longestMs`: seconds or an HTTP date. A date
 * is read against the answer's own `Date`, since this machine's time of day may be wrong; `wallMs` is that time, for an
 * answer without one. Undefined where there is no Retry-After that can be read.
 */
export function retryAfterMs(headers: Record<string, unknown>, wallMs: number, longestMs: number): number | undefined {
	const value = headerOf(headers, 'retry-after');
	const answeredAtMs = Date.parse(headerOf(headers, 'date'));
	const nowMs = Number.isNaN(answeredAtMs) ? wallMs : answeredAtMs;
	const isSeconds = /^\d+(\.\d+)?$/.test(value);
	// Date.parse takes "-5" for a date too; an HTTP date begins with the name of a weekday.
	const isDate = /^[A-Z][a-z]+,? /.test(value);
	const ms = isSeconds ? Number(value) * 1000 : isDate ? Date.parse(value) - nowMs : NaN;
	return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs);
}

export type RefusalReason =
	'token' | 'balance' | 'model' | 'input' | 'certificate' | 'between' | 'outOfFunds' | 'disabled' | 'deleted';

/**
 * Codes of a deployment that accepts nothing. They come before a request is accepted, but a server in trouble (5xx) may say
 * anything.
 */
const CLOSED: ReadonlyMap<number | undefined, RefusalReason> = new Map([
	[ERROR_CODE.deploymentOutOfFunds, 'outOfFunds'],
	[ERROR_CODE.deploymentDisabled, 'disabled'],
	[ERROR_CODE.deploymentDeleted, 'deleted'],
]);

type SubmitMeaning =
	| { kind: 'accepted'; requestId: string }
	/** Nothing was charged, and the same submit may be sent again. `paced`: the rate limit makes the pause. */
	| { kind: 'postponed'; paced: boolean }
	/** Nothing was charged. */
	| { kind: 'refused'; why: RefusalReason }
	/** It may have been charged: repeated only where the user asked for it with *Submit Again*, and once at most. */
	| { kind: 'unknown'; reason: string; requestId?: string };

function refusal(answer: Answer): SubmitMeaning {
	const code = errorCodeOf(answer.body);
	const status = statusOf(answer);
	const refused = (why: RefusalReason): SubmitMeaning => ({ kind: 'refused', why });
	if (status === 429) return { kind: 'postponed', paced: true };
	if (!isOfRunComfy(answer) || status === PROXY_WANTS_LOGIN) return refused('between');
	if (code === ERROR_CODE.badToken || code === ERROR_CODE.badTokenOnAccountHost) return refused('token');
	if (code === ERROR_CODE.noBalance || (code === undefined && status === 402)) return refused('balance');
	const isUnknown = code === ERROR_CODE.noSuchModel || code === ERROR_CODE.unknownRequest;
	if (isUnknown || (code === undefined && status === 404)) return refused('model');
	if (code === undefined && (status === 401 || status === 403)) return refused('token');
	return refused('input');
}

/** An id as text: some JSON writers make it a number. */
const asId = (given: unknown): string => (Number.isSafeInteger(given) ? String(given) : asText(given).trim());

/** A request's id among the first members of a JSON object, those before it being plain values. */
const FIRST_ID =
	/^\s*\{\s*(?:"[^"\\]*"\s*:\s*(?:"[^"\\]*(?:\\.[^"\\]*)*"|[\w.+-]+)\s*,\s*)*"request_id"\s*:\s*"([\w-]+)"/;

/** The id in an answer that breaks off or is not quite JSON. */
const idInText = (text: unknown): string | undefined =>
	typeof text === 'string' ? FIRST_ID.exec(text)?.[1] : undefined;

/** Accepted or not: an answer that could not be read to its end. It may name the request. */
function unreadable(reason: string, text: unknown): SubmitMeaning {
	const id = idInText(text);
	return { kind: 'unknown', reason, ...(isRequestId(id) && { requestId: id }) };
}

/** The id that an answer gives: by its name, else within the addresses of the request. */
function givenIdIn(body: unknown): unknown {
	const { request_id: id, status_url: status, result_url: result, cancel_url: cancel } = asPlainObject(body);
	if (id !== undefined && id !== null && id !== '') return id;
	const found = [status, result, cancel].map((url) => /\/requests\/([^/?#]+)/.exec(asText(url))?.[1]);
	return found.find(isRequestId);
}

/** What a submit's end means for the wallet. The submit is paid and has no idempotency key. */
export function meaningOfSubmit(reply: Reply): SubmitMeaning {
	if (reply.kind === 'fault') {
		if (reply.step !== 'later') return { kind: 'postponed', paced: false };
		if (CERTIFICATE_FAULT.test(reply.code)) return { kind: 'refused', why: 'certificate' };
		return unreadable(faultReason(reply.code), reply.received);
	}
	const { answer } = reply;
	if (idInText(answer.body) !== undefined) return unreadable(reasons.UNREADABLE, answer.body);
	const given = givenIdIn(answer.body);
	const isSuccess = answer.httpStatus >= 200 && answer.httpStatus < 300;
	if (isSuccess && isRequestId(given)) return { kind: 'accepted', requestId: given };
	const closed = CLOSED.get(errorCodeOf(answer.body));
	if (closed !== undefined && given === undefined && answer.httpStatus < 500) return { kind: 'refused', why: closed };

	const status = statusOf(answer);
	const id = asId(given);
	const known = isRequestId(id) ? { requestId: id } : {};
	const isRefusalStatus = (one: number) => one >= 400 && one < 500 && one !== 408;
	// A plain refusal may carry the id of its trace; otherwise an id is a request's.
	const isPlain = isRefusalStatus(answer.httpStatus) && hasReason(answer.body);
	if (isRefusalStatus(status) && (!isRequestId(id) || isPlain)) return refusal(answer);
	if (isSuccess) return { kind: 'unknown', reason: reasons.noUsableId(id), ...known };
	if (status >= 300 && status < 400) return { kind: 'unknown', reason: reasons.REDIRECT, ...known };
	const reason = isRequestId(id) ? reasons.idUnderError(answer.httpStatus) : reasons.refusedWith(answer.httpStatus);
	return { kind: 'unknown', reason, ...known };
}

export type ReadRefusal =
	| 'token'
	| 'foreign'
	/** Without a code it may mean the token or another account's request. */
	| 'tokenOrForeign'
	| 'notFound'
	| 'redirect'
	| 'tooLarge'
	| 'other';

/** 4xx that ask to come back rather than to go away. */
const PASSING_4XX = [408, 425];

/** What makes an answer one: tests of its body, since each endpoint has fields of its own. */
export interface Expected {
	isAnswer(body: Record<string, unknown>): boolean;
	/** An answer that stands whatever code it carries besides. */
	isConclusive?(body: Record<string, unknown>): boolean;
	/** What it says of the state of a request. */
	stateOf?(body: Record<string, unknown>): { status: string; phase: RequestPhase };
}

/** What is there at once, and whole. */
const WITHOUT_STATE = { status: '', phase: 'finished' } as const;

/** What the end of a call that only reads, or cancels, means. */
export function meaningOfRead<A = Record<string, unknown>>(
	reply: Reply,
	{ isAnswer, isConclusive, stateOf = () => WITHOUT_STATE }: Expected,
): ReadOutcome<A> | { kind: 'refused'; why: ReadRefusal } {
	if (reply.kind === 'fault') {
		return CERTIFICATE_FAULT.test(reply.code)
			? { kind: 'refused', why: 'other' }
			: { kind: 'silent', reason: faultReason(reply.code) };
	}
	const { answer } = reply;
	// Some endpoints answer with a bare list.
	const body = asPlainObject(Array.isArray(answer.body) ? { list: answer.body } : answer.body);
	const code = errorCodeOf(body);
	const status = statusOf(answer);
	const isSuccess = answer.httpStatus >= 200 && answer.httpStatus < 300;
	const seen = () => ({ kind: 'seen' as const, ...stateOf(body), answer: body as A });
	if (isSuccess && isConclusive?.(body)) return seen();
	if (status === 429) return { kind: 'silent', reason: reasons.TO_SLOW_DOWN, httpStatus: 429 };
	if (isSuccess && answer.tooLarge) return { kind: 'refused', why: 'tooLarge' };
	const isRefusal = status >= 400 && status < 500;
	if (isRefusal && (!isOfRunComfy(answer) || status === PROXY_WANTS_LOGIN)) {
		return { kind: 'silent', reason: reasons.answeredBetween(status), httpStatus: answer.httpStatus };
	}
	if (code === ERROR_CODE.resultNotReady) return { kind: 'silent', reason: reasons.NOT_READY };
	// With HTTP 403 the account host answers it also for what belongs to another account.
	const isBadToken = code === ERROR_CODE.badTokenOnAccountHost && answer.httpStatus !== 403;
	if (code === ERROR_CODE.badToken || isBadToken) return { kind: 'refused', why: 'token' };
	if (status === 401) return { kind: 'refused', why: 'token' };
	if (code === ERROR_CODE.foreignRequest) return { kind: 'refused', why: 'foreign' };
	if (status === 403) return { kind: 'refused', why: 'tokenOrForeign' };
	if (status === 404) return { kind: 'refused', why: 'notFound' };
	if (PASSING_4XX.includes(status) || status >= 500) {
		return { kind: 'silent', reason: reasons.refusedWith(status), httpStatus: answer.httpStatus };
	}
	if (status >= 400) return { kind: 'refused', why: 'other' };
	if (status >= 300) return { kind: 'refused', why: 'redirect' };
	return isAnswer(body) ? seen() : { kind: 'silent', reason: reasons.UNREADABLE };
}
