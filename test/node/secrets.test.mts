/** The token and the image's bytes go to RunComfy and nowhere else: not into what a person sees, not to another host. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import type { Emulator, Fault, Phase } from '../emulator/emulator.mts';
import { binaryItem, type NodeRun, runAsTool, testCredential } from '../engine/index.mts';
import { jpegAround } from '../lib/photos.mts';
import { pause, untilTrue } from '../lib/until.mts';
import { type FixtureRun, inputItems, patientPolicies, REPLACE, useFixture } from './fixture.mts';

const TOKEN = 'rc-token-4f1c9a7e2b';

/** Bytes whose base64 is easy to find. */
const PHOTO = jpegAround(Buffer.from('photo-bytes-'.repeat(400)));
const PHOTO_BASE64 = PHOTO.toString('base64').slice(60, 120);

/** An address as long as stores sign them: it must come back whole. */
const SIGNED = `https://bucket.example/shoe.jpg?X-Amz-Security-Token=${'kL8'.repeat(700)}`;

const CLOCK_SPEED = 5;

// Faults go on for ever here, so the node gives up soon.
const policies = patientPolicies(CLOCK_SPEED);
Object.assign(policies.call, { singleCallWindowMs: 600, submitWindowMs: 1_500 });
const fixture = useFixture({ spreadMs: 10, token: TOKEN, policies, clockSpeed: CLOCK_SPEED, warmUp: {} });

/** The shortest, but for a phase that is met only when the picture is there. */
const timeoutFor = (phase: Phase) => (phase === 'download' ? 100 : 1);

const withPhoto = async (options: FixtureRun = {}): Promise<NodeRun> =>
	await fixture.run({
		items: [await binaryItem({ sku: 'a' }, 'data', PHOTO, { fileName: 'a.jpg', mimeType: 'image/jpeg' })],
		...options,
		parameters: {
			imageSource: 'binary',
			binaryPropertyName: 'data',
			...options.parameters,
			options: { timeout: 1, ...(options.parameters?.options as object) },
		},
	});

/** All that n8n stores, shows or logs of a run. */
function everythingOf({ finished, error, items, errorItems }: NodeRun): string {
	const { engine } = fixture;
	return JSON.stringify([
		finished.data,
		finished.error,
		{ message: error?.message, description: error?.description, stack: error?.stack, ...error },
		items,
		errorItems,
		finished.hints,
		finished.logs,
		finished.engineLogs,
		engine.strayLogs,
	]);
}

/** Where a secret stands in a text, with what is around it; empty when it does not. */
function around(text: string, secret: string): string {
	const at = text.indexOf(secret);
	return at < 0 ? '' : text.slice(Math.max(0, at - 120), at + 20);
}

function expectNoSecrets(run: NodeRun) {
	const text = everythingOf(run);
	// Not the whole text: it is too long to be read in a failure.
	expect(around(text, TOKEN)).toBe('');
	expect(around(text, PHOTO_BASE64)).toBe('');
}

