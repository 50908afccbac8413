/** The live check tells the emulator's positions apart: what it says of RunComfy one day is then what is so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { type Emulator, startEmulator, type Switches } from '../emulator/emulator.mts';
import { productPhoto } from '../lib/photos.mts';
import { budgetOf, checkLive, priceOf } from './check.mts';
import { doubts } from './doubts.mts';
import { Evidence, MISSING_IMAGE_URL } from './evidence.mts';
import { Service } from './service.mts';

/** Time passes with the calls only, so that a busy machine finds what an idle one does. */
const CALL_MS = 100;

const QUICK = { readEveryMs: 1, longestMs: 100 * CALL_MS, lateMs: 50 * CALL_MS };

/** Some calls come while it lasts. */
const A_WHILE_MS = 5 * CALL_MS;

const MOST_USD = 1;

let emulator: Emulator;
let timeMs = 0;
beforeEach(() => {
	jest.spyOn(performance, 'now').mockImplementation(() => timeMs);
});
afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

/** An emulator for which time passes with each call. */
async function openEmulator(switches: Partial<Switches> = {}): Promise<void> {
	emulator = await startEmulator({ queueMs: 2 * A_WHILE_MS, runMs: A_WHILE_MS, spreadMs: 0, switches });
	emulator.onCall = () => {
		timeMs += CALL_MS;
		return undefined;
	};
}

/** What is found with the emulator in this position. The request whose image is missing fails, as it would at RunComfy. */
async function findingsIn(switches: Partial<Switches>, mostUsd = MOST_USD): Promise<Record<string, string>> {
	await openEmulator(switches);
	const evidence: Evidence = new Evidence(new Service(emulator), await productPhoto(), QUICK, async (what) => {
		await mayPay(what);
		if (what.includes('does not exist')) emulator.set({ jobOutcome: 'failed' }, { next: 1 });
	});
	const mayPay = budgetOf(mostUsd, async () => await priceOf(evidence));
	const findings = await checkLive(evidence);
	return Object.fromEntries(findings.map(({ name, found }) => [name, found]));
}

