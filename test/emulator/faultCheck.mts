import { PHASES, type Fault, type FaultKind, type FaultScope, type Phase } from './faults.mts';

type FieldCheck = 'number' | 'page' | 'pieces' | 'string' | 'boolean' | 'effect' | 'headers' | 'retryAfter' | 'any';

const PAGES: readonly unknown[] = ['html', 'text', 'empty'];

const FAULT_FIELDS: { [Kind in FaultKind]: Record<string, { check: FieldCheck; required?: boolean }> } = {
	status: {
		status: { check: 'number', required: true },
		body: { check: 'any' },
		headers: { check: 'headers' },
		effect: { check: 'effect' },
	},
	rateLimited: { retryAfter: { check: 'retryAfter' } },
	cutBefore: {},
	cutAfter: {},
	hang: { effect: { check: 'effect', required: true } },
	badJson: {},
	emptyBody: {},
	noRequestId: {},
	between: { status: { check: 'number' }, page: { check: 'page' } },
	refusedInput: { problems: { check: 'pieces' } },
	trickle: { ms: { check: 'number', required: true }, pieces: { check: 'pieces' } },
	redirect: { to: { check: 'string', required: true }, status: { check: 'number' } },
	errorUnder200: { errorCode: { check: 'number', required: true }, message: { check: 'string' } },
	slow: { ms: { check: 'number', required: true } },
	wrongType: { contentType: { check: 'string', required: true } },
	tooLarge: {
		bytes: { check: 'number', required: true },
		declared: { check: 'boolean' },
		bytesPerSecond: { check: 'number' },
	},
	truncated: {},
};

/** Every kind of fault, for tables and for checking what comes over HTTP. */
export const FAULT_KINDS = Object.keys(FAULT_FIELDS) as readonly FaultKind[];

const FIELD_CHECKS: Record<FieldCheck, { words: string; holds: (value: unknown) => boolean }> = {
	number: { words: 'a number from 0', holds: isAmount },
	page: { words: "'html', 'text' or 'empty'", holds: (value) => PAGES.includes(value) },
	pieces: { words: 'a whole number from 1', holds: (value) => Number.isInteger(value) && Number(value) >= 1 },
	string: { words: 'a string', holds: (value) => typeof value === 'string' },
	boolean: { words: 'true or false', holds: (value) => typeof value === 'boolean' },
	effect: { words: "'before' or 'after'", holds: (value) => value === 'before' || value === 'after' },
	headers: { words: 'an object of strings', holds: isTextRecord },
	retryAfter: {
		words: 'a number or a string',
		holds: (value) => typeof value === 'string' || typeof value === 'number',
	},
	any: { words: 'anything', holds: () => true },
};

/**
 * Checks a fault that came from outside of the type checker.
 * @throws Error that says which field is wrong.
 */
export function checkFault(given: unknown): Fault {
	if (typeof given !== 'object' || given === null) throw new Error('A fault must be an object with a kind.');
	const fault = given as Record<string, unknown>;
	if (typeof fault.kind !== 'string' || !Object.hasOwn(FAULT_FIELDS, fault.kind)) {
		throw new Error(`A fault's kind must be one of ${FAULT_KINDS.join(', ')}.`);
	}
	const fields = FAULT_FIELDS[fault.kind as FaultKind];
	for (const name of Object.keys(fault)) {
		if (name !== 'kind' && !Object.hasOwn(fields, name)) throw new Error(`Fault '${fault.kind}' has no '${name}'.`);
	}
	for (const [name, { check, required }] of Object.entries(fields)) {
		const { words, holds } = FIELD_CHECKS[check];
		if (fault[name] === undefined) {
			if (required) throw new Error(`Fault '${fault.kind}' needs '${name}', ${words}.`);
		} else if (!holds(fault[name])) {
			throw new Error(`In fault '${fault.kind}', '${name}' must be ${words}.`);
		}
	}
	if (fault.status !== undefined && !isHttpStatus(fault.status)) {
		throw new Error(`In fault '${fault.kind}', 'status' must be an HTTP status from 200 to 599.`);
	}
	return given as Fault;
}

/** @throws Error when it is no phase. */
export function checkPhase(given: unknown): Phase {
	if (PHASES.includes(given as Phase)) return given as Phase;
	throw new Error(`'phase' must be one of ${PHASES.join(', ')}.`);
}

/** @throws Error when a member is wrong. */
export function checkFaultScope(given: unknown): FaultScope {
	const scope = (given ?? {}) as Record<string, unknown>;
	if (typeof scope !== 'object') throw new Error("'scope' must be an object.");
	for (const name of Object.keys(scope)) {
		if (!['next', 'forMs', 'requestId', 'modelId'].includes(name)) throw new Error(`A fault's scope has no '${name}'.`);
	}
	if (scope.next !== undefined && !(Number.isInteger(scope.next) && Number(scope.next) >= 1)) {
		throw new Error("'next' must be a whole number from 1.");
	}
	if (scope.forMs !== undefined && !isAmount(scope.forMs)) throw new Error("'forMs' must be a number from 0.");
	for (const name of ['requestId', 'modelId']) {
		if (scope[name] !== undefined && typeof scope[name] !== 'string') throw new Error(`'${name}' must be a string.`);
	}
	return scope as FaultScope;
}

function isAmount(value: unknown): boolean {
	return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isHttpStatus(value: unknown): boolean {
	return Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;
}

function isTextRecord(value: unknown): boolean {
	return (
		typeof value === 'object' && value !== null && Object.values(value).every((entry) => typeof entry === 'string')
	);
}
