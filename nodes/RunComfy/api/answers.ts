/**
 * What an answer of RunComfy means. Pure decisions, no HTTP: the rules are those of its published documents and of what
 * its official clients do. An `error_code` in the body is looked at first, the HTTP status second, since some
 * answers carry a code under HTTP 200.
 */
import * as reasons from '../errors/reasons';
import { isRequestId } from './contract';
import { ERROR_CODE } from './service';

export interface Answer {
	httpStatus: number;
	headers: Record<string, unknown>;
	/** Parsed JSON, or the raw text where it was none. */
	body: unknown;
}

/** One call's end: an answer, or a fault of the connection with Node's code for it. */
export type Reply = { kind: 'answer'; answer: Answer } | { kind: 'fault'; code: string };

/** Faults that can only happen before a connection stands: the request never left this machine. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'];

/** The node's own code for a call it gave up on. */
export const NO_ANSWER_IN_TIME = 'NO_ANSWER_IN_TIME';

const faultReason = (code: string) => (code === NO_ANSWER_IN_TIME ? reasons.NO_ANSWER : reasons.connectionFailed(code));

/** Faults of the TLS handshake: nothing was sent, but repeating will not help either. */
const CERTIFICATE_FAULT =
	/^(CERT_|ERR_TLS_CERT_ALTNAME_INVALID|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)_)/;

/** 4xx that say "refused" by themselves; others need a body to be believed on a paid call. */
const REFUSED_WITHOUT_WORDS = [401, 402, 403, 404, 413, 415, 422, 429];

const asObject = (body: unknown): Record<string, unknown> =>
	typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};

/** RunComfy's `error_code`, if there is one other than 0. */
export function errorCodeOf(body: unknown): number | undefined {
	const raw = asObject(body).error_code;
	const code = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
	return typeof code === 'number' && Number.isFinite(code) && code !== 0 ? code : undefined;
}

/** The status an answer stands for: the first three digits of its `error_code`, else its HTTP status. */
export function statusOf(answer: Answer): number {
	const implied = Math.floor((errorCodeOf(answer.body) ?? 0) / 1000);
	return implied >= 400 && implied <= 599 ? implied : answer.httpStatus;
}

const asText = (value: unknown): string => {
	if (typeof value === 'string') return value;
	if (value === undefined || value === null) return '';
	return JSON.stringify(value) ?? '';
};

/** RunComfy's own words for an error, read in the order its documents give; empty where there are none. */
export function wordsOf(body: unknown): string {
	if (typeof body === 'string') return body;
	const { error_message: errorMessage, message, error, detail } = asObject(body);
	const inner = asObject(error);
	for (const candidate of [errorMessage, message, inner.message ?? inner.error_message ?? error, detail]) {
		const text = asText(candidate);
		if (text !== '' && text !== '{}' && text !== '[]') return text;
	}
	return '';
}

/** The fields a refusal names, as `field: what is wrong`, where `detail` is a list of the usual kind. */
export function detailsOf(body: unknown): string[] {
	const { detail } = asObject(body);
	if (!Array.isArray(detail)) return [];
	return detail.map((entry) => {
		const { loc, msg } = asObject(entry);
		const field = Array.isArray(loc)
			? loc
					.filter((part) => part !== 'body')
					.map(asText)
					.join('.')
			: '';
		return field !== '' && typeof msg === 'string' ? `${field}: ${msg}` : asText(entry);
	});
}

/**
 * How long a `Retry-After` header asks to wait, in milliseconds from `nowMs` and at most `longestMs`: seconds or an HTTP
 * date. Undefined where there is none that can be read.
 */
export function retryAfterMs(headers: Record<string, unknown>, nowMs: number, longestMs: number): number | undefined {
	const name = Object.keys(headers).find((key) => key.toLowerCase() === 'retry-after');
	const value = name === undefined ? '' : String(headers[name]).trim();
	if (value === '') return undefined;
	const isSeconds = /^\d+(\.\d+)?$/.test(value);
	// Date.parse takes "-5" for a date too; an HTTP date begins with the name of a weekday.
	const isDate = /^[A-Z][a-z]+,? /.test(value);
	const ms = isSeconds ? Number(value) * 1000 : isDate ? Date.parse(value) - nowMs : NaN;
	return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs);
}

export type RefusalReason = 'token' | 'balance' | 'model' | 'input' | 'busy' | 'unreachable' | 'certificate';

export type SubmitMeaning =
	| { kind: 'accepted'; requestId: string }
	/** Nothing was bought. `passing`: the same submit may be made again. */
	| { kind: 'refused'; why: RefusalReason; passing: boolean }
	/** It may have been bought: never repeat it by itself. */
	| { kind: 'unknown'; reason: string; requestId?: string };

