/**
 * Input of any shape: parameters, answers of RunComfy, files. Never a crash, a hang, an unhandled rejection or a
 * success that is none: always an item or an error of the node's own words.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';
import type { INodeParameters } from 'n8n-workflow';

import type { Phase } from '../emulator/emulator.mts';
import { binaryItem, type NodeRun } from '../engine/index.mts';
import { acceptedByPrompt } from '../faults/books.mts';
import { errorEndingOf, type Told } from '../faults/endings.mts';
import { type Fixture, openFixture, patientPolicies, REPLACE } from './fixture.mts';
import { testClock } from '../lib/testClock.mts';
import { seedFrom } from './seed.mts';

const seed = seedFrom('FUZZ_SEED');

/** So many times the runs of an ordinary day. */
const TIMES = Number(process.env.FUZZ_TIMES ?? 1);

/** A Timeout cannot be shorter than a second. */
const CLOCK_SPEED = 5;

/** For all runs of a property: a hang ends here, and a busy machine does not look like one. */
const MS_PER_PROPERTY = 60_000 + TIMES * 60_000;

let fixture: Fixture;
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(async () => {
	process.on('unhandledRejection', note);
	fixture = await openFixture({ spreadMs: 5, clock: testClock(CLOCK_SPEED), policies: patientPolicies(CLOCK_SPEED) });
	// The first run loads what all others have at hand.
	await fixture.run();
	fixture.emulator.reset();
}, 60_000);
afterEach(() => {
	fixture.emulator.reset();
	expect(unhandled.splice(0)).toEqual([]);
});
afterAll(async () => {
	process.off('unhandledRejection', note);
	await fixture.close();
});

/** Longer texts than people type, control characters, half surrogates, names that mean something to JavaScript. */
const text = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 40 }),
	fc.constantFrom(
		'',
		' ',
		'__proto__',
		'constructor',
		'ECONNREFUSED',
		'\u0000',
		'\ud800',
		'x'.repeat(5_000),
		'{{ $json }}',
		'../..',
	),
);

/** Anything JSON can hold. */
const anything = fc.oneof(
	{ weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3, noUnicodeString: false }) },
	{ weight: 2, arbitrary: text },
	{ weight: 1, arbitrary: fc.constantFrom(null, 0, -1, 1e300, true, [], {}, '7', '1e3') },
);

/** What an error of a run says: of the node's own words, by the table of errors. */
function toldOf({ items, errorItems, error, finished }: NodeRun): Told | undefined {
	if (error !== undefined) return { message: error.message, description: error.description ?? '' };
	const item = [...errorItems, ...items].find(({ json }) => json.error !== undefined);
	expect(finished.status).toBe('success');
	return item?.json.error as unknown as Told | undefined;
}

async function expectItemOrWords(run: Promise<NodeRun>): Promise<NodeRun> {
	const done = await run;
	const told = toldOf(done);
	if (told === undefined) {
		expect(done.items.length).toBeGreaterThan(0);
		return done;
	}
	if (errorEndingOf(told) === undefined) throw new Error(`Nobody worded: ${JSON.stringify(told).slice(0, 900)}`);
	expect(told.message.length).toBeLessThan(700);
	expect(`${told.message} ${told.description}`).not.toMatch(/\n\s+at |\[object Object\]|undefined|NaN/);
	return done;
}

const assertAll = async <T,>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => Promise<void>, numRuns: number) =>
	await fc.assert(
		fc.asyncProperty(arbitrary, async (value) => {
			fixture.emulator.reset();
			await holds(value);
		}),
		{ seed, numRuns: numRuns * TIMES, endOnFailure: true },
	);

