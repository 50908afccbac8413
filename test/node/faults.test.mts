/** The fault matrix, played: see test/faults/matrix.mts for what is expected. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import type { Emulator, Fault, Phase } from '../emulator/emulator.mts';
import type { NodeRun } from '../engine/index.mts';
import { ERROR_ENDINGS, endingOf, type Ending } from '../faults/endings.mts';
import { type FaultName, FAULTS, MATRIX, type MatrixPhase, type Span, SPANS } from '../faults/matrix.mts';
import { playSteadily } from '../lib/steady.mts';
import { type Fixture, openFixture, quickPolicies } from './fixture.mts';
import { runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

/** Most cells wait for a timeout of theirs, so many can be played side by side. */
const CELLS_AT_ONCE = 16;

/** Cells of ours end after a second and a little; a hang would show. */
const MAX_CELL_MS = 10_000;

const WHILE_MS = 400;

/** The attempts of a download are close together in the tests' policy, and all of them are meant. */
const DOWNLOAD_WHILE_MS = 3_000;

/** More than the other tests have: a busy machine must not look like a server that hangs. */
const PATIENCE = {
	submitTimeoutMs: 3_000,
	readTimeoutMs: 1_400,
	newRequestGraceMs: 1_500,
	singleCallWindowMs: 2_500,
	lastLookTimeoutMs: 1_000,
};
const TIMEOUT_SECONDS = 3;

/** Between the tiny picture of the emulator and the size of its oversized files. */
const MAX_FILE_BYTES = 100_000;

const TIMEOUT = { options: { timeout: TIMEOUT_SECONDS } };
const MODEL = runModel(TEXT_TO_IMAGE, 'on a marble table', {}, TIMEOUT);

/** What buys, and the calls it makes. */
const BUYERS = {
	'Replace and Wait': { parameters: TIMEOUT, phases: ['submit', 'result', 'status', 'cancel', 'download'] },
	'Background, Submit': { parameters: { operation: 'submit' }, phases: ['submit'] },
	'Run and Wait': { parameters: MODEL, phases: ['model', 'submit', 'result', 'status', 'download'] },
	'Model, Submit': { parameters: { ...MODEL, operation: 'submit' }, phases: ['model', 'submit'] },
} satisfies Record<string, { parameters: INodeParameters; phases: MatrixPhase[] }>;

type Buyer = keyof typeof BUYERS;

interface Cell {
	buyer: Buyer;
	phase: MatrixPhase;
	fault: FaultName;
	span: Span;
	expected: Ending;
}

interface Played {
	ending: string;
	run: NodeRun;
	tookMs: number;
	submitsReceived: number;
	submitsAccepted: number;
	requestId: string | undefined;
	/** Retry execution with the fault gone, where the run had failed. */
	retried?: { ending: string; submitsReceived: number; submitsAccepted: number };
}

const doesWait = (buyer: Buyer) => !buyer.endsWith('Submit');

/** Whoever does not wait has no picture yet. */
const endingFor = (buyer: Buyer, ending: Ending): Ending =>
	ending === 'picture' && !doesWait(buyer) ? 'submitted' : ending;

const cells: Cell[] = (Object.keys(BUYERS) as Buyer[]).flatMap((buyer) =>
	BUYERS[buyer].phases.flatMap((phase) =>
		(Object.keys(FAULTS) as FaultName[]).flatMap((fault) =>
			SPANS.map((span, column) => {
				return { buyer, phase, fault, span, expected: endingFor(buyer, MATRIX[phase][fault][column]) };
			}),
		),
	),
);

const policies = quickPolicies();
Object.assign(policies.call, PATIENCE);
policies.download.maxBytes = MAX_FILE_BYTES;

const nameOf = ({ buyer, phase, fault, span }: Cell) => `${buyer}, ${phase}: ${fault}, ${span}`;

/** The times of a cell are short, and a machine that stands still must not be taken for a server that does. */
const playWell = async (cell: Cell): Promise<Played> =>
	await playSteadily(
		async () => await play(cell),
		({ ending }) => ending === cell.expected,
	);

async function play(cell: Cell): Promise<Played> {
	// An emulator of its own is an account of its own: a 429 here slows nobody else down.
	const fixture = await openFixture({ policies, spreadMs: 0 });
	try {
		return await playOn(fixture, cell);
	} finally {
		await fixture.close();
	}
}

/** Plays the fault from the first call of the phase on. */
function faultOver(faulty: Phase, fault: Fault, span: Span): NonNullable<Emulator['onCall']> {
	const whileMs = faulty === 'download' ? DOWNLOAD_WHILE_MS : WHILE_MS;
	let firstAtMs: number | undefined;
	let calls = 0;
	return ({ phase }) => {
		if (phase !== faulty) return undefined;
		calls += 1;
		firstAtMs ??= Date.now();
		const isOver = { once: calls > 1, while: Date.now() > firstAtMs + whileMs, ever: false }[span];
		return isOver ? undefined : fault;
	};
}