describe('the live check', () => {
	test('finds what the documents favor where the emulator is so', async () => {
		expect(await findingsIn({})).toEqual({
			balanceTold: 'number',
			balanceTokenRefusal: '200',
			tokenRefusal: '400',
			unknownModel: '400',
			unknownRequest: '404',
			priceTold: 'asIs',
			deployments: 'list',
			dataUri: 'taken',
			submitAnswer: '200',
			earlyResult: '200',
			readLagMs: 'atOnce',
			queuePositions: 'true',
			unknownState: 'known',
			endWord: 'succeeded',
			output: 'image',
			echoInputs: 'true',
			modelIdTold: 'own',
			cost: 'atOnce',
			costFactor: 'same',
			spendBalance: 'false',
			fileLagMs: 'atOnce',
			fileAnswer: 'whole',
			fileBase: 'own',
			cancelAnswer: 'cancelled',
			cancelForm: 'both',
			cancelledWord: 'cancelled',
			validation: 'strict',
			styleNames: 'accepted',
			failureTold: 'result',
			failureForm: 'text',
		});
	});

	test('finds the other position of each switch', async () => {
		const other = {
			balanceTold: 'text',
			balanceTokenRefusal: '401',
			tokenRefusal: '403message',
			unknownModel: '404',
			priceTold: 'text',
			submitAnswer: '202',
			earlyResult: '400',
			output: 'objects',
			modelIdTold: 'missing',
			cost: 'later',
			fileAnswer: 'octetStream',
			cancelForm: 'canceled',
			cancelledWord: 'canceled',
			validation: 'lenient',
			failureForm: 'list',
		} as const;
		const found = await findingsIn({
			...other,
			deployments: 'none',
			readLagMs: A_WHILE_MS,
			queuePositions: false,
			unknownState: 'cooking',
			echoInputs: false,
			costFactor: 2,
			spendBalance: true,
			fileLagMs: A_WHILE_MS,
			failureTold: 'status',
		});
		expect(found).toEqual({
			...other,
			unknownRequest: '404',
			deployments: 'none',
			dataUri: 'taken',
			readLagMs: 'later',
			queuePositions: 'false',
			unknownState: 'other',
			endWord: 'succeeded',
			echoInputs: 'false',
			costFactor: 'other',
			spendBalance: 'true',
			fileBase: 'own',
			fileLagMs: 'later',
			cancelAnswer: 'cancelled',
			styleNames: 'accepted',
			failureTold: 'status',
		});
	});

	test.each<[Partial<Switches>, Record<string, string>]>([
		[
			{
				tokenRefusal: '401',
				balanceTokenRefusal: '400',
				balanceTold: 'missing',
				priceTold: 'missing',
				output: 'string',
			},
			{ tokenRefusal: '401', balanceTokenRefusal: '400', balanceTold: 'other', priceTold: 'missing', output: 'string' },
		],
		[
			{ modelIdTold: 'other', cost: 'never', fileAnswer: 'page', cancelForm: 'statusAlone', failureForm: 'object' },
			{ modelIdTold: 'other', cost: 'never', fileAnswer: 'other', cancelForm: 'statusAlone', failureForm: 'object' },
		],
		[
			{ tokenRefusal: '403', balanceTokenRefusal: '403', balanceTold: 'null', priceTold: 'null', output: 'array' },
			{ tokenRefusal: '403', balanceTokenRefusal: '403', balanceTold: 'other', priceTold: 'missing', output: 'array' },
		],
		[
			{ tokenRefusal: '200', balanceTokenRefusal: '403message', output: 'both', cancelForm: 'outcomeAlone' },
			{ tokenRefusal: '200', balanceTokenRefusal: '403message', output: 'both', cancelForm: 'outcomeAlone' },
		],
		[
			{ tokenRefusal: '400code', output: 'images', cancelForm: 'requested', failureTold: 'statusWithError' },
			{ tokenRefusal: '400code', output: 'images', cancelForm: 'requested', failureTold: 'status' },
		],
		[
			{ cancelForm: 'requestedAlone', fileAnswer: 'noType' },
			{ cancelForm: 'requested', fileAnswer: 'other' },
		],
		[{ fileBase: 'http://127.0.0.1:9' }, { fileBase: 'other' }],
	])('finds the other positions: %j', async (switches, found) =>
		expect(await findingsIn(switches)).toMatchObject(found),
	);

	test('finds that nothing can be cancelled, and another word for the end', async () => {
		const found = await findingsIn({ cancelAnswer: 'not_cancellable', endWord: 'done' });
		expect(found).toMatchObject({ cancelAnswer: 'not_cancellable', cancelledWord: 'other', endWord: 'other' });
	});

	test('a refused photo is an answer, and what a picture would have told stays open', async () => {
		await openEmulator();
		emulator.fault('submit', { kind: 'refusedInput' });
		const evidence = new Evidence(new Service(emulator), await productPhoto(), QUICK, async () => {});
		const findings = await checkLive(evidence);
		const found = Object.fromEntries(findings.map(({ name, found: one }) => [name, one]));
		expect(found).toMatchObject({
			dataUri: 'refused',
			output: expect.stringMatching(/^\? the submit was answered 422/),
		});
		expect(emulator.counts().submitsAccepted).toBe(0);
	});

	test('spends no more than it may: what is too much is not submitted', async () => {
		const found = await findingsIn({}, 0.07);
		expect(found.dataUri).toBe('taken');
		expect(found.cancelAnswer).toMatch(/^\? .*more than \$0\.07/);
		expect(emulator.counts().submitsAccepted).toBe(1);
	});

	test('submits five times in all, whatever the number of questions', async () => {
		await findingsIn({ validation: 'lenient' });
		expect(emulator.counts().submitsAccepted).toBe(5);
		const failing = emulator.requests().filter(({ id }) => emulator.body(id)?.image === MISSING_IMAGE_URL);
		expect(failing).toHaveLength(1);
	});

	test('docs/live-check.md has every question with its answers', () => {
		const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'live-check.md'), 'utf8');
		const rows = doubts.map(({ name, question, cost, answers }) => {
			const meanings = Object.entries(answers).map(([found, then]) => `**${found}**: ${then}`);
			return `| \`${name}\` | ${question} | ${cost} | ${meanings.join(' · ')} |`;
		});
		expect(rows.filter((row) => !page.includes(row))).toEqual([]);
	});
});