describe('what a person sees', () => {
	const phases: Phase[] = ['submit', 'result', 'cancel', 'download'];
	/** Answers that repeat what they were sent, as servers in trouble do. */
	const echoes = (emulator: Emulator): Array<[string, Fault]> => {
		const authorization = `Bearer ${emulator.token}`;
		const image = `data:image/jpeg;base64,${PHOTO.toString('base64')}`;
		const body = {
			error_message: `Bad header ${authorization}`,
			detail: [{ loc: ['body', 'image'], msg: image, input: image }],
		};
		return [
			['400 as JSON', { kind: 'status', status: 400, body }],
			['422 as JSON', { kind: 'status', status: 422, body }],
			['422 with detail alone', { kind: 'status', status: 422, body: { detail: body.detail } }],
			['500 as a page', { kind: 'status', status: 500, body: `<html>${authorization} ${image}</html>` }],
			['403 as text', { kind: 'status', status: 403, body: JSON.stringify(body).replaceAll('/', '\\/').slice(0, -1) }],
			[
				'400 in nested objects',
				{ kind: 'status', status: 400, body: { error: { message: { deep: [authorization, image] } } } },
			],
			['400 with the token as a key', { kind: 'status', status: 400, body: { detail: { [authorization]: image } } }],
			[
				'400 with base64 in lines',
				{
					kind: 'status',
					status: 400,
					body: { error_message: `got ${PHOTO.toString('base64').replace(/.{76}/g, '$&\n')}` },
				},
			],
			['400 with bytes', { kind: 'status', status: 400, body: { detail: { image: [...PHOTO] } } }],
			['400 with the base64 alone', { kind: 'status', status: 400, body: { error_message: PHOTO.toString('base64') } }],
			['200 with a code', { kind: 'errorUnder200', errorCode: 400002, message: `${authorization} ${image}` }],
		];
	};
	const all = echoes({ token: TOKEN } as Emulator);
	// What is quoted is cleaned in one place: each echo where most is quoted, one wherever anything is.
	const cases = phases.flatMap((phase) =>
		all
			.slice(0, phase === 'submit' || phase === 'result' ? undefined : 1)
			.map(([name, fault]): [string, Phase, Fault] => [`${phase}: ${name}`, phase, fault]),
	);

	test.each(cases)('%s', async (_name, phase, fault) => {
		const parameters = { options: { timeout: timeoutFor(phase), downloadImages: true, onTimeout: 'cancel' } };
		if (phase === 'cancel') fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
		fixture.emulator.fault(phase, fault);
		const onError = phase === 'result' ? 'stopWorkflow' : 'continueErrorOutput';
		expectNoSecrets(await withPhoto({ parameters, onError }));
	});

	test("a result that echoes the input, whole, in RunComfy's own answer", async () => {
		const image = `data:image/jpeg;base64,${PHOTO.toString('base64')}`;
		fixture.emulator.onCall = ({ phase, requestId }) =>
			phase === 'result'
				? {
						kind: 'status',
						status: 200,
						body: {
							request_id: requestId,
							status: 'succeeded',
							output: { image: 'https://playgrounds.runcomfy.net/a.png' },
							input: {
								image,
								token: TOKEN,
								nested: [{ image }, `x ${image} y`],
								[`header ${TOKEN}`]: { [PHOTO.toString('base64')]: 1 },
								lines: PHOTO.toString('base64').replace(/.{76}/g, '$&\n'),
								bytes: PHOTO.toJSON(),
								tokenBytes: [...Buffer.from(TOKEN)],
							},
							signed: SIGNED,
						},
					}
				: undefined;
		const run = await withPhoto({ parameters: { simplify: false } });
		expect(run.items).toHaveLength(1);
		expectNoSecrets(run);
		expect(JSON.stringify(run.items)).not.toContain([...PHOTO.subarray(40, 80)].join(','));
		expect(JSON.stringify(run.items)).not.toContain([...Buffer.from(TOKEN)].join(','));
		expect(run.items[0].json.signed).toBe(SIGNED);
	});

	test('connection faults, whose errors hold the request with its headers', async () => {
		for (const phase of phases) {
			fixture.emulator.reset();
			fixture.emulator.fault(phase, { kind: 'cutAfter' });
			expectNoSecrets(
				await withPhoto({ parameters: { options: { timeout: timeoutFor(phase), downloadImages: true } } }),
			);
		}
	});

	test('a Stop in the middle', async () => {
		fixture.emulator.set({ queueMs: 60_000 });
		const running = fixture.start({ items: inputItems(3) });
		await untilTrue(() => fixture.emulator.counts().resultReads >= 3);
		running.stop();
		const run = await running.result;
		await pause(200);
		expect(run.logs.length).toBeGreaterThan(0);
		expectNoSecrets(run);
	});

	test.each(['v2', 'v3'] as const)('an answer to an agent (%s)', async (agent) => {
		fixture.emulator.fault('submit', { kind: 'status', status: 400, body: { error_message: `Bearer ${TOKEN}` } });
		const { answers, finished } = await runAsTool(fixture.engine, {
			agent,
			parameters: REPLACE,
			credentials: { runComfyApi: fixture.credential },
		});
		const text = JSON.stringify([answers, finished.data, finished.logs, finished.engineLogs]);
		expect(around(text, TOKEN)).toBe('');
	});
});

