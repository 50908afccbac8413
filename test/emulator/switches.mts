import { MAX_GENERATED_MODELS } from './catalogue/generatedModels.mts';

/**
 * How the emulator behaves where RunComfy's documents leave room; `README.md` has the meaning of each value. A list has all
 * values a switch can have, the default first; any other switch takes what its default is: a number, a text, a boolean.
 */
const READ_AT_EACH_CALL = {
	tokenRefusal: ['400', '401', '403', '200', '403message', '400code'],
	balanceTokenRefusal: ['200', '400', '401', '403', '403message'],
	noBalance: ['400', '402'],
	balanceUsd: 25,
	balanceTold: ['number', 'text', 'null', 'missing'],
	unknownModel: ['400', '404'],
	foreignRequest: ['code', 'bare'],
	priceTold: ['asIs', 'missing', 'zero', 'negative', 'text', 'null'],
	generatedModels: 500,
	hostileModels: false,
	testModels: true,
	validation: ['strict', 'lenient'],
	submitAnswer: ['200', '202'],
	earlyResult: ['200', '400'],
	cancelAnswer: ['byState', 'cancelled', 'not_cancellable'],
	cancelForm: ['both', 'statusAlone', 'outcomeAlone', 'requested', 'requestedAlone', 'canceled'],
	deployments: ['five', 'empty', 'none', 'wrapped'],
	deploymentTokenRefusal: ['401code', '401', '200', '403message'],
	deploymentRefusal: ['400', '403', '200'],
	includes: ['given', 'ignored'],
	emptyOverrides: ['run', '422'],
	objectInfo: ['ok', 'absent', '404', 'large'],
	queueWhenDisabled: ['held', 'cancelled', 'run'],
	coldStartSeconds: 180,
} as const;

/** Switches that shape a request's whole life. */
const FIXED_AT_ACCEPTANCE = {
	queueMs: 1_000,
	runMs: 3_000,
	spreadMs: 500,
	jobOutcome: ['succeeded', 'failed', 'stuck', 'stuckInQueue', 'cancelledByRunComfy'],
	failureTold: ['result', 'status', 'statusWithError'],
	failureMessage: 'The image could not be processed.',
	failureForm: ['text', 'object', 'list'],
	output: [
		...(['byKind', 'image', 'images', 'both', 'string', 'array', 'objects', 'videos', 'video', 'audio'] as const),
		...(['audios', 'text', 'preview', 'outputs', 'nested', 'repeated', 'none'] as const),
	],
	outputCount: 1,
	fileAnswer: ['whole', 'empty', 'page', 'octetStream', 'noType'],
	fileLagMs: 0,
	echoInputs: true,
	modelIdTold: ['own', 'other', 'missing'],
	cost: ['atOnce', 'later', 'never'],
	/** Or an amount. */
	costUsd: ['byPrice'],
	costFactor: 1,
	spendBalance: false,
	queuePositions: true,
	unknownState: '',
	endWord: '',
	cancelledWord: ['cancelled', 'canceled'],
	requestLifeMs: 0,
	readLagMs: 0,
	urlBase: '',
	fileBase: '',
	deploymentRunSeconds: 0,
	cached: true,
	errorShape: ['list', 'list2', 'object', 'string'],
	errorCode: 20001,
	webhook: ['ok', 'never', 'forged'],
} as const;

const TABLE = { ...READ_AT_EACH_CALL, ...FIXED_AT_ACCEPTANCE };

type Table = typeof TABLE;

type ValueOf<Told> = Told extends readonly (infer Choice)[]
	? Choice
	: Told extends number
		? number
		: Told extends boolean
			? boolean
			: string;

export type SwitchName = keyof Table;

export type Switches = {
	-readonly [Name in SwitchName]: Name extends 'costUsd' ? number | 'byPrice' : ValueOf<Table[Name]>;
};

/** What the known facts favour. */
export const SWITCH_DEFAULTS = Object.freeze(
	Object.fromEntries(Object.entries(TABLE).map(([name, told]) => [name, Array.isArray(told) ? told[0] : told])),
) as Readonly<Switches>;

/** Fixed when a request is accepted; all others are read at each call. */
export const isFixedAtAcceptance = (name: SwitchName): boolean => Object.hasOwn(FIXED_AT_ACCEPTANCE, name);

/** Whole numbers, with limits that keep a slip from filling the memory: 100,000 addresses are what a client must survive. */
const WHOLE_UP_TO: { [Name in SwitchName]?: number } = { outputCount: 100_000, generatedModels: MAX_GENERATED_MODELS };

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
			throw new Error(`There is no switch '${name}'. Switches: ${Object.keys(TABLE).join(', ')}.`);
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
	const type = isSwitchName(name) && word !== 'byPrice' ? typeOf(name) : 'string';
	if (type === 'number') return checkSwitches({ [name]: word.trim() === '' ? NaN : Number(word) });
	if (type === 'boolean') return checkSwitches({ [name]: word === 'true' ? true : word === 'false' ? false : word });
	return checkSwitches({ [name]: word });
}

function isSwitchName(name: string): name is SwitchName {
	return Object.hasOwn(TABLE, name);
}

function checkValue(name: SwitchName, value: unknown): unknown {
	const choices: unknown = TABLE[name];
	if (Array.isArray(choices)) {
		if (choices.includes(value)) return value;
		if (name !== 'costUsd') throw new Error(`Switch '${name}' must be one of ${choices.join(', ')}.`);
	}
	const wanted = typeOf(name);
	if (typeof value !== wanted) throw new Error(`Switch '${name}' must be a ${wanted}.`);
	if (typeof value !== 'number') return value;
	if (!Number.isFinite(value) || (value < 0 && name !== 'balanceUsd')) {
		throw new Error(`Switch '${name}' must be a number from 0.`);
	}
	const max = WHOLE_UP_TO[name];
	if (max !== undefined && !(Number.isInteger(value) && value <= max)) {
		throw new Error(`Switch '${name}' must be a whole number from 0 to ${max}.`);
	}
	return value;
}

function typeOf(name: SwitchName): string {
	return name === 'costUsd' ? 'number' : typeof SWITCH_DEFAULTS[name];
}
