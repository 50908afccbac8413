/**
 * What is left of a connection fault in n8n's errors. They contain the request with the token, so only code and step are read.
 */

/**
 * The step that failed. During the name lookup and the connect nothing had left this machine; anything later, or an unknown
 * step, may have failed after the call was sent.
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
	/** n8n's copies of the messages it wraps. */
	messages?: unknown;
	cause?: unknown;
}

const STEPS: Record<string, FaultStep> = { connect: 'connect', getaddrinfo: 'lookUp' };

/** Node's words for a failed system call: its name, then the code. Older versions of n8n keep only this. */
const SYSTEM_CALL = /^(\w+) E[A-Z0-9_]+\b/;

/** Codes that only one step can give: all that an older n8n keeps when every address of a host failed. */
const STEP_OF_CODE: Record<string, FaultStep> = { ECONNREFUSED: 'connect', ENOTFOUND: 'lookUp', EAI_AGAIN: 'lookUp' };

/** Errors wrap errors: n8n's own, its HTTP library's, Node's. */
const MAX_WRAPS = 5;

function errorChain(thrown: unknown): ErrorLike[] {
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

/** One rule for all codes: only a step before sending proves that nothing was sent, and every step found must be one. */
function stepOf(code: string | undefined, errors: ErrorLike[]): FaultStep {
	const steps = errors.flatMap(systemCallsOf).map((name) => (Object.hasOwn(STEPS, name) ? STEPS[name] : 'later'));
	if (steps.length === 0 && code !== undefined && Object.hasOwn(STEP_OF_CODE, code)) return STEP_OF_CODE[code];
	return steps.length === 0 || steps.includes('later') ? 'later' : steps[0];
}

/** Finds code and step in what n8n's HTTP helper threw. */
export function faultOf(thrown: unknown): ConnectionFault {
	const errors = errorChain(thrown);
	const codes = errors.flatMap(({ code, httpCode }) => [code, httpCode]);
	const code = codes.find((one): one is string => typeof one === 'string' && /^[A-Z][A-Z0-9_]+$/.test(one));
	return { code: code ?? 'no code', step: stepOf(code, errors) };
}
