/**
 * How the emulator behaves where the contract leaves room. `README.md` has the table with the meaning of each
 * value.
 */
export interface Switches {
	tokenRefusal: '400' | '401' | '403' | '200';
	balanceTokenRefusal: '200' | '400' | '401' | '403';
	noBalance: '400' | '402';
	unknownModel: '400' | '404';
	validation: 'strict' | 'lenient';
	earlyResult: '200' | '400';
	cancelAnswer: 'byState' | 'cancelled' | 'not_cancellable';
	queueMs: number;
	runMs: number;
	spreadMs: number;
	jobOutcome: 'succeeded' | 'failed' | 'stuck' | 'stuckInQueue' | 'cancelledByRunComfy';
	failureTold: 'result' | 'status';
	failureMessage: string;
	output: 'image' | 'images' | 'both' | 'string' | 'array' | 'objects' | 'videos' | 'video' | 'none';
	outputCount: number;
	echoInputs: boolean;
	cost: 'atOnce' | 'later' | 'never';
	costUsd: number;
	queuePositions: boolean;
	unknownState: string;
	requestLifeMs: number;
	readLagMs: number;
	urlBase: string;
	fileBase: string;
}

export type SwitchName = keyof Switches;

/** What the contract prefers. */
export const SWITCH_DEFAULTS: Readonly<Switches> = Object.freeze({
	tokenRefusal: '400',
	balanceTokenRefusal: '200',
	noBalance: '400',
	unknownModel: '400',
	validation: 'strict',
	earlyResult: '200',
	cancelAnswer: 'byState',
	queueMs: 1_000,
	runMs: 3_000,
	spreadMs: 500,
	jobOutcome: 'succeeded',
	failureTold: 'result',
	failureMessage: 'The image could not be processed.',
	output: 'image',
	outputCount: 1,
	echoInputs: true,
	cost: 'atOnce',
	costUsd: 0.06,
	queuePositions: true,
	unknownState: '',
	requestLifeMs: 0,
	readLagMs: 0,
	urlBase: '',
	fileBase: '',
});

/**
 * Switches with a closed list of values. Every other switch takes a number, a text or a boolean, as its default
 * does.
 */
const CHOICES: { [Name in SwitchName]?: ReadonlyArray<Switches[Name]> } = {
	tokenRefusal: ['400', '401', '403', '200'],
	balanceTokenRefusal: ['200', '400', '401', '403'],
	noBalance: ['400', '402'],
	unknownModel: ['400', '404'],
	validation: ['strict', 'lenient'],
	earlyResult: ['200', '400'],
	cancelAnswer: ['byState', 'cancelled', 'not_cancellable'],
	jobOutcome: ['succeeded', 'failed', 'stuck', 'stuckInQueue', 'cancelledByRunComfy'],
	failureTold: ['result', 'status'],
	output: ['image', 'images', 'both', 'string', 'array', 'objects', 'videos', 'video', 'none'],
	cost: ['atOnce', 'later', 'never'],
};

/** More outputs than any model gives in one request; keeps a slip from filling the memory. */
const MAX_OUTPUT_COUNT = 20;

/** Switches that shape a request's whole life. They are fixed when it is accepted; all others are read at each call. */
const LIFE_SWITCHES: ReadonlySet<SwitchName> = new Set<SwitchName>([
	'queueMs',
	'runMs',
	'spreadMs',
	'jobOutcome',
	'failureTold',
	'failureMessage',
	'output',
	'outputCount',
	'echoInputs',
	'cost',
	'costUsd',
	'queuePositions',
	'unknownState',
	'requestLifeMs',
	'readLagMs',
	'urlBase',
	'fileBase',
]);

/**
 * Checks names and values.
 * @throws Error that names the switch and what it takes.
 */
export function checkSwitches(given: unknown): Partial<Switches> {
	if (typeof given !== 'object' || given === null || Array.isArray(given)) {
		throw new Error('Switches must be an object such as {"jobOutcome":"failed"}.');
	}
	const checked: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(given)) {
		if (!isSwitchName(name)) {
			throw new Error(`There is no switch '${name}'. Switches: ${Object.keys(SWITCH_DEFAULTS).join(', ')}.`);
		}
		if (value !== undefined) checked[name] = checkValue(name, value);
	}
	return checked as Partial<Switches>;
}

