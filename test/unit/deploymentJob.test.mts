/** What Deployment makes of an item: what is sent, what it is told apart by, what it is billed by. No HTTP, no engine. */
import { describe, expect, test } from '@jest/globals';

import { callPolicy } from '../../nodes/RunComfy/api/callPolicies.ts';
import type { Run } from '../../nodes/RunComfy/batch/run.ts';
import type { Job } from '../../nodes/RunComfy/purchase/job.ts';
import { billed } from '../../nodes/RunComfy/errors/deploymentWords.ts';
import { TestRunMemory } from '../../nodes/RunComfy/purchase/testRunReuse.ts';
import { deploymentJobs } from '../../nodes/RunComfy/resources/deployment/deploymentJobs.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { waitSchedule } from '../../nodes/RunComfy/wait/schedule.ts';
import { TINY_PNG } from '../emulator/sampleFiles.mts';
import { VirtualClock } from '../lib/virtualClock.mts';
import { pngBefore } from '../lib/photos.mts';
import { fakeContext } from './fakeContext.mts';
import { journalOn, testRunOn } from './purchaseContext.mts';

const ID = '0a1b2c3d-aaaa-4bbb-8ccc-1234567890ab';
const OTHER_ID = '0a1b2c3d-aaaa-4bbb-8ccc-1234567890ac';
const SERVICE = 'https://runcomfy.example/prod';

const graph = (text = 'a shoe') => ({
	'3': { class_type: 'KSampler', inputs: { seed: 5, steps: 20, positive: ['6', 0] } },
	'6': { class_type: 'CLIPTextEncode', inputs: { text } },
	'10': { class_type: 'LoadImage', inputs: { image: 'shoe.png' } },
});

interface Scene {
	id?: string;
	service?: string;
	/** RunComfy's record, beside name and workflow. */
	record?: object;
	workflow?: object;
	inputs?: object;
	/** A file for the node that loads an image. */
	file?: Buffer;
	options?: object;
}

function runOf({ id = ID, service = SERVICE, record, workflow = graph(), inputs = {}, file, options }: Scene) {
	const clock = new VirtualClock();
	const context = fakeContext({
		parameters: {
			deploymentId: { mode: 'id', value: id },
			inputMode: 'json',
			inputsJson: inputs,
			...(file && { files: { file: [{ input: '10.image', binaryPropertyName: 'data' }] } }),
			options: { randomizeSeeds: false, ...options },
		},
		files: file ? { data: file } : {},
	});
	const answer = { id, name: 'Shoes', payload: { workflow_api_json: workflow }, ...record };
	const read = async () => ({ kind: 'seen', phase: 'succeeded', answer });
	const calls = { connection: { accountApiUrl: service }, read };
	const run = {
		context,
		connection: { accountApiUrl: service, environment: 'production' },
		calls,
		clock,
		stop: new Stop(undefined),
		policies: { call: callPolicy, schedule: waitSchedule },
		money: { journal: journalOn({}), testRunReuse: testRunOn(new TestRunMemory(clock), false) },
	} as unknown as Run;
	return { run, clock, answer, calls };
}

async function jobOf(scene: Scene): Promise<Job> {
	const { run, clock } = runOf(scene);
	return await clock.finish(deploymentJobs(run).readJob(run, 0));
}