/** As the emulator refuses an early result; it would not where the machine stood still until the job was ready. */
const NOT_READY: Fault = {
	kind: 'status',
	status: 400,
	body: { error_code: 400005, error_message: 'The result is not ready.' },
};

/** Results are early until a status has been read. */
function statusFirst(next: NonNullable<Emulator['onCall']>): Emulator['onCall'] {
	let isRead = false;
	return (call) => {
		isRead ||= call.phase === 'status';
		return call.phase === 'result' && !isRead ? NOT_READY : next(call);
	};
}

/** The parameters of the run that meets the fault, and all that comes before. */
async function prepare({ emulator, run }: Fixture, { buyer, phase }: Cell): Promise<INodeParameters> {
	const { parameters } = BUYERS[buyer];
	if (phase === 'download') return { ...parameters, options: { ...TIMEOUT.options, downloadImages: true } };
	if (phase !== 'cancel') return parameters;
	emulator.set({ jobOutcome: 'stuckInQueue' });
	const { items } = await run({ parameters: { ...parameters, operation: 'submit' } });
	return { resource: 'request', operation: 'cancel', requestId: items[0].json.request_id as string };
}

async function playOn(fixture: Fixture, cell: Cell): Promise<Played> {
	const { emulator } = fixture;
	const { phase, fault, span } = cell;
	const parameters = await prepare(fixture, cell);
	const faulty = faultOver(phase, FAULTS[fault], span);
	if (phase === 'status') emulator.set({ earlyResult: '400', runMs: 100 });
	emulator.onCall = phase === 'status' ? statusFirst(faulty) : faulty;

	const startedAtMs = Date.now();
	const run = await fixture.run({ parameters });
	const tookMs = Date.now() - startedAtMs;
	const { submitsReceived, submitsAccepted } = emulator.counts();
	const requestId = emulator.requests()[0]?.id;
	const played: Played = { ending: endingOf(run), run, tookMs, submitsReceived, submitsAccepted, requestId };
	if (run.finished.status === 'error') {
		emulator.onCall = undefined;
		emulator.resetSwitches();
		if (phase === 'cancel') emulator.set({ jobOutcome: 'stuckInQueue' });
		const ending = endingOf(await fixture.run({ parameters, retryOf: run.finished }));
		const counts = emulator.counts();
		played.retried = { ending, submitsReceived: counts.submitsReceived, submitsAccepted: counts.submitsAccepted };
	}
	return played;
}

const played = new Map<Cell, Played | Error>();
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeAll(async () => {
	process.on('unhandledRejection', note);
	const left = [...cells];
	const lane = async () => {
		for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
			played.set(cell, await playWell(cell).catch((error: Error) => error));
		}
	};
	// Keeps the shared services of the engines open, whichever cell ends first.
	const keeper = await openFixture();
	await Promise.all(Array.from({ length: CELLS_AT_ONCE }, lane));
	await keeper.close();
}, 180_000);

afterAll(() => {
	process.off('unhandledRejection', note);
});

describe.each(Object.keys(BUYERS) as Buyer[])('%s', (buyer) => {
	const ofBuyer = cells
		.filter((cell) => cell.buyer === buyer)
		.map((cell): [string, Cell] => [`${nameOf(cell)} → ${cell.expected}`, cell]);

	test.each(ofBuyer)('%s', (_name, cell) => {
		const { phase } = cell;
		const result = played.get(cell);
		if (result === undefined || result instanceof Error) throw result ?? new Error('The cell was not played');
		const { ending, run, tookMs, submitsReceived, submitsAccepted, requestId, retried } = result;

		expect(ending).toBe(cell.expected);
		expect(submitsAccepted).toBeLessThanOrEqual(1);
		expect(tookMs).toBeLessThan(MAX_CELL_MS);
		if (cell.expected === 'outcome unknown') expect(submitsReceived).toBe(1);
		if (phase === 'model' && cell.expected in ERROR_ENDINGS) expect(submitsReceived).toBe(0);
		if (cell.expected === 'no file') {
			expect(run.items[0].json.download_error).toMatch(
				/^The file could not be downloaded: .+\. Its URL is in this item\.$/,
			);
			expect(run.finished.hints.map(({ message }) => message).join()).toContain('could not be downloaded');
		}
		if (cell.expected in ERROR_ENDINGS && ERROR_ENDINGS[cell.expected as keyof typeof ERROR_ENDINGS].namesId) {
			expect(run.error?.message).toContain(requestId);
		}
		if (retried !== undefined) {
			const unknown = cell.expected === 'outcome unknown';
			const good = phase === 'cancel' ? 'cancelled' : phase === 'download' ? 'file' : endingFor(buyer, 'picture');
			expect(retried.ending).toBe(unknown ? 'outcome unknown' : good);
			if (unknown) expect(retried.submitsReceived).toBe(1);
			else expect(retried.submitsAccepted).toBe(1);
		}
	});
});

test('nothing was left unhandled', () => expect(unhandled).toEqual([]));