/**
 * Reads a switch written as text, `name=value`, as on a command line.
 * @throws Error when the name or the value is not known.
 */
export function parseSwitch(text: string): Partial<Switches> {
	const equals = text.indexOf('=');
	if (equals < 1) throw new Error(`'${text}' is not of the form name=value.`);
	const name = text.slice(0, equals);
	const word = text.slice(equals + 1);
	const type = isSwitchName(name) ? typeof SWITCH_DEFAULTS[name] : 'string';
	if (type === 'number') return checkSwitches({ [name]: word.trim() === '' ? NaN : Number(word) });
	if (type === 'boolean') return checkSwitches({ [name]: word === 'true' ? true : word === 'false' ? false : word });
	return checkSwitches({ [name]: word });
}

/** The switches as they stand, with values that hold for the next N uses only. */
export class SwitchBoard {
	readonly #start: Readonly<Switches>;
	#base: Readonly<Switches>;
	readonly #next = new Map<SwitchName, Array<{ value: unknown; left: number }>>();

	constructor(start: Partial<Switches>) {
		this.#start = Object.freeze({ ...SWITCH_DEFAULTS, ...checkSwitches(start) });
		this.#base = this.#start;
	}

	/**
	 * Sets switches for everything from now on or, with `next`, for the next N uses of each: N accepted submits for a
	 * switch that shapes a request's life, N answers it decides for any other.
	 * @throws Error when a name or value is not known.
	 */
	set(given: Partial<Switches>, scope: { next?: number } = {}): void {
		const checked = checkSwitches(given);
		if (scope.next === undefined) {
			this.#base = Object.freeze({ ...this.#base, ...checked });
			return;
		}
		if (!Number.isInteger(scope.next) || scope.next < 1) throw new Error("'next' must be a whole number from 1.");
		for (const [name, value] of Object.entries(checked) as Array<[SwitchName, unknown]>) {
			const queue = this.#next.get(name) ?? [];
			queue.push({ value, left: scope.next });
			this.#next.set(name, queue);
		}
	}

	/** Back to the values the emulator was started with. */
	reset(): void {
		this.#base = this.#start;
		this.#next.clear();
	}

	/** The values that hold when nothing is set for the next N. */
	current(): Switches {
		return { ...this.#base };
	}

	/** Values waiting for the next N uses. */
	pending(): Record<string, Array<{ value: unknown; left: number }>> {
		return Object.fromEntries([...this.#next].map(([name, queue]) => [name, queue.map((entry) => ({ ...entry }))]));
	}

	/** The value that decides this answer; uses up one of the next N. */
	take<Name extends SwitchName>(name: Name): Switches[Name] {
		const queue = this.#next.get(name);
		if (queue === undefined) return this.#base[name];
		const head = queue[0];
		head.left -= 1;
		if (head.left === 0) queue.shift();
		if (queue.length === 0) this.#next.delete(name);
		return head.value as Switches[Name];
	}

	/** The switches a request being accepted now lives by; uses up one of the next N of each. */
	takeForLife(): Readonly<Switches> {
		if (this.#next.size === 0) return this.#base;
		const life: Record<string, unknown> = { ...this.#base };
		for (const name of [...this.#next.keys()]) {
			if (LIFE_SWITCHES.has(name)) life[name] = this.take(name);
		}
		return life as unknown as Switches;
	}
}

function isSwitchName(name: string): name is SwitchName {
	return Object.hasOwn(SWITCH_DEFAULTS, name);
}

function checkValue(name: SwitchName, value: unknown): unknown {
	const choices: readonly unknown[] | undefined = CHOICES[name];
	if (choices !== undefined) {
		if (choices.includes(value)) return value;
		throw new Error(`Switch '${name}' must be one of ${choices.join(', ')}.`);
	}
	const wanted = typeof SWITCH_DEFAULTS[name];
	if (typeof value !== wanted) throw new Error(`Switch '${name}' must be a ${wanted}.`);
	if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)) {
		throw new Error(`Switch '${name}' must be a number from 0.`);
	}
	if (name === 'outputCount' && !(Number.isInteger(value) && Number(value) <= MAX_OUTPUT_COUNT)) {
		throw new Error(`Switch 'outputCount' must be a whole number from 0 to ${MAX_OUTPUT_COUNT}.`);
	}
	return value;
}
