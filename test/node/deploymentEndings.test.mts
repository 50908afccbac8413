/** Ways in which a run of a deployment ends that need more than a row in `deploymentWays`: machine seconds, Stop, what is handed over. */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { startEmulator } from '../emulator/emulator.mts';
import { until } from '../lib/until.mts';
import { FLUX, locator, openDeployments, runDeployment } from './deploymentFixture.mts';
import { inputItems, shareFixture } from './fixture.mts';

const node = shareFixture(openDeployments, {});

const counts = () => node.emulator.counts();
const runs = () => node.emulator.deployments.runs();
const meter = () => node.emulator.deployments.meter(FLUX);

/** Long enough for every machine to be down. */
const machinesDown = async () => await until('the machines to be down', () => meter().instancesAlive === 0, 5_000, 5);

const seeded = (index: unknown) => ({ '25': { inputs: { noise_seed: index } } });

describe('in time', () => {
	test('one submit, one machine, a few reads', async () => {
		const { items, error } = await node.run({ parameters: runDeployment(FLUX, seeded(1)) });
		expect([error, items.length]).toEqual([undefined, 1]);
		expect(counts()).toMatchObject({ submitsReceived: 1, submitsAccepted: 1, resultReads: 1, cancels: 0 });
		await machinesDown();
		const { machineSeconds, instancesStarted } = meter();
		expect(instancesStarted).toBe(1);
		expect(machineSeconds).toBeCloseTo(180 + 12 + 60, -1);
	});

	test('the result is read only after the status has said that it is there', async () => {
		node.emulator.set({ earlyResult: '400' });
		const { error } = await node.run({ parameters: runDeployment(FLUX, seeded(1)) });
		expect(error).toBeUndefined();
		expect(counts().resultReads).toBe(1);
	});
});

describe('cancelled', () => {
	test.each(['both', 'statusAlone', 'requestedAlone', 'canceled'] as const)(
		'by Stop, queued and running (%s)',
		async (cancelForm) => {
			node.emulator.set({ jobOutcome: 'stuck', cancelForm });
			const running = node.start({
				items: inputItems(3),
				parameters: runDeployment(FLUX, {}, { inputsJson: '={{ { "6": { "inputs": { "text": $json.sku } } } }}' }),
			});
			await until(
				'a running one',
				() => runs().some(({ state }) => state === 'in_progress') && runs().length === 3,
				5_000,
				5,
			);
			running.stop();
			await running.result;
			await until('all to be cancelled', () => runs().every(({ state }) => state === 'cancelled'), 5_000, 5);
			expect(counts()).toMatchObject({ submitsReceived: 3, cancelsGranted: 3 });
			await machinesDown();
		},
	);
});

describe('known and unknown', () => {
	test('expired: says so', async () => {
		const { items } = await node.run({ parameters: runDeployment(FLUX, seeded(1), { operation: 'submit' }) });
		node.emulator.set({ requestLifeMs: 1 });
		const gone = await node.run({ parameters: runDeployment(FLUX, seeded(2), { operation: 'submit' }) });
		const result = await node.run({ parameters: request('getResult', gone.items[0].json.status_url) });
		expect(result.error?.message).toMatch(/does not know request/);
		expect(items).toHaveLength(1);
	});
});

describe('taken up', () => {
	const parameters = runDeployment(FLUX, seeded(3));

	test('by a test run, and by none of production', async () => {
		await node.run({ parameters, mode: 'manual' });
		const again = await node.run({ parameters, mode: 'manual' });
		expect(again.items[0].json).toMatchObject({ request_id: runs()[0].id, node_title: 'Save Image' });
		expect(counts().submitsReceived).toBe(1);
		node.emulator.deployments.publish(FLUX, (graph) => void (graph['17'].inputs.steps = 30));
		await node.run({ parameters, mode: 'manual' });
		expect(counts().submitsReceived).toBe(2);
		await node.run({ parameters, mode: 'trigger' });
		expect(counts().submitsReceived).toBe(3);
	});

	test('by none of two executions at once', async () => {
		await Promise.all([node.run({ parameters }), node.run({ parameters })]);
		expect(counts().submitsReceived).toBe(2);
	});

	test('by Retry execution with a credential for other hosts: asked for there, and the token goes nowhere else', async () => {
		const other = await startEmulator({ token: 'another-token' });
		node.emulator.fault('status', { kind: 'status', status: 400, body: { message: 'no' } });
		const { finished } = await node.run({ parameters });
		const { total } = counts();
		const credentials = { runComfyApi: other.credential };
		await node.run({ parameters, retryOf: finished, credentials });
		const there = other.counts();
		await other.close();
		expect(counts().total).toBe(total);
		expect(there.statusReads).toBeGreaterThan(0);
		expect(there.total).toBe(there.statusReads);
	});
});

