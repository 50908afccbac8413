/** Plays the fault matrix (`matrix.mts`), each cell in a test of its own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IExecuteFunctions, INodeParameters } from 'n8n-workflow';

import { ProcessState, type Policies } from '../../nodes/RunComfy/batch/processState.ts';
import { execute } from '../../nodes/RunComfy/execute.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import type { Emulator, Fault, Phase } from '../emulator/emulator.mts';
import type { NodeRun } from '../engine/index.mts';
import { testClock } from '../lib/testClock.mts';
import { FLUX, runDeployment, SPEED } from '../node/deploymentFixture.mts';
import { NOT_READY, patientPolicies, useFixture } from '../node/fixture.mts';
import { runModel, TEXT_TO_IMAGE } from '../node/modelFixture.mts';
import { type Ending, ERROR_ENDINGS, endingOf } from './endings.mts';
import { type FaultName, FAULTS, MATRIX, type MatrixPhase, type Span, SPANS } from './matrix.mts';

/** What buys. */
const BUYERS = {
	'Replace and Wait': {},
	'Background, Submit': { operation: 'submit' },
	'Run and Wait': runModel(TEXT_TO_IMAGE, 'on a marble table'),
	'Run Deployment': runDeployment(FLUX),
} satisfies Record<string, INodeParameters>;

export type Buyer = keyof typeof BUYERS;

interface Cell {
	buyer: Buyer;
	phase: MatrixPhase;
	fault: FaultName;
	span: Span;
	expected: Ending;
}

/** Calls that a fault for a while lasts. */
const WHILE_CALLS = 3;

const CLOCK_SPEED = 5;

/** Between the tiny picture of the emulator and the size of its oversized files. */
const MAX_FILE_BYTES = 100_000;

/** Looks far enough apart for a fault that goes on to meet a few of them, not a hundred. */
const CALM = {
	shortestPauseMs: 25,
	longestPauseMs: 300,
	silentPauseMs: 40,
	longestSilentPauseMs: 300,
};

/** For a fault that goes on: the node gives up soon. */
const SOON = { singleCallWindowMs: 600, newRequestGraceMs: 200, lastPollTimeoutMs: 2_000, lastPollGraceMs: 300 };
const SHORTEST_TIMEOUT_SECONDS = 1;

/** For one that passes: the node does not give up before, however slow the machine is. */
const LATE = { newRequestGraceMs: 100_000 };
const LONG_TIMEOUT_SECONDS = 100;

/** What hangs is given up quickly; all other calls have the time of a slow machine. */
const HUNG_MS = 500;
/** A submit is counted at the server: it must have arrived before it is given up, on a busy machine too. */
const HUNG_SUBMIT_MS = 2_500;
const HUNG: Partial<Record<MatrixPhase, Partial<Policies['call']>>> = {
	submit: { submitTimeoutMs: HUNG_SUBMIT_MS },
	model: { readTimeoutMs: HUNG_MS },
	result: { readTimeoutMs: HUNG_MS, lastPollTimeoutMs: HUNG_MS },
	status: { readTimeoutMs: HUNG_MS, lastPollTimeoutMs: HUNG_MS },
	cancel: { readTimeoutMs: HUNG_MS },
};
const HUNG_DOWNLOAD_MS = 1_500;

const doesWait = (buyer: Buyer) => !buyer.endsWith('Submit');

/** Whoever does not wait has no picture yet. */
const endingFor = (buyer: Buyer, ending: Ending): Ending =>
	ending === 'picture' && !doesWait(buyer) ? 'submitted' : ending;

const isError = (ending: Ending): ending is keyof typeof ERROR_ENDINGS => ending in ERROR_ENDINGS;

/**
 * The spans that differ. Where one answer decides, a second try that should not be shows best when the fault is gone by then;
 * where nothing is wrong with an answer, it may come each time. A fault that passes after a while passes after one call, too.
 */
function spansOf(phase: MatrixPhase, fault: FaultName): readonly Span[] {
	const [once, while_, ever] = MATRIX[phase][fault];
	if (once === while_ && while_ === ever) return isError(once) ? ['once'] : ['ever'];
	return [once === while_ ? 'while' : 'once', 'ever'];
}

