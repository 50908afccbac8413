import { nowMs } from './clock.mts';

/** The kinds of calls a client makes. */
export const PHASES = ['submit', 'status', 'result', 'cancel', 'download', 'balance', 'model'] as const;

export type Phase = (typeof PHASES)[number];

/**
 * What is played instead of the normal answer. The effect of a call is what it changes here (a submit that is
 * accepted, a cancel that is granted). "No effect" means that nothing happened, "effect" that it did although the answer hides it.
 */
export type Fault =
	/**
	 * This status, with this body (an object is sent as JSON, a string as it is). Without effect unless told
	 * otherwise.
	 */
	| {
			kind: 'status';
			status: number;
			body?: unknown;
			headers?: Record<string, string>;
			effect?: 'before' | 'after';
	  }
	/** 429 without effect; Retry-After only when given, as it is given (seconds or a date). */
	| { kind: 'rateLimited'; retryAfter?: string | number }
	/** Socket destroyed, no effect. */
	| { kind: 'cutBefore' }
	/** Effect, then the socket is destroyed with nothing sent. */
	| { kind: 'cutAfter' }
	/** Never answers. A download with effect 'after' sends half of the file first. */
	| { kind: 'hang'; effect: 'before' | 'after' }
	/** Effect, 200, JSON that breaks off. */
	| { kind: 'badJson' }
	/** Effect, 200, no body. */
	| { kind: 'emptyBody' }
	/** Effect, the normal answer without the id and without the URLs that contain it. */
	| { kind: 'noRequestId' }
	/**
	 * Redirect to exactly this URL, without effect; 307 unless told otherwise (a client that follows would send
	 * the body again).
	 */
	| { kind: 'redirect'; to: string; status?: number }
	/** HTTP 200 with an error_code, without effect. */
	| { kind: 'errorUnder200'; errorCode: number; message?: string }
	/** Effect at once, the normal answer after so many milliseconds. */
	| { kind: 'slow'; ms: number }
	/** Effect, 200, the normal body (an HTML page for text/html) under another type. */
	| { kind: 'wrongType'; contentType: string }
	/** Effect, 200, so many bytes; with `declared` their number stands in Content-Length, else the body is chunked. */
	| { kind: 'tooLarge'; bytes: number; declared?: boolean }
	/** Effect, the normal head with its Content-Length, half of the body, then the socket is destroyed. */
	| { kind: 'truncated' };

export type FaultKind = Fault['kind'];

/** How long a fault is played. All that are given must hold; none at all means until it is reset. */
export interface FaultScope {
	/** The next N calls. */
	next?: number;
	/** Milliseconds from now. */
	forMs?: number;
	/** Only calls about this request. */
	requestId?: string;
}

type FieldCheck = 'number' | 'string' | 'boolean' | 'effect' | 'headers' | 'retryAfter' | 'any';

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
	redirect: { to: { check: 'string', required: true }, status: { check: 'number' } },
	errorUnder200: { errorCode: { check: 'number', required: true }, message: { check: 'string' } },
	slow: { ms: { check: 'number', required: true } },
	wrongType: { contentType: { check: 'string', required: true } },
	tooLarge: { bytes: { check: 'number', required: true }, declared: { check: 'boolean' } },
	truncated: {},
};

/** Every kind of fault, for tables and for checking what comes over HTTP. */
export const FAULT_KINDS = Object.keys(FAULT_FIELDS) as readonly FaultKind[];

const FIELD_CHECKS: Record<FieldCheck, { words: string; holds: (value: unknown) => boolean }> = {
	number: { words: 'a number from 0', holds: isAmount },
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
		if (!['next', 'forMs', 'requestId'].includes(name)) throw new Error(`A fault's scope has no '${name}'.`);
	}
	if (scope.next !== undefined && !(Number.isInteger(scope.next) && Number(scope.next) >= 1)) {
		throw new Error("'next' must be a whole number from 1.");
	}
	if (scope.forMs !== undefined && !isAmount(scope.forMs)) throw new Error("'forMs' must be a number from 0.");
	if (scope.requestId !== undefined && typeof scope.requestId !== 'string') {
		throw new Error("'requestId' must be a string.");
	}
	return scope as FaultScope;
}

interface Rule {
	fault: Fault;
	left: number;
	untilMs: number;
	requestId: string | undefined;
}

/**
 * The faults that are due. Those with a scope come first, oldest first; a lasting one is replaced by the next
 * lasting one.
 */
export class FaultPlan {
	readonly #scoped = new Map<Phase, Rule[]>();
	readonly #lasting = new Map<Phase, Fault>();

	/** @throws Error when phase, fault or scope is not valid. */
	add(phase: Phase, fault: Fault, scope: FaultScope = {}): void {
		checkPhase(phase);
		checkFault(fault);
		const { next, forMs, requestId } = checkFaultScope(scope);
		if (next === undefined && forMs === undefined && requestId === undefined) {
			this.#lasting.set(phase, fault);
			return;
		}
		const rules = this.#scoped.get(phase) ?? [];
		const untilMs = forMs === undefined ? Infinity : nowMs() + forMs;
		rules.push({ fault, left: next ?? Infinity, untilMs, requestId });
		this.#scoped.set(phase, rules);
	}

	/** The fault to play for this call, if any. */
	take(phase: Phase, requestId: string | undefined): Fault | undefined {
		const rules = this.#scoped.get(phase);
		if (rules === undefined) return this.#lasting.get(phase);
		const now = nowMs();
		const live = rules.filter((rule) => rule.untilMs > now);
		const due = live.find((rule) => rule.requestId === undefined || rule.requestId === requestId);
		if (due !== undefined) due.left -= 1;
		const rest = live.filter((rule) => rule.left > 0);
		if (rest.length > 0) this.#scoped.set(phase, rest);
		else this.#scoped.delete(phase);
		return due?.fault ?? this.#lasting.get(phase);
	}

	clear(): void {
		this.#scoped.clear();
		this.#lasting.clear();
	}
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