const request = (operation: string, requestId: unknown, rest: INodeParameters = {}): INodeParameters => ({
	resource: 'request',
	operation,
	requestId: requestId as string,
	...rest,
});

describe('handed over', () => {
	const submitted = async () => {
		const { items } = await node.run({ parameters: runDeployment(FLUX, seeded(1), { operation: 'submit' }) });
		return items[0].json;
	};

	test.each(['status_url', 'result_url', 'cancel_url'])('Get Result by %s, waiting', async (name) => {
		const { [name]: address } = await submitted();
		const { items, error } = await node.run({ parameters: request('getResult', address, { waitUntilFinished: true }) });
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({
			image_url: expect.any(String),
			node_title: 'Save Image',
			deployment_id: FLUX,
		});
		expect(counts().submitsReceived).toBe(1);
	});

	test.each([
		['is refused', { kind: 'status', status: 400, body: { error_message: 'no' } }],
		['does not end', { kind: 'hang', effect: 'before' }],
	] as const)('Retry while reading titles %s: the paid file comes, Output Nodes or not', async (_what, fault) => {
		const parameters = runDeployment(FLUX, seeded(1), { options: { outputNodes: 'Save Image' } });
		node.emulator.fault('result', { kind: 'status', status: 400, body: { error_message: 'no' } }, { next: 1 });
		const first = await node.run({ parameters, mode: 'trigger' });
		expect(first.error?.message).toContain(runs()[0].id);
		node.emulator.fault('deployment', fault);
		// The reading alone would go on for as long as this test may take.
		Object.assign(node.policies.call, { readTimeoutMs: 60_000, singleCallWindowMs: 60_000, nodeNamesPatienceMs: 50 });
		const { items, finished } = await node.run({ parameters, mode: 'trigger', retryOf: first.finished });
		expect(items).toMatchObject([{ json: { image_url: expect.any(String), node_id: '9', deployment_id: FLUX } }]);
		expect(items[0].json).not.toHaveProperty('node_title');
		expect(JSON.stringify(finished.hints)).not.toContain('cached');
		expect(counts().submitsReceived).toBe(1);
	});

	test.each([
		['error', /was still in_progress/, 'in_progress'],
		['cancel', /was cancelled/, 'cancelled'],
	])('Get Result whose time runs out, %s', async (onTimeout, says, state) => {
		node.emulator.set({ jobOutcome: 'stuck' });
		const { request_id: id, result_url: address } = await submitted();
		await until('it to run', () => runs()[0].state === 'in_progress', 5_000, 5);
		const options = { timeout: 1, onTimeout };
		const waiting = request('getResult', address, { waitUntilFinished: true, options });
		const { error } = await node.run({ parameters: waiting, retryOnFail: true, maxTries: 2, waitBetweenTries: 1 });
		expect(`${error?.message} ${error?.description}`).toMatch(says);
		expect(error?.message).toContain(id);
		expect([runs()[0].state, counts().submitsReceived]).toEqual([state, 1]);
	});

	test('Get Status, Get Result and Cancel by Belongs To', async () => {
		node.emulator.set({ jobOutcome: 'stuck' });
		const { request_id: id } = await submitted();
		const of = { requestOf: 'deployment', ...locator(FLUX) };
		const status = await node.run({ parameters: request('getStatus', id, of) });
		expect(status.items[0].json).toMatchObject({ request_id: id, finished: false });
		const unfinished = await node.run({ parameters: request('getResult', id, of) });
		expect(unfinished.items[0].json).toMatchObject({ finished: false });
		await until('it to run', () => runs()[0].state === 'in_progress', 5_000, 5);
		const cancelled = await node.run({ parameters: request('cancel', id, of) });
		expect(cancelled.items[0].json).toMatchObject({ cancelled: true });
		expect(runs()[0].state).toBe('cancelled');
		const asModel = await node.run({ parameters: request('getStatus', id) });
		expect(asModel.error?.message).toMatch(/does not know request/);
	});

	test('an address of another service is not even looked at', async () => {
		const address = `https://api.example.com/prod/v2/deployments/${FLUX}/requests/x/status`;
		const { error } = await node.run({ parameters: request('getResult', address) });
		expect(error?.message).toMatch(/is not the URL/);
	});
});