const cellOf = (buyer: Buyer, phase: MatrixPhase, fault: FaultName, span: Span): Cell => {
	const ending = MATRIX[phase][fault][SPANS.indexOf(span)];
	return { buyer, phase, fault, span, expected: endingFor(buyer, ending) };
};

const faultNames = Object.keys(FAULTS) as FaultName[];

/** Every cell of a phase that differs from the others. */
const cellsOf = (buyer: Buyer, phase: MatrixPhase): Cell[] =>
	faultNames.flatMap((fault) => spansOf(phase, fault).map((span) => cellOf(buyer, phase, fault, span)));

/** Every fault of a phase in one of its spans, by turns: for what decides in the same place as another. */
const diagonalOf = (buyer: Buyer, phase: MatrixPhase): Cell[] =>
	faultNames.map((fault, row) => cellOf(buyer, phase, fault, SPANS[row % SPANS.length]));

/** One fault of each way in which an answer can be no good: for calls that differ in nothing but their URL. */
const EACH_WAY: readonly FaultName[] = [
	...(['HTTP 401', 'HTTP 402', 'HTTP 403', 'HTTP 403, page', 'HTTP 404', 'HTTP 500', '429, 0.2 s'] as const),
	...(['cut after', 'bad JSON', 'no request id', 'redirect', '200, code 403001', '200, code 404001'] as const),
];

const briefOf = (buyer: Buyer, phase: MatrixPhase): Cell[] =>
	diagonalOf(buyer, phase).filter(({ fault }) => EACH_WAY.includes(fault));

const nameOf = ({ buyer, phase, fault, span, expected }: Cell) => `${buyer}, ${phase}: ${fault}, ${span} → ${expected}`;

function policiesFor({ phase, fault, span, expected }: Cell): Policies {
	const policies = patientPolicies(CLOCK_SPEED);
	const goesOn = span === 'ever' && isError(expected);
	Object.assign(policies.call, goesOn ? SOON : LATE);
	Object.assign(policies.schedule, CALM);
	Object.assign(policies.deploymentSchedule, CALM);
	policies.download.maxBytes = MAX_FILE_BYTES;
	if (FAULTS[fault].kind !== 'hang') return policies;
	Object.assign(policies.call, HUNG[phase]);
	if (phase === 'download') policies.download.deadlineMs = HUNG_DOWNLOAD_MS;
	return policies;
}

function parametersFor({ buyer, phase, span, expected }: Cell): INodeParameters {
	const timeout = span === 'ever' && isError(expected) ? SHORTEST_TIMEOUT_SECONDS : LONG_TIMEOUT_SECONDS;
	const options = { timeout, ...(phase === 'download' && { downloadImages: true }) };
	return doesWait(buyer) ? { ...BUYERS[buyer], options } : BUYERS[buyer];
}

/** Plays the fault from the first call of the phase on. */
function faultOver(faulty: Phase, fault: Fault, span: Span): NonNullable<Emulator['onCall']> {
	const lasts = { once: 1, while: WHILE_CALLS, ever: Infinity }[span];
	let calls = 0;
	return ({ phase }) => {
		if (phase !== faulty) return undefined;
		calls += 1;
		return calls <= lasts ? fault : undefined;
	};
}

/** Results are early until a status has been read. */
function statusFirst(next: NonNullable<Emulator['onCall']>): Emulator['onCall'] {
	let isRead = false;
	return (call) => {
		isRead ||= call.phase === 'status';
		return call.phase === 'result' && !isRead ? NOT_READY : next(call);
	};
}