describe('what is run', () => {
	test('goes to its deployment, with what is given as overrides', async () => {
		const job = await jobOf({
			inputs: { '6': { inputs: { text: 'a beach' } } },
			record: { is_enabled: true, hardware: ['AMPERE_48'], min_instances: 0, max_instances: 1, queue_size: 5 },
		});
		expect(job).toMatchObject({
			queue: { submitUrl: `${SERVICE}/deployments/${ID}/inference`, isOfDeployment: true },
			kind: `${SERVICE}/deployments/${ID}/requests`,
			hasFile: false,
			fileAdvice: '',
			expectsFiles: false,
			inputs: { overrides: { '6': { inputs: { text: 'a beach' } } } },
		});
		expect(job).not.toHaveProperty('seed');
		expect(job).not.toHaveProperty('seedSource');
		expect(job.target).toStrictEqual({
			deployment_id: ID,
			name: 'Shoes',
			is_enabled: true,
			hardware: ['AMPERE_48'],
			min_instances: 0,
			max_instances: 1,
			keep_warm_duration_in_seconds: null,
		});
		expect(await job.makeBody()).toEqual(job.inputs);
		const { words = '' } = await job.estimate();
		expect(words).toMatch(/at the rate of /);
		expect(words).not.toMatch(/Several runs/);
		expect(billed('', { maxInstances: 3 })).toMatch(/may start up to 3 machines/);
		expect(billed('', {})).toMatch(/may start several machines/);
		expect(await (await jobOf({})).estimate()).toEqual({ isSentence: true, words: billed('', {}) });
		const { words: ofText } = await (await jobOf({ record: { hardware: 'AMPERE_48' } })).estimate();
		expect(ofText).toMatch(/at the rate of A6000 48 GB/);
	});

	test('a file: by its facts for whoever looks, as a data URI when it is sent', async () => {
		const { bytes } = TINY_PNG;
		const job = await jobOf({ file: bytes });
		expect(job).toMatchObject({
			hasFile: true,
			inputs: { overrides: { '10': { inputs: { image: { type: 'image/png', bytes: bytes.length } } } } },
		});
		expect(job.fileAdvice).toMatch(/file/);
		expect(await job.makeBody()).toEqual({
			overrides: { '10': { inputs: { image: `data:image/png;base64,${bytes.toString('base64')}` } } },
		});
	});

	test('with seeds that are made up, it says from what', async () => {
		const job = await jobOf({ options: { randomizeSeeds: true } });
		expect(job.seedSource).toMatchObject({ order: 0 });
		expect(await job.makeBody()).toEqual({ overrides: { '3': { inputs: { seed: expect.any(Number) } } } });
	});

	test('without a workflow, inputs are sent as they are given', async () => {
		const record = { payload: {} };
		const job = await jobOf({ record, inputs: { prompt: 'a shoe' } });
		expect(await job.makeBody()).toEqual({ prompt: 'a shoe' });
		expect((await jobOf({ record, inputs: { prompt: 'a hat' } })).hash).not.toBe(job.hash);
	});

	test('what it gives is read as the output of its item', async () => {
		const { run, clock } = runOf({});
		const read = deploymentJobs(run).outputOf?.(run, 0);
		const output = await clock.finish(read?.({ status: 'succeeded', outputs: {} }) as Promise<unknown>);
		expect(JSON.stringify(output)).toContain(ID);
	});

	test('its reader says where its requests are listed, and how long it is usually waited for', () => {
		const { run } = runOf({});
		const reader = deploymentJobs(run);
		expect(reader.listed).toMatch(/page/);
		expect(reader.usualTimeoutSeconds).toBe(1_800);
		expect(reader.modelIdOf(run, 0)).toBeUndefined();
	});

	test('what was read is handed on; of a name that its workflow lacks it is said what was checked', async () => {
		const { run, clock } = runOf({});
		const seen: unknown[] = [];
		const reader = deploymentJobs(run, (itemIndex, { deployment }) => seen.push([itemIndex, deployment.label]));
		await clock.finish(reader.readJob(run, 0));
		expect(seen).toEqual([[0, 'Shoes']]);
		await expect(jobOf({ inputs: { '6': { inputs: { words: 'a' } } } })).rejects.toMatchObject({
			description: expect.stringContaining('Shoes'),
		});
	});
});