function refusal(answer: Answer): SubmitMeaning {
	const code = errorCodeOf(answer.body);
	const status = statusOf(answer);
	const refused = (why: RefusalReason): SubmitMeaning => ({ kind: 'refused', why, passing: why === 'busy' });
	if (status === 429) return refused('busy');
	if (code === ERROR_CODE.badToken || code === ERROR_CODE.badTokenOnAccountHost) return refused('token');
	if (code === ERROR_CODE.noBalance || (code === undefined && status === 402)) return refused('balance');
	if (code === ERROR_CODE.noSuchModel || (code === undefined && status === 404)) return refused('model');
	if (code === undefined && (status === 401 || status === 403)) return refused('token');
	return refused('input');
}

/** What a submit's end means for the wallet. The submit is paid and has no idempotency key. */
export function meaningOfSubmit(reply: Reply): SubmitMeaning {
	if (reply.kind === 'fault') {
		if (NEVER_CONNECTED.includes(reply.code)) return { kind: 'refused', why: 'unreachable', passing: true };
		if (CERTIFICATE_FAULT.test(reply.code)) return { kind: 'refused', why: 'certificate', passing: false };
		return { kind: 'unknown', reason: faultReason(reply.code) };
	}
	const { answer } = reply;
	const { request_id: requestId } = asObject(answer.body);
	const isSuccess = answer.httpStatus >= 200 && answer.httpStatus < 300;
	if (isRequestId(requestId)) {
		if (isSuccess) return { kind: 'accepted', requestId };
		return { kind: 'unknown', reason: reasons.idUnderError(answer.httpStatus), requestId };
	}

	const status = statusOf(answer);
	const hasWords = answer.body !== undefined && answer.body !== null && answer.body !== '';
	const saysRefused = status >= 400 && status < 500 && status !== 408;
	if (saysRefused && (hasWords || REFUSED_WITHOUT_WORDS.includes(status))) return refusal(answer);
	if (isSuccess) {
		return { kind: 'unknown', reason: reasons.noUsableId(typeof requestId === 'string' ? requestId : '') };
	}
	if (status >= 300 && status < 400) return { kind: 'unknown', reason: reasons.REDIRECT };
	return { kind: 'unknown', reason: reasons.refusedWith(answer.httpStatus) };
}

export type ReadRefusal = 'token' | 'foreign' | 'notFound' | 'redirect' | 'other';

export type ReadMeaning =
	| { kind: 'answered'; body: Record<string, unknown> }
	| { kind: 'notReady' }
	/** No usable answer, for a reason that may pass. */
	| { kind: 'silent'; reason: string; httpStatus?: number }
	| { kind: 'busy' }
	| { kind: 'refused'; why: ReadRefusal };

/** 4xx that ask to come back rather than to go away. */
const PASSING_4XX = [408, 425];

/** What makes an answer one: tests of its body, since each endpoint has fields of its own. */
export interface Expected {
	isAnswer(body: Record<string, unknown>): boolean;
	/** An answer that stands whatever code it carries besides. */
	isConclusive?(body: Record<string, unknown>): boolean;
}

/** What the end of a call that only reads, or cancels, means. */
export function meaningOfRead(reply: Reply, { isAnswer, isConclusive }: Expected): ReadMeaning {
	if (reply.kind === 'fault') {
		return CERTIFICATE_FAULT.test(reply.code)
			? { kind: 'refused', why: 'other' }
			: { kind: 'silent', reason: faultReason(reply.code) };
	}
	const { answer } = reply;
	const body = asObject(answer.body);
	const code = errorCodeOf(body);
	const status = statusOf(answer);
	const isSuccess = answer.httpStatus >= 200 && answer.httpStatus < 300;
	if (isSuccess && isConclusive?.(body)) return { kind: 'answered', body };
	if (status === 429) return { kind: 'busy' };
	if (code === ERROR_CODE.resultNotReady) return { kind: 'notReady' };
	if (code === ERROR_CODE.badToken || code === ERROR_CODE.badTokenOnAccountHost) {
		return { kind: 'refused', why: 'token' };
	}
	if (status === 401) return { kind: 'refused', why: 'token' };
	if (status === 403) return { kind: 'refused', why: 'foreign' };
	if (status === 404) return { kind: 'refused', why: 'notFound' };
	if (PASSING_4XX.includes(status) || status >= 500) {
		return { kind: 'silent', reason: reasons.refusedWith(status), httpStatus: answer.httpStatus };
	}
	if (status >= 400) return { kind: 'refused', why: 'other' };
	if (status >= 300) return { kind: 'refused', why: 'redirect' };
	return isAnswer(body) ? { kind: 'answered', body } : { kind: 'silent', reason: reasons.UNREADABLE };
}
