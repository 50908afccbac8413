import { MAX_GENERATED_MODELS } from './catalogue/generatedModels.mts';
import { DEPLOYMENT_CHOICES } from './deployments/switches.mts';
import { SWITCH_DEFAULTS, type SwitchName, type Switches } from './switches.mts';

/**
 * Switches with a closed list of values. Every other switch takes a number, a text or a boolean, as its default
 * does.
 */
const CHOICES: { [Name in SwitchName]?: ReadonlyArray<Switches[Name]> } = {
	...DEPLOYMENT_CHOICES,
	tokenRefusal: ['400', '401', '403', '200', '403message', '400code'],
	balanceTokenRefusal: ['200', '400', '401', '403', '403message'],
	noBalance: ['400', '402'],
	balanceTold: ['number', 'text', 'null', 'missing'],
	unknownModel: ['400', '404'],
	foreignRequest: ['code', 'bare'],
	schemaForm: ['asKnown', 'catalogue', 'page'],
	priceTold: ['asIs', 'missing', 'zero', 'negative', 'text', 'null'],
	validation: ['strict', 'lenient'],
	submitAnswer: ['200', '202'],
	earlyResult: ['200', '400'],
	cancelAnswer: ['byState', 'cancelled', 'not_cancellable'],
	cancelForm: ['both', 'statusAlone', 'outcomeAlone', 'requested', 'requestedAlone', 'canceled'],
	jobOutcome: ['succeeded', 'failed', 'stuck', 'stuckInQueue', 'cancelledByRunComfy'],
	failureTold: ['result', 'status', 'statusWithError'],
	failureForm: ['text', 'object', 'list'],
	output: [
		...(['byKind', 'image', 'images', 'both', 'string', 'array', 'objects', 'videos', 'video'] as const),
		...(['audio', 'audios', 'text', 'preview', 'outputs', 'nested', 'repeated', 'none'] as const),
	],
	fileAnswer: ['whole', 'empty', 'page', 'octetStream', 'noType'],
	fileLagStatus: ['404', '403'],
	modelIdTold: ['own', 'other', 'missing'],
	timeForm: ['milliseconds', 'microseconds'],
	cost: ['atOnce', 'later', 'never'],
	cancelledWord: ['cancelled', 'canceled'],
};

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
	const type = isSwitchName(name) && word !== 'byPrice' ? typeOf(name) : 'string';
	if (type === 'number') return checkSwitches({ [name]: word.trim() === '' ? NaN : Number(word) });
	if (type === 'boolean') return checkSwitches({ [name]: word === 'true' ? true : word === 'false' ? false : word });
	return checkSwitches({ [name]: word });
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
	if (name === 'costUsd' && value === 'byPrice') return value;
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