describe('a workflow that is not the one that was checked any more', () => {
	const OVERRIDES = { '6': { inputs: { text: 'a beach' } } };
	const HAT = { payload: { workflow_api_json: graph('a hat') } };

	/** Reads the job, and what is sent `laterMs` after it, when RunComfy has another record or cannot be reached. */
	const bodyLater = async (inputs: object, record: object, laterMs: number, isReached: boolean) => {
		const { run, clock, answer, calls } = runOf({ inputs });
		const job = await clock.finish(deploymentJobs(run).readJob(run, 0));
		Object.assign(answer, record);
		if (!isReached) calls.read = async () => await Promise.reject(new Error('out of reach'));
		await clock.goTo(clock.now() + laterMs);
		return await clock.finish(job.makeBody());
	};

	test('is not run', async () => {
		await expect(bodyLater(OVERRIDES, HAT, 61_000, true)).rejects.toMatchObject({
			message: expect.stringContaining('has changed since this batch began'),
		});
	});

	test.each<[what: string, inputs: object, record: object, laterMs: number, isReached: boolean]>([
		['within a minute it is not read again', OVERRIDES, HAT, 1_000, true],
		['the same workflow', OVERRIDES, { name: 'Hats' }, 61_000, true],
		['none is reported any more', OVERRIDES, { payload: {} }, 61_000, true],
		['it cannot be read', OVERRIDES, HAT, 61_000, false],
		['the item brings its own', { workflow_api_json: graph('a bag') }, HAT, 61_000, true],
	])('otherwise what was checked is sent: %s', async (_what, inputs, record, laterMs, isReached) => {
		const body = await bodyLater(inputs, record, laterMs, isReached);
		expect(body).toEqual(inputs === OVERRIDES ? { overrides: OVERRIDES } : inputs);
	});

	test('where none was reported when it was checked, there is nothing to compare', async () => {
		const { run, clock, answer } = runOf({ inputs: OVERRIDES, record: { payload: undefined } });
		const job = await clock.finish(deploymentJobs(run).readJob(run, 0));
		Object.assign(answer, HAT);
		await clock.goTo(clock.now() + 61_000);
		expect(await clock.finish(job.makeBody())).toEqual({ overrides: OVERRIDES });
	});
});

test.each([
	['https://n8n.example.com/webhook-waiting/7?signature=a%2Fb', true],
	['http://n8n.example.com/webhook-waiting/7', false],
	['https://localhost:5678/webhook-waiting/7', false],
	['https://10.0.0.7/webhook-waiting/7', false],
	['resume', false],
])('RunComfy itself must be able to call a webhook: %s', async (webhookUrl, isFine) => {
	const job = jobOf({ options: { webhookUrl } });
	if (!isFine) return await expect(job).rejects.toMatchObject({ message: expect.stringContaining("'Webhook URL'") });
	const { queue } = await job;
	expect(new URL(queue.submitUrl).searchParams.get('webhook')).toBe(webhookUrl);
});

test('it is told apart by service, deployment, workflow, inputs, file and webhook', async () => {
	const webhook = (webhookUrl: string, intermediateUpdates = false) => ({
		options: { webhookUrl, intermediateUpdates },
	});
	const scenes: Scene[] = [
		{},
		{ service: 'https://other.example' },
		{ id: OTHER_ID },
		{ workflow: graph('a hat') },
		{ inputs: { '6': { inputs: { text: 'a beach' } } } },
		{ inputs: { '6': { inputs: { text: 'a wood' } } } },
		{ inputs: { '3': { inputs: { seed: 7 } } } },
		{ file: pngBefore(Buffer.from('one')) },
		{ file: pngBefore(Buffer.from('two')) },
		webhook('https://shop.example/a'),
		webhook('https://shop.example/b'),
		webhook('https://shop.example/a', true),
	];
	const hashes = await Promise.all(scenes.map(async (scene) => (await jobOf(scene)).hash));
	expect(new Set(hashes).size).toBe(scenes.length);
	expect((await jobOf({ record: { queue_size: 9 } })).hash).toBe(hashes[0]);
});