describe('another host', () => {
	let server: Server;
	let received: IncomingHttpHeaders[];
	let elsewhere: string;
	beforeAll(async () => {
		server = createServer((request, response) => {
			received.push(request.headers);
			response.setHeader('content-type', 'application/json');
			response.end(
				JSON.stringify({
					request_id: 'from-elsewhere',
					status: 'succeeded',
					balance_usd: 1,
					outcome: 'cancelled',
				}),
			);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	beforeEach(() => {
		received = [];
	});
	afterAll(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	const phases: Phase[] = ['submit', 'status', 'result', 'cancel', 'download'];
	const redirects: Array<[Phase, number]> = [
		...phases.map((phase): [Phase, number] => [phase, 307]),
		...[301, 302, 303, 308].map((status): [Phase, number] => ['submit', status]),
	];

	test.each(redirects)('hears nothing of a redirect of %s with %d', async (phase, status) => {
		if (phase === 'status') fixture.emulator.set({ earlyResult: '400', runMs: 200 });
		if (phase === 'cancel') fixture.emulator.set({ jobOutcome: 'stuckInQueue' });
		fixture.emulator.fault(phase, { kind: 'redirect', to: `${elsewhere}/files/a.png`, status });
		const run = await fixture.run({
			parameters: { options: { timeout: timeoutFor(phase), downloadImages: true, onTimeout: 'cancel' } },
		});

		expect(fixture.emulator.calls().filter((call) => call.fault === 'redirect').length).toBeGreaterThan(0);
		expect(received).toEqual([]);
		expect(fixture.emulator.counts().submitsReceived).toBe(1);
		expectNoSecrets(run);
		expect(JSON.stringify(run.items)).not.toContain('from-elsewhere');
	});

	test.each([301, 307])("hears nothing of a redirect of the credential's test with %d", async (status) => {
		fixture.emulator.fault('balance', { kind: 'redirect', to: `${elsewhere}/balance`, status });
		const result = await testCredential(fixture.engine, 'runComfyApi', fixture.credential);
		expect(result.status).toBe('Error');
		expect(received).toEqual([]);
	});

	test.each(['getStatus', 'getResult', 'cancel'])(
		'hears nothing of a redirect of the operation %s',
		async (operation) => {
			const { items } = await fixture.run({ parameters: { operation: 'submit' } });
			for (const phase of ['status', 'result', 'cancel'] as const) {
				fixture.emulator.fault(phase, { kind: 'redirect', to: elsewhere });
			}
			const requestId = items[0].json.request_id as string;
			const { error } = await fixture.run({ parameters: { resource: 'request', operation, requestId } });
			expect(error?.message).toContain('redirect');
			expect(received).toEqual([]);
		},
	);

	test('is not asked for a file, and the item says so', async () => {
		fixture.emulator.set({ fileBase: elsewhere });
		const { items } = await fixture.run({ parameters: { options: { downloadImages: true } } });
		expect(items[0].json.download_error).toContain('not one of RunComfy');
		expect(received).toEqual([]);
	});

	test('is not believed when it is named in the answer to a submit', async () => {
		fixture.emulator.set({ urlBase: elsewhere });
		const { items, error } = await fixture.run();
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(received).toEqual([]);
	});

	test('gets no token with a download even from the own host', async () => {
		await fixture.run({ parameters: { options: { downloadImages: true } } });
		const downloads = fixture.emulator.calls().filter(({ phase }) => phase === 'download');
		expect(downloads.length).toBeGreaterThan(0);
		expect(downloads.every(({ authorizationPresent }) => !authorizationPresent)).toBe(true);
	});
});
