/** The example `start/long-run-webhook`: n8n sleeps until RunComfy calls, or until the time limit. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { DEPLOYMENT_IDS } from '../../emulator/emulator.mts';
import { type Execution, itemsOf } from '../../n8n/n8nRest.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { until } from '../../lib/until.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

/** A cold start of three minutes takes three seconds: n8n is asleep long before the run ends. */
const SPEED = 60;

/** n8n looks once a minute for executions whose time limit has passed. */
const LIMIT_MS = 180_000;

let its: ExampleWorld;
let example: Example;

before(async () => {
	its = await ExampleWorld.open('example-long-run', '', [], [], { deploymentSpeed: SPEED });
	const runComfyApi = await its.world.createCredential(its.rest);
	example = await Example.import(its.rest, 'start/long-run-webhook', { credentials: { [OUR_NODE]: { runComfyApi } } });
	await example.change((node) => {
		const { parameters } = node;
		if (node.name !== 'Submit') return node;
		const deploymentId = { __rl: true, mode: 'id', value: DEPLOYMENT_IDS.flux };
		// Each test is a run of its own.
		return {
			...node,
			parameters: { ...parameters, deploymentId, options: { ...OPTIONS, ...(parameters.options as object) } },
		};
	});
});
beforeEach(() => its.reset());
afterEach((context) => its.checked(context));
after(async () => await its.close());

const OPTIONS = { reuseInTestRuns: false, randomizeSeeds: true };

const runs = () => its.world.emulator.deployments.runs();
const deliveries = () => its.world.emulator.deployments.deliveries();

/** The one result there is, of the one run there is. */
function isDelivered(execution: Execution): void {
	assert.equal(execution.status, 'success');
	const [item, ...others] = itemsOf(execution, 'Get Result').map(({ json }) => json);
	assert.deepEqual(others, []);
	assert.equal(runs().length, 1);
	assert.equal(item.request_id, runs()[0].id);
	assert.match(String(item.image_url), new RegExp(`/deployment_requests/${runs()[0].id}/output/`));
	assert.equal(its.submits(), 1);
}

test('is woken by RunComfy’s call, and asks nothing while it sleeps', async () => {
	const execution = await example.run('Start');
	isDelivered(execution);
	const [delivery] = deliveries().filter(({ answered }) => answered === 200);
	assert.match(delivery.url, /\/webhook-waiting\/\d+/);
	const { statusReads, resultReads } = its.world.emulator.counts();
	assert.ok(statusReads <= 2 && resultReads <= 2, `${statusReads} and ${resultReads} reads`);
});

test('a call with a made-up result only wakes it: the result is read with the token', async () => {
	its.world.emulator.set({ webhook: 'forged' });
	const execution = await example.run('Start');
	isDelivered(execution);
	assert.ok(!JSON.stringify(itemsOf(execution, 'Get Result')).includes('forged'));
});

test('goes on by itself at the time limit, and waits for a run that is not finished then', async () => {
	await example.change((node) =>
		node.name === 'Wait for RunComfy'
			? { ...node, parameters: { ...node.parameters, resumeAmount: 1, resumeUnit: 'seconds' } }
			: node,
	);
	its.world.emulator.set({ webhook: 'never' });
	const started = example.run('Start', LIMIT_MS);
	await until('the submit', () => runs().length === 1);
	isDelivered(await started);
	assert.deepEqual(deliveries(), []);
});

test('killed while it sleeps: it goes on after the restart, and nothing runs twice', async () => {
	await example.change((node) =>
		node.name === 'Wait for RunComfy'
			? { ...node, parameters: { ...node.parameters, resumeAmount: 2, resumeUnit: 'minutes' } }
			: node,
	);
	// A minute of this machine's time: n8n is back by then, or the time limit wakes it.
	its.world.emulator.set({ coldStartSeconds: 3_600 });
	const id = await its.rest.run(example.id, 'Start');
	await until('it to sleep', async () => (await its.rest.execution(id)).status === 'waiting');
	await its.restart(example);
	isDelivered(await its.rest.untilEnded(id, 2 * LIMIT_MS));
});

/** The wait ends at once, and what it waited for is not ready. */
async function wakeEarly(): Promise<void> {
	await example.change((node) =>
		node.name === 'Wait for RunComfy'
			? { ...node, parameters: { ...node.parameters, resumeAmount: 1, resumeUnit: 'seconds' } }
			: node,
	);
}

test('killed while it submits: nothing submits again by itself', async () => {
	its.world.emulator.set({ webhook: 'never' });
	// RunComfy accepts the run, and n8n is killed before it hears of that: the worst moment there is.
	its.world.emulator.fault('submit', { kind: 'hang', effect: 'after' });
	await its.rest.run(example.id, 'Start');
	await until('the run to be accepted', () => runs().length === 1);
	await its.restart(example);
	await example.crashed();
	assert.deepEqual([runs().length, its.submits()], [1, 1]);
});

test('killed while it fetches the result: Retry fetches it, and nothing runs twice', async () => {
	await wakeEarly();
	its.world.emulator.set({ webhook: 'never', coldStartSeconds: 3_600 });
	const id = await its.rest.run(example.id, 'Start');
	await until('Get Result to wait', () => its.world.emulator.counts().statusReads >= 2, LIMIT_MS);
	assert.equal((await its.rest.execution(id)).status, 'running');
	await its.restart(example);
	const crashed = await example.crashed();
	isDelivered(await its.rest.untilEnded(await its.rest.retry(crashed), LIMIT_MS));
});
