/** What n8n leaves of a fault of the connection. Its errors hold the request with the token: only code and step are read. */

/**
 * The step that failed. While a name was looked up or a connection was made nothing had left this machine; anything later, or
 * a step that nobody tells, may have come after the call was sent.
 */

export type FaultStep = 'lookUp' | 'connect' | 'later';

export interface ConnectionFault {
	/** Node's code, as in ECONNRESET. */
	code: string;
	step: FaultStep;
}

interface ErrorLike {
	code?: unknown;
	httpCode?: unknown;
	syscall?: unknown;
	/** One per address that was tried. */
	errors?: unknown;
	/** What n8n keeps of the words of what it wraps. */
	messages?: unknown;
	cause?: unknown;
}

const STEPS: Record<string, FaultStep> = { connect: 'connect', getaddrinfo: 'lookUp' };

/** Node's words for a failed system call: its name, then the code. Older versions of n8n keep nothing else of it. */
const SYSTEM_CALL = /^(\w+) E[A-Z0-9_]+\b/;

/** Codes that only one step can give: all there is where every address of a host was tried in vain on an older n8n. */
const STEP_OF_CODE: Record<string, FaultStep> = { ECONNREFUSED: 'connect', ENOTFOUND: 'lookUp', EAI_AGAIN: 'lookUp' };

/** Errors wrap errors: n8n's own, its HTTP library's, Node's. */
const MAX_WRAPS = 5;

function wrapped(thrown: unknown): ErrorLike[] {
	const found: ErrorLike[] = [];
	let error = thrown as ErrorLike | undefined;
	while (typeof error === 'object' && error !== null && found.length < MAX_WRAPS) {
		found.push(error);
		error = error.cause as ErrorLike | undefined;
	}
	return found;
}

/** The system calls an error names, by field or by words. */
function systemCallsOf({ syscall, errors, messages }: ErrorLike): string[] {
	if (typeof syscall === 'string') return [syscall];
	if (Array.isArray(errors)) return errors.flatMap((one) => systemCallsOf((one ?? {}) as ErrorLike));
	if (!Array.isArray(messages)) return [];
	return messages.flatMap((words) => SYSTEM_CALL.exec(String(words))?.[1] ?? []);
}

/** One rule for all codes: only a step before the call left proves that it never left, and all that is told must say so. */
function stepOf(code: string | undefined, errors: ErrorLike[]): FaultStep {
	const steps = errors.flatMap(systemCallsOf).map((name) => (Object.hasOwn(STEPS, name) ? STEPS[name] : 'later'));
	if (steps.length === 0 && code !== undefined && Object.hasOwn(STEP_OF_CODE, code)) return STEP_OF_CODE[code];
	return steps.length === 0 || steps.includes('later') ? 'later' : steps[0];
}

/** Finds code and step in what n8n's HTTP helper threw. */
export function faultOf(thrown: unknown): ConnectionFault {
	const errors = wrapped(thrown);
	const codes = errors.flatMap(({ code, httpCode }) => [code, httpCode]);
	const code = codes.find((one): one is string => typeof one === 'string' && /^[A-Z][A-Z0-9_]+$/.test(one));
	return { code: code ?? 'no code', step: stepOf(code, errors) };
}
