/** The kinds of calls a client makes. */
export const PHASES = [
	...(['submit', 'status', 'result', 'cancel', 'download', 'balance', 'model'] as const),
	...(['deployment', 'objectInfo'] as const),
] as const;

/** Calls that need no token, and go to other hosts at RunComfy. */
export const STORAGE_PHASES: readonly string[] = ['download', 'objectInfo'];

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
	/**
	 * Something in between answers, a firewall or a proxy: a web page, plain text or nothing, 403 unless told otherwise.
	 * Without effect.
	 */
	| { kind: 'between'; status?: number; page?: 'html' | 'text' | 'empty' }
	/** 422 with a list of so many problems (1) in `detail`, without effect. */
	| { kind: 'refusedInput'; problems?: number }
	/** Effect, the normal answer, its body in pieces (10) spread over so many milliseconds. */
	| { kind: 'trickle'; ms: number; pieces?: number }
	/** Effect, 200, the normal body (an HTML page for text/html) under another type; '' is no type at all. */
	| { kind: 'wrongType'; contentType: string }
	/**
	 * Effect, 200, so many bytes; with `declared` their number stands in Content-Length, else the body is chunked. They come as fast
	 * as they are taken, or on each connection at most so many in a second.
	 */
	| { kind: 'tooLarge'; bytes: number; declared?: boolean; bytesPerSecond?: number }
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
	/** Only submits and reads of this model. */
	modelId?: string;
}

/** The members of each kind and their types; those that may be left out end in `?`. */
const MEMBERS: { [Kind in FaultKind]: Readonly<Record<string, string>> } = {
	status: { status: 'number', body: 'any?', headers: 'object?', effect: 'effect?' },
	rateLimited: { retryAfter: 'any?' },
	cutBefore: {},
	cutAfter: {},
	hang: { effect: 'effect' },
	badJson: {},
	emptyBody: {},
	noRequestId: {},
	between: { status: 'number?', page: 'page?' },
	refusedInput: { problems: 'number?' },
	trickle: { ms: 'number', pieces: 'number?' },
	redirect: { to: 'string', status: 'number?' },
	errorUnder200: { errorCode: 'number', message: 'string?' },
	slow: { ms: 'number' },
	wrongType: { contentType: 'string' },
	tooLarge: { bytes: 'number', declared: 'boolean?', bytesPerSecond: 'number?' },
	truncated: {},
};

const SCOPE_MEMBERS = { next: 'number?', forMs: 'number?', requestId: 'string?', modelId: 'string?' };

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
	effect: ['before', 'after'],
	page: ['html', 'text', 'empty'],
};

/**
 * Checks what may come from outside of the type checker.
 * @throws Error that says what is wrong.
 */
export function checkFault(phase: unknown, fault: unknown, scope: unknown): void {
	if (!PHASES.includes(phase as Phase)) throw new Error(`'phase' must be one of ${PHASES.join(', ')}.`);
	const { kind, ...members } = (fault ?? {}) as Record<string, unknown>;
	if (!Object.hasOwn(MEMBERS, String(kind))) {
		throw new Error(`A fault's kind must be one of ${Object.keys(MEMBERS).join(', ')}.`);
	}
	checkMembers(`Fault '${String(kind)}'`, members, MEMBERS[kind as FaultKind]);
	checkMembers("A fault's scope", (scope ?? {}) as Record<string, unknown>, SCOPE_MEMBERS);
	if ((scope as FaultScope | undefined)?.next === 0) throw new Error("'next' must be a whole number from 1.");
}

function checkMembers(what: string, given: Record<string, unknown>, known: Readonly<Record<string, string>>): void {
	for (const name of Object.keys(given)) {
		if (!Object.hasOwn(known, name)) throw new Error(`${what} has no '${name}'.`);
	}
	for (const [name, told] of Object.entries(known)) {
		const type = told.replace('?', '');
		const value = given[name];
		if (value === undefined) {
			if (type === told) throw new Error(`${what} needs '${name}'.`);
		} else if (!fits(value, type)) {
			throw new Error(`${what}: '${name}' must be ${CHOICES[type]?.join(' or ') ?? `a ${type}`}, numbers from 0.`);
		}
	}
}

function fits(value: unknown, type: string): boolean {
	if (type === 'any') return true;
	if (type === 'number') return Number.isFinite(value) && Number(value) >= 0;
	return CHOICES[type]?.includes(value) ?? typeof value === type;
}