/** The tests of these cells, to be called at the top of a test file. */
function testCells(cells: Cell[]): void {
	let processState: ProcessState;
	let clock: Clock;
	/** The node in a new process of its own: no cell's 429 slows down the next. */
	class InItsOwnProcess extends RunComfy {
		override async execute(this: IExecuteFunctions) {
			return await execute(this, processState);
		}
	}
	const fixture = useFixture({ node: InItsOwnProcess, deploymentSpeed: SPEED });
	const unhandled: unknown[] = [];
	const note = (reason: unknown) => unhandled.push(reason);
	beforeAll(() => {
		process.on('unhandledRejection', note);
		clock = testClock(CLOCK_SPEED);
	});
	afterAll(() => void process.off('unhandledRejection', note));

	/** The parameters of the run that meets the fault, and all that comes before. */
	async function prepare(cell: Cell): Promise<INodeParameters> {
		const parameters = parametersFor(cell);
		if (cell.phase !== 'cancel') return parameters;
		fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
		const { items } = await fixture.run({ parameters: { ...parameters, operation: 'submit' } });
		const { resource, deploymentId } = parameters;
		const owner = resource === 'deployment' && { requestOf: 'deployment', deploymentId };
		return { resource: 'request', operation: 'cancel', requestId: items[0].json.request_id as string, ...owner };
	}

	test.each(cells.map((cell): [string, Cell] => [nameOf(cell), cell]))('%s', async (_name, cell) => {
		const { phase, fault, span, expected } = cell;
		const { emulator } = fixture;
		processState = new ProcessState(policiesFor(cell), clock);
		const parameters = await prepare(cell);
		const faulty = faultOver(phase, FAULTS[fault], span);
		if (phase === 'status') emulator.set({ earlyResult: '400', runMs: 100 });
		emulator.onCall = phase === 'status' ? statusFirst(faulty) : faulty;

		const run = await fixture.run({ parameters });
		const { submitsReceived, submitsAccepted } = emulator.counts();
		const requestId = (emulator.requests()[0] ?? emulator.deployments.runs()[0])?.id;
		expect(endingOf(run)).toBe(expected);
		expect(submitsAccepted).toBeLessThanOrEqual(1);
		if (expected === 'outcome unknown') expect(submitsReceived).toBe(1);
		if (phase === 'model' && isError(expected)) expect(submitsReceived).toBe(0);
		if (expected === 'no file') {
			expect(run.items[0].json.download_error).toMatch(
				/^The file could not be downloaded: .+\. Its URL is in this item\.$/,
			);
			expect(run.finished.hints.map(({ message }) => message).join()).toContain('could not be downloaded');
		}
		if (isError(expected) && ERROR_ENDINGS[expected].namesId) expect(run.error?.message).toContain(requestId);
		if (run.finished.status === 'error') await retry(cell, parameters, run);
		expect(unhandled.splice(0)).toEqual([]);
	});

	/** Retry execution with the fault gone. */
	async function retry({ buyer, phase, expected }: Cell, parameters: INodeParameters, { finished }: NodeRun) {
		const { emulator } = fixture;
		emulator.onCall = undefined;
		emulator.resetSwitches();
		if (phase === 'cancel') emulator.set({ jobOutcome: 'stuckInQueue' });
		processState = new ProcessState(patientPolicies(CLOCK_SPEED), clock);
		const ending = endingOf(await fixture.run({ parameters, retryOf: finished }));
		const { submitsReceived, submitsAccepted } = emulator.counts();
		const good = phase === 'cancel' ? 'cancelled' : phase === 'download' ? 'file' : endingFor(buyer, 'picture');
		const isUnknown = expected === 'outcome unknown';
		expect(ending).toBe(isUnknown ? 'outcome unknown' : good);
		if (isUnknown) expect(submitsReceived).toBe(1);
		else expect(submitsAccepted).toBe(1);
	}
}

export const testPhase = (buyer: Buyer, phase: MatrixPhase): void =>
	describe(`${phase} goes wrong`, () => testCells(cellsOf(buyer, phase)));

export const testDiagonal = (buyer: Buyer, phase: MatrixPhase): void =>
	describe(`${buyer}: ${phase} goes wrong`, () => testCells(diagonalOf(buyer, phase)));

export const testBriefly = (buyer: Buyer, phase: MatrixPhase): void =>
	describe(`${buyer}: ${phase} goes wrong`, () => testCells(briefOf(buyer, phase)));
