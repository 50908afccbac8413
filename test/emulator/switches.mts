import type { SchemaForm } from './catalogue/schemaForm.mts';
import type { PriceTold } from './catalogue/tellModel.mts';
import { DEPLOYMENT_DEFAULTS, DEPLOYMENT_LIFE, type DeploymentSwitches } from './deployments/switches.mts';

/**
 * How the emulator behaves where the contract leaves room. `README.md` has the table with the meaning of each
 * value.
 */
export interface Switches extends DeploymentSwitches {
	tokenRefusal: '400' | '401' | '403' | '200' | '403message' | '400code';
	balanceTokenRefusal: '200' | '400' | '401' | '403' | '403message';
	noBalance: '400' | '402';
	balanceUsd: number;
	balanceTold: 'number' | 'text' | 'null' | 'missing';
	unknownModel: '400' | '404';
	foreignRequest: 'code' | 'bare';
	schemaForm: SchemaForm;
	priceTold: PriceTold;
	generatedModels: number;
	hostileModels: boolean;
	testModels: boolean;
	validation: 'strict' | 'lenient';
	submitAnswer: '200' | '202';
	earlyResult: '200' | '400';
	cancelAnswer: 'byState' | 'cancelled' | 'not_cancellable';
	cancelForm: 'both' | 'statusAlone' | 'outcomeAlone' | 'requested' | 'requestedAlone' | 'canceled';
	queueMs: number;
	runMs: number;
	spreadMs: number;
	jobOutcome: 'succeeded' | 'failed' | 'stuck' | 'stuckInQueue' | 'cancelledByRunComfy';
	failureTold: 'result' | 'status' | 'statusWithError';
	failureMessage: string;
	failureForm: 'text' | 'object' | 'list';
	output:
		| 'byKind'
		| 'image'
		| 'images'
		| 'both'
		| 'string'
		| 'array'
		| 'objects'
		| 'videos'
		| 'video'
		| 'audio'
		| 'audios'
		| 'text'
		| 'preview'
		| 'outputs'
		| 'nested'
		| 'repeated'
		| 'none';
	outputCount: number;
	fileAnswer: 'whole' | 'empty' | 'page' | 'octetStream' | 'noType';
	fileLagMs: number;
	fileLagStatus: '404' | '403';
	echoInputs: boolean;
	modelIdTold: 'own' | 'other' | 'missing';
	timeForm: 'milliseconds' | 'microseconds';
	cost: 'atOnce' | 'later' | 'never';
	costUsd: number | 'byPrice';
	costFactor: number;
	spendBalance: boolean;
	queuePositions: boolean;
	unknownState: string;
	endWord: string;
	cancelledWord: 'cancelled' | 'canceled';
	requestLifeMs: number;
	readLagMs: number;
	urlBase: string;
	fileBase: string;
}

export type SwitchName = keyof Switches;

/** What the contract prefers. */
export const SWITCH_DEFAULTS: Readonly<Switches> = Object.freeze({
	...DEPLOYMENT_DEFAULTS,
	tokenRefusal: '400',
	balanceTokenRefusal: '200',
	noBalance: '400',
	balanceUsd: 25,
	balanceTold: 'number',
	unknownModel: '400',
	foreignRequest: 'code',
	schemaForm: 'asKnown',
	priceTold: 'asIs',
	generatedModels: 500,
	hostileModels: false,
	testModels: true,
	validation: 'strict',
	submitAnswer: '200',
	earlyResult: '200',
	cancelAnswer: 'byState',
	cancelForm: 'both',
	queueMs: 1_000,
	runMs: 3_000,
	spreadMs: 500,
	jobOutcome: 'succeeded',
	failureTold: 'result',
	failureMessage: 'The image could not be processed.',
	failureForm: 'text',
	output: 'byKind',
	outputCount: 1,
	fileAnswer: 'whole',
	fileLagMs: 0,
	fileLagStatus: '404',
	echoInputs: true,
	modelIdTold: 'own',
	timeForm: 'milliseconds',
	cost: 'atOnce',
	costUsd: 'byPrice',
	costFactor: 1,
	spendBalance: false,
	queuePositions: true,
	unknownState: '',
	endWord: '',
	cancelledWord: 'cancelled',
	requestLifeMs: 0,
	readLagMs: 0,
	urlBase: '',
	fileBase: '',
});

/** Switches that shape a request's whole life. They are fixed when it is accepted; all others are read at each call. */
export const LIFE_SWITCHES: ReadonlySet<SwitchName> = new Set<SwitchName>([
	...DEPLOYMENT_LIFE,
	'queueMs',
	'runMs',
	'spreadMs',
	'jobOutcome',
	'failureTold',
	'failureMessage',
	'failureForm',
	'output',
	'outputCount',
	'fileAnswer',
	'fileLagMs',
	'fileLagStatus',
	'echoInputs',
	'modelIdTold',
	'timeForm',
	'cost',
	'costUsd',
	'costFactor',
	'spendBalance',
	'queuePositions',
	'unknownState',
	'endWord',
	'cancelledWord',
	'requestLifeMs',
	'readLagMs',
	'urlBase',
	'fileBase',
]);
