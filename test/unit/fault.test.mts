import { describe, expect, test } from '@jest/globals';

import { faultOf } from '../../nodes/RunComfy/api/fault.ts';

/** What Node throws for a failed system call. */
const system = (syscall: string, code: string) =>
	Object.assign(new Error(`${syscall} ${code} 10.0.0.1:443`), { code, syscall });
/** What n8n makes of it: its HTTP library's error inside its own. */
const newer = (cause: object, code: string) => ({
	httpCode: code,
	messages: [(cause as Error).message],
	cause: { code, isAxiosError: true, message: (cause as Error).message, cause },
});
/** Older versions keep code and words only. */
const older = (cause: Error, code: string) => ({ httpCode: code, messages: [cause.message, cause.message] });

const rows: Array<[what: string, cause: Error & { code?: string }, code: string, step: string]> = [
	['connection refused', system('connect', 'ECONNREFUSED'), 'ECONNREFUSED', 'connect'],
	['no connection in time', system('connect', 'ETIMEDOUT'), 'ETIMEDOUT', 'connect'],
	['no way to the network', system('connect', 'ENETUNREACH'), 'ENETUNREACH', 'connect'],
	['no way to the host', system('connect', 'EHOSTUNREACH'), 'EHOSTUNREACH', 'connect'],
	['no such host', system('getaddrinfo', 'ENOTFOUND'), 'ENOTFOUND', 'lookUp'],
	['no name server', system('getaddrinfo', 'EAI_AGAIN'), 'EAI_AGAIN', 'lookUp'],
	['reset while reading', system('read', 'ECONNRESET'), 'ECONNRESET', 'later'],
	['the network gone while reading', system('read', 'ENETUNREACH'), 'ENETUNREACH', 'later'],
	['the host gone while reading', system('read', 'EHOSTUNREACH'), 'EHOSTUNREACH', 'later'],
	['no more answer of the network', system('read', 'ETIMEDOUT'), 'ETIMEDOUT', 'later'],
	['a broken pipe', system('write', 'EPIPE'), 'EPIPE', 'later'],
	['hung up', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'ECONNRESET', 'later'],
	['a network that is gone, nobody says when', new Error('the network is gone'), 'ENETUNREACH', 'later'],
];

describe.each([
	['with all causes', newer],
	['with words only', older],
])('an error of n8n %s', (_kind, wrap) => {
	test.each(rows)('%s', (_what, cause, code, step) => expect(faultOf(wrap(cause, code))).toEqual({ code, step }));
});

const several = (...errors: Error[]) =>
	Object.assign(new Error(''), { code: (errors[0] as { code?: string }).code, errors });

test.each([
	['all refused', [system('connect', 'ECONNREFUSED'), system('connect', 'ECONNREFUSED')], 'connect'],
	['some refused, some not in time', [system('connect', 'ECONNREFUSED'), system('connect', 'ETIMEDOUT')], 'connect'],
	['one of them cut', [system('connect', 'ECONNREFUSED'), system('read', 'ECONNRESET')], 'later'],
] as const)('several addresses: %s', (_what, errors, step) => {
	expect(faultOf(newer(several(...errors), 'ECONNREFUSED'))).toEqual({ code: 'ECONNREFUSED', step });
});

test.each([
	['several addresses on an older n8n', { httpCode: 'ECONNREFUSED', messages: [''] }, 'ECONNREFUSED', 'connect'],
	['a code that any step gives', { httpCode: 'ENETUNREACH', messages: [''] }, 'ENETUNREACH', 'later'],
	['a code of its own', { code: 'ERR_BAD_RESPONSE' }, 'ERR_BAD_RESPONSE', 'later'],
	['a bad certificate', { cause: { code: 'CERT_HAS_EXPIRED' } }, 'CERT_HAS_EXPIRED', 'later'],
	['an HTTP status in place of a code', { httpCode: '200' }, 'no code', 'later'],
	['a text', 'oops', 'no code', 'later'],
	['nothing', undefined, 'no code', 'later'],
	['a system call of an odd name', { code: 'EODD', syscall: '__proto__' }, 'EODD', 'later'],
	['lists of odd things', { code: 'EODD', errors: [null, 7], messages: [null, {}] }, 'EODD', 'later'],
])('%s', (_what, thrown, code, step) => expect(faultOf(thrown)).toEqual({ code, step }));

test('an error that is its own cause ends', () => {
	const error: { code: string; cause?: unknown } = { code: 'ECONNRESET' };
	error.cause = error;
	expect(faultOf(error)).toEqual({ code: 'ECONNRESET', step: 'later' });
});