describe(`seed ${seed} (FUZZ_SEED)`, () => {
	const names = (kind: 'modelOptions' | 'options', ...all: string[]) =>
		all.map((name) => [`${kind}.${name}`, kind, name]);

	test.each([
		...['imageUrl', 'prompt', 'modelOptions', 'options', 'simplify', 'imageSource', 'binaryPropertyName'].map(
			(name) => [name, '', name],
		),
		...names(
			'modelOptions',
			'colorPalette',
			'paletteText',
			'customPalette',
			'extraFields',
			'magicPrompt',
			'seed',
			'style',
		),
		...names('options', 'maxInFlight', 'timeout', 'outputField', 'onTimeout', 'onUnknownOutcome', 'includeInputFields'),
	])(
		'%s holds anything, by an expression',
		async (_name, kind, name) => {
			const given = { [name]: '={{ $json.value }}' };
			const parameters = { options: { timeout: 1 }, ...(kind === '' ? given : { [kind]: given }) };
			await assertAll(
				anything,
				async (value) => {
					await expectItemOrWords(fixture.run({ items: [{ json: { value: value as never } }], parameters }));
					// Whatever it was, it was bought once at most.
					for (const count of Object.values(acceptedByPrompt(fixture.emulator))) expect(count).toBe(1);
				},
				8,
			);
		},
		MS_PER_PROPERTY,
	);

	test.each(['getStatus', 'getResult', 'cancel'])(
		'the Request ID of %s holds anything, and only an id reaches a URL',
		async (operation) => {
			// As an id this is possible, and broken up in the message: n8n would else throw the message away.
			const noTrigger = anything.filter((value) => value !== 'ECONNREFUSED');
			await assertAll(
				noTrigger,
				async (value) => {
					const parameters: INodeParameters = {
						resource: 'request',
						operation,
						requestId: '={{ $json.value }}',
					};
					await expectItemOrWords(fixture.run({ items: [{ json: { value: value as never } }], parameters }));
					for (const { path } of fixture.emulator.calls()) {
						expect(path).toMatch(/^\/v1\/requests\/[A-Za-z0-9_-]{1,128}\/(status|result|cancel)$/);
					}
				},
				8,
			);
		},
		MS_PER_PROPERTY,
	);

	/** Bodies that are nearly right are worse than noise. */
	const nearlyRight = fc.record(
		{
			request_id: anything,
			status: fc.oneof(
				anything,
				fc.constantFrom('in_queue', 'completed', 'succeeded', 'failed', 'cancelled', 'COMPLETED '),
			),
			output: fc.oneof(
				anything,
				fc.record({ image: anything, images: fc.array(anything), video: anything }, { requiredKeys: [] }),
			),
			error: anything,
			error_code: anything,
			error_message: anything,
			detail: fc.oneof(anything, fc.array(fc.record({ loc: anything, msg: anything }, { requiredKeys: [] }))),
			created_at: anything,
			finished_at: anything,
			cost: anything,
			outcome: anything,
		},
		{ requiredKeys: [] },
	);
	const body = fc.oneof(nearlyRight, anything);
	const httpStatus = fc.oneof(
		{ weight: 3, arbitrary: fc.constant(200) },
		{ weight: 1, arbitrary: fc.integer({ min: 201, max: 599 }) },
	);
	const answer = fc.record({ status: httpStatus, body, simplify: fc.boolean(), download: fc.boolean() });

	test.each<Phase>(['submit', 'result', 'status'])(
		'the answer to %s is anything',
		async (phase) => {
			await assertAll(
				answer,
				async ({ status, body: given, simplify, download }) => {
					if (phase === 'status') fixture.emulator.set({ earlyResult: '400', runMs: 60 });
					fixture.emulator.fault(phase, { kind: 'status', status, body: given }, { next: 2 });
					const done = await expectItemOrWords(
						fixture.run({ parameters: { simplify, options: { timeout: 1, downloadImages: download } } }),
					);
					expect(fixture.emulator.counts().submitsAccepted).toBeLessThanOrEqual(1);
					expectNoSilentSuccess(done);
				},
				15,
			);
		},
		MS_PER_PROPERTY,
	);

	test.each(['getStatus', 'getResult', 'cancel'])(
		'the answers that %s gets are anything',
		async (operation) => {
			await assertAll(
				answer,
				async ({ status, body: given }) => {
					const { items } = await fixture.run({ parameters: { operation: 'submit' } });
					for (const phase of ['status', 'result', 'cancel'] as const) {
						fixture.emulator.fault(phase, { kind: 'status', status, body: given }, { next: 1 });
					}
					const parameters = {
						resource: 'request',
						operation,
						requestId: items[0].json.request_id as string,
					};
					await expectItemOrWords(fixture.run({ parameters }));
				},
				15,
			);
		},
		MS_PER_PROPERTY,
	);

	test(
		'a file holds anything',
		async () => {
			const heads = fc.constantFrom(
				'',
				'ffd8ff',
				'89504e470d0a1a0a',
				'52494646aaaaaaaa57454250',
				'474946383961',
				'3c737667',
			);
			const file = fc.record({
				head: heads,
				rest: fc.uint8Array({ maxLength: 300 }),
				fileName: text,
				mimeType: text,
				field: text,
			});
			await assertAll(
				file,
				async ({ head, rest, fileName, mimeType, field }) => {
					const bytes = Buffer.concat([Buffer.from(head, 'hex'), rest]);
					const name = field.trim() === '' ? 'data' : field.trim();
					const item = await binaryItem({ name }, name, bytes, { fileName, mimeType });
					await expectItemOrWords(
						fixture.run({
							items: [item],
							parameters: {
								...REPLACE,
								imageSource: 'binary',
								binaryPropertyName: '={{ $json.name }}',
								options: { timeout: 1 },
							},
						}),
					);
				},
				15,
			);
		},
		MS_PER_PROPERTY,
	);
});

/** An item that says succeeded has a file's address, or is RunComfy's own answer in which there is one. */
function expectNoSilentSuccess({ items }: NodeRun) {
	for (const { json } of items) {
		if (json.error !== undefined || json.finished === false) continue;
		expect(JSON.stringify(json)).toMatch(/https?:\/\//);
	}
}
