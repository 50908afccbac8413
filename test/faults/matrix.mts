/**
 * What the node does with every fault, in every kind of call: once, for a while, for ever. One row per fault that does not end
 * as most of its phase do, one ending per column. `endings.mts` says what an ending looks like; `../node/faults` plays what differs, a file for each phase.
 */
import type { Fault } from '../emulator/emulator.mts';
import type { Ending } from './endings.mts';

/** How long a fault is played: one call, three, or all of them. */
export const SPANS = ['once', 'while', 'ever'] as const;

export type Span = (typeof SPANS)[number];

/** Nothing listens there; a client that followed would be told so. */
const ELSEWHERE = 'http://127.0.0.1:9/elsewhere';

const BLANKS_BYTES = 400_000;

/** The faults, by the name they have in the table. */
export const FAULTS = {
	'HTTP 400': { kind: 'status', status: 400, body: { error_message: 'Not like that.' } },
	'HTTP 400, empty': { kind: 'status', status: 400, body: '' },
	'HTTP 400, page': { kind: 'status', status: 400, body: '<html><body>Bad request</body></html>' },
	'HTTP 401': { kind: 'status', status: 401 },
	'HTTP 401, page': { kind: 'status', status: 401, body: '<html><body>Sign in</body></html>' },
	'HTTP 402': { kind: 'status', status: 402 },
	'HTTP 403': { kind: 'status', status: 403 },
	'HTTP 403, code 403001': { kind: 'status', status: 403, body: { error_code: 403001, error_message: 'No.' } },
	'HTTP 403, page': { kind: 'status', status: 403, body: '<html><body>Blocked by policy</body></html>' },
	'HTTP 403, empty': { kind: 'status', status: 403, body: '' },
	'HTTP 404': { kind: 'status', status: 404 },
	'HTTP 404, page': { kind: 'status', status: 404, body: '<html><body>Not here</body></html>' },
	'HTTP 407': { kind: 'status', status: 407, body: { message: 'Proxy Authentication Required' } },
	'HTTP 408': { kind: 'status', status: 408 },
	'HTTP 425': { kind: 'status', status: 425 },
	'HTTP 500': { kind: 'status', status: 500 },
	'HTTP 502, effect': { kind: 'status', status: 502, effect: 'after' },
	'HTTP 503, code 503000': { kind: 'status', status: 503, body: { error_code: 503000, error_message: 'Soon.' } },
	'429': { kind: 'rateLimited' },
	'429, 0.2 s': { kind: 'rateLimited', retryAfter: 0.2 },
	'cut before': { kind: 'cutBefore' },
	'cut after': { kind: 'cutAfter' },
	'hang before': { kind: 'hang', effect: 'before' },
	'hang after': { kind: 'hang', effect: 'after' },
	'bad JSON': { kind: 'badJson' },
	'empty body': { kind: 'emptyBody' },
	'no request id': { kind: 'noRequestId' },
	redirect: { kind: 'redirect', to: ELSEWHERE },
	'200, page': { kind: 'status', status: 200, body: '<html><body>Welcome</body></html>' },
	'200, code 400001': { kind: 'errorUnder200', errorCode: 400001 },
	'200, code 400002': { kind: 'errorUnder200', errorCode: 400002 },
	'200, code 400004': { kind: 'errorUnder200', errorCode: 400004 },
	'200, code 400005': { kind: 'errorUnder200', errorCode: 400005 },
	'200, code 403001': { kind: 'errorUnder200', errorCode: 403001 },
	'200, code 404001': { kind: 'errorUnder200', errorCode: 404001 },
	'200, code 500001': { kind: 'errorUnder200', errorCode: 500001 },
	slow: { kind: 'slow', ms: 120 },
	'HTML page': { kind: 'wrongType', contentType: 'text/html' },
	'other type': { kind: 'wrongType', contentType: 'image/webp' },
	'too large': { kind: 'tooLarge', bytes: BLANKS_BYTES },
	'too large, declared': { kind: 'tooLarge', bytes: BLANKS_BYTES, declared: true },
	truncated: { kind: 'truncated' },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** What the matrix is played on. `status` is read where early results are refused, `model` before anything is bought. */
export type MatrixPhase = 'model' | 'submit' | 'result' | 'status' | 'cancel' | 'download';

type Row = readonly [once: Ending, while_: Ending, ever: Ending];

/** The same ending however long it is played: the first answer decides, or nothing is wrong with it. */
const all = (ending: Ending): Row => [ending, ending, ending];

const UNKNOWN = all('outcome unknown');
const PICTURE = all('picture');
const READ_AGAIN: Row = ['picture', 'picture', 'unreachable'];
const CANCEL_AGAIN: Row = ['cancelled', 'cancelled', 'not reached to cancel'];
const MODEL_AGAIN: Row = ['picture', 'picture', 'model not read'];
const FILE_AGAIN: Row = ['file', 'no file', 'no file'];

/** What every fault of a phase ends in but those that are named. */
const allBut = (usual: Row, others: Partial<Record<FaultName, Row>>): Record<FaultName, Row> => ({
	...(Object.fromEntries(Object.keys(FAULTS).map((fault) => [fault, usual])) as Record<FaultName, Row>),
	...others,
});

/** What reads of `/result` and of `/status` have in common. */
const READS = allBut(READ_AGAIN, {
	'HTTP 400': all('read refused'),
	'HTTP 401': all('token refused, id'),
	'HTTP 402': all('read refused'),
	'HTTP 403': all('not allowed'),
	'HTTP 403, code 403001': all('foreign request'),
	'HTTP 404': ['picture', 'picture', 'unknown id'],
	'no request id': PICTURE,
	redirect: all('redirected'),
	'200, code 400001': all('read refused'),
	'200, code 400002': all('read refused'),
	'200, code 400004': all('token refused, id'),
	'200, code 403001': all('foreign request'),
	'200, code 404001': ['picture', 'picture', 'unknown id'],
	slow: PICTURE,
	'other type': PICTURE,
	'too large': PICTURE,
	'too large, declared': PICTURE,
});

export const MATRIX: Record<MatrixPhase, Record<FaultName, Row>> = {
	model: allBut(MODEL_AGAIN, {
		'HTTP 400': all('model refused'),
		'HTTP 401': all('token refused'),
		'HTTP 402': all('model refused'),
		'HTTP 403': all('token refused'),
		'HTTP 403, code 403001': all('token refused'),
		'HTTP 404': all('no such model'),
		'no request id': PICTURE,
		redirect: all('model redirected'),
		'200, code 400001': all('no such model'),
		'200, code 400002': all('model refused'),
		'200, code 400004': all('token refused'),
		'200, code 403001': all('token refused'),
		'200, code 404001': all('model refused'),
		slow: PICTURE,
		'other type': PICTURE,
		'too large': PICTURE,
		'too large, declared': PICTURE,
	}),

	submit: allBut(UNKNOWN, {
		'HTTP 400': all('input refused'),
		'HTTP 400, empty': all('something between'),
		'HTTP 400, page': all('something between'),
		'HTTP 401': all('token refused'),
		'HTTP 401, page': all('something between'),
		'HTTP 402': all('no balance'),
		'HTTP 403': all('token refused'),
		'HTTP 403, code 403001': all('input refused'),
		'HTTP 403, page': all('something between'),
		'HTTP 403, empty': all('something between'),
		'HTTP 404': all('no such model'),
		'HTTP 404, page': all('something between'),
		'HTTP 407': all('something between'),
		'HTTP 425': all('input refused'),
		'429': ['picture', 'picture', 'not taken'],
		'429, 0.2 s': ['picture', 'picture', 'not taken'],
		'200, code 400001': all('no such model'),
		'200, code 400002': all('no balance'),
		'200, code 400004': all('token refused'),
		'200, code 400005': all('input refused'),
		'200, code 403001': all('input refused'),
		'200, code 404001': all('no such model'),
		// The part that arrived names the request.
		'bad JSON': PICTURE,
		truncated: PICTURE,
		slow: PICTURE,
		'other type': PICTURE,
		'too large': PICTURE,
		'too large, declared': PICTURE,
	}),

	result: READS,

	status: READS,

	cancel: allBut(CANCEL_AGAIN, {
		'HTTP 400': all('cancel refused'),
		'HTTP 401': all('token refused, id'),
		'HTTP 402': all('cancel refused'),
		'HTTP 403': all('not allowed'),
		'HTTP 403, code 403001': all('foreign request'),
		'HTTP 404': all('unknown id'),
		'no request id': all('cancelled'),
		redirect: all('redirected'),
		'200, code 400001': all('cancel refused'),
		'200, code 400002': all('cancel refused'),
		'200, code 400004': all('token refused, id'),
		'200, code 403001': all('foreign request'),
		'200, code 404001': all('unknown id'),
		slow: all('cancelled'),
		'other type': all('cancelled'),
		'too large': all('cancelled'),
		'too large, declared': all('cancelled'),
	}),

	download: allBut(all('no file'), {
		'HTTP 403': FILE_AGAIN,
		'HTTP 403, code 403001': FILE_AGAIN,
		'HTTP 403, page': FILE_AGAIN,
		'HTTP 403, empty': FILE_AGAIN,
		'HTTP 404': FILE_AGAIN,
		'HTTP 404, page': FILE_AGAIN,
		'HTTP 408': FILE_AGAIN,
		'HTTP 425': FILE_AGAIN,
		'HTTP 500': FILE_AGAIN,
		'HTTP 502, effect': FILE_AGAIN,
		'HTTP 503, code 503000': FILE_AGAIN,
		'429': FILE_AGAIN,
		'429, 0.2 s': FILE_AGAIN,
		'cut before': FILE_AGAIN,
		'cut after': FILE_AGAIN,
		'empty body': FILE_AGAIN,
		'no request id': all('file'),
		slow: all('file'),
		'other type': all('file'),
		truncated: FILE_AGAIN,
	}),
};
