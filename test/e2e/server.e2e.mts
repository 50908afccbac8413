/** Workflows of a running n8n: started by webhook, by schedule and by hand, stopped, retried, nested, looped. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { itemsOf, type N8nRest } from '../n8n/n8nRest.mts';
import { pause, until } from '../lib/until.mts';
import {
	chain,
	code,
	manualTrigger,
	node,
	products,
	replaceAndWait,
	webhookTrigger,
	workflow,
} from '../n8n/workflow.mts';
import { World } from './world.mts';

/** From the Stop call to a canceled execution, on cores that others use too. */
const STOP_WITHIN_MS = 600;

/** n8n asks its makers for a list of servers, whatever is switched off. The proxy refuses that too. */
const N8N_ITSELF = 'api.n8n.io:443';

/** Of no use to a person: the smallest PNG there is. */
const PNG_BASE64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let world: World;
let rest: N8nRest;
let credential: { id: string; name: string };

before(async () => {
	world = await World.open({ name: 'server' });
	({ rest } = await world.start());
	credential = await world.createCredential(rest);
});
beforeEach(() => world.emulator.reset());
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => await world.close());

const noOp = (name: string) => node(name, 'n8n-nodes-base.noOp');

const allAreCancelled = () => world.emulator.requests().every(({ state }) => state === 'cancelled');

/** How often each photo was bought. */
function purchases(): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { input } of world.emulator.requests()) {
		counts[String(input.image)] = (counts[String(input.image)] ?? 0) + 1;
	}
	return counts;
}

test('the credential test accepts the right token', async () => {
	const answer = await rest.testCredential('runComfyApi', world.credentialData);
	assert.deepEqual(answer, { status: 'OK', message: 'Connection successful!' });
});

test('the credential test reads a wrong token as not accepted', async () => {
	const answer = await rest.testCredential('runComfyApi', { ...world.credentialData, apiToken: 'wrong' });
	assert.equal(answer.status, 'Error');
	assert.match(answer.message, /RunComfy did not accept the API token/);
});

test('20 webhooks at once buy 20 pictures, and the public API gives all 20 executions', async () => {
	const ours = replaceAndWait(credential, { parameters: { imageUrl: '={{ $json.body.photo }}' } });
	const job = chain('Webhooks', [webhookTrigger('twenty'), ours]);
	const id = await rest.createWorkflow(job);
	await rest.activate(id);
	const answers = await Promise.all(
		Array.from({ length: 20 }, async (_, index) => {
			return await rest.webhook('twenty', { photo: `https://images.example.com/${index}.jpg` });
		}),
	);
	for (const { status, body } of answers) {
		assert.equal(status, 200);
		assert.equal((body as Array<{ status: string }>)[0].status, 'succeeded');
	}
	assert.equal(world.emulator.counts().submitsReceived, 20);
	assert.equal(Object.keys(purchases()).length, 20);

	const executions = await until('20 saved executions', async () => {
		const list = await rest.executions(id);
		return list.length === 20 && list.every(({ status }) => status === 'success') && list;
	});
	const requestIds = new Set<unknown>();
	for (const execution of executions) {
		requestIds.add(itemsOf(await rest.execution(execution.id), 'RunComfy')[0].json.request_id);
	}
	assert.deepEqual(
		[...requestIds].sort(),
		world.emulator
			.requests()
			.map((request) => request.id)
			.sort(),
	);
});

test('Retry execution buys only what failed', async () => {
	world.emulator.onCall = ({ phase, nth }) => {
		if (phase === 'submit' && nth === 3) world.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
		return undefined;
	};
	const job = chain('Retry', [webhookTrigger('retry'), products(5), replaceAndWait(credential)]);
	const id = await rest.createWorkflow(job);
	await rest.activate(id);
	assert.equal((await rest.webhook('retry')).status, 500);
	const [{ id: failedId }] = await rest.executions(id);
	const failed = await rest.untilEnded(failedId);
	assert.equal(failed.status, 'error');
	assert.match(String(failed.data?.resultData.error?.message), /failed/);
	assert.equal(world.emulator.counts().submitsReceived, 5);

	const retried = await rest.untilEnded(await rest.retry(failedId));
	assert.equal(retried.status, 'success');
	assert.equal(itemsOf(retried, 'RunComfy').length, 5);
	assert.deepEqual(Object.values(purchases()).sort(), [1, 1, 1, 1, 2]);
});

test('Retry execution of a photo that a webhook received buys nothing, although n8n has moved the file meanwhile', async () => {
	const fault = { kind: 'status', status: 400, body: { message: 'no' } } as const;
	world.emulator.onCall = ({ phase }) => (phase === 'result' ? fault : undefined);
	const ours = replaceAndWait(credential, { parameters: { imageSource: 'binary' } });
	const id = await rest.createWorkflow(chain('Photo', [webhookTrigger('photo'), ours]));
	await rest.activate(id);
	const photo = Buffer.from(PNG_BASE64, 'base64');
	await fetch(`${rest.url}/webhook/photo`, { method: 'POST', headers: { 'content-type': 'image/png' }, body: photo });
	const [{ id: failedId }] = await rest.executions(id);
	await rest.untilEnded(failedId);
	assert.equal(world.emulator.counts().submitsReceived, 1);

	world.emulator.onCall = undefined;
	const retried = await rest.untilEnded(await rest.retry(failedId));
	assert.equal(retried.status, 'success');
	assert.equal(itemsOf(retried, 'RunComfy')[0].json.request_id, world.emulator.requests()[0].id);
	assert.equal(world.emulator.counts().submitsReceived, 1);
});

test('Continue On Fail: the error branch feeds another node, with the item it belongs to', async () => {
	world.emulator.onCall = ({ phase, nth }) => {
		if (phase === 'submit' && nth === 2) world.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
		return undefined;
	};
	const nodes = [
		manualTrigger(),
		products(3),
		replaceAndWait(credential, { onError: 'continueErrorOutput' }),
		noOp('Good'),
		node(
			'Bad',
			'n8n-nodes-base.set',
			{
				assignments: {
					assignments: [
						{ id: 'a', name: 'said', type: 'string', value: '={{ $json.error.message }}' },
						{ id: 'b', name: 'request', type: 'string', value: '={{ $json.error.request_id }}' },
						{ id: 'c', name: 'sku', type: 'string', value: "={{ $('Products').item.json.sku }}" },
					],
				},
			},
			{ typeVersion: 3.4 },
		),
	];
	const job = workflow('Error branch', nodes, [
		['Start', 'Products'],
		['Products', 'RunComfy'],
		['RunComfy', 'Good'],
		['RunComfy', 'Bad', { output: 1 }],
	]);
	const execution = await rest.untilEnded(await rest.run(await rest.createWorkflow(job), 'Start'));
	assert.equal(execution.status, 'success');
	assert.equal(itemsOf(execution, 'Good').length, 2);
	const [bad, ...others] = itemsOf(execution, 'Bad').map(({ json }) => json);
	assert.equal(others.length, 0);
	const failedRequest = world.emulator.requests().find(({ state }) => state === 'failed');
	assert.equal(bad.request, failedRequest?.id);
	assert.match(String(bad.said), /failed/);
	assert.equal(failedRequest?.input.image, `https://images.example.com/${String(bad.sku).slice(4)}.jpg`);
	assert.equal(world.emulator.counts().submitsReceived, 3);
});

test('a sub-workflow gives the pictures to the workflow that called it', async () => {
	const trigger = node(
		'Called',
		'n8n-nodes-base.executeWorkflowTrigger',
		{ inputSource: 'passthrough' },
		{ typeVersion: 1.1 },
	);
	const childId = await rest.createWorkflow(chain('Child', [trigger, replaceAndWait(credential)]));
	// n8n 2 calls published workflows only.
	await rest.activate(childId);
	const call = node(
		'Call',
		'n8n-nodes-base.executeWorkflow',
		{ workflowId: { __rl: true, mode: 'id', value: childId }, options: {} },
		{ typeVersion: 1.2 },
	);
	const id = await rest.createWorkflow(chain('Parent', [manualTrigger(), products(3), call]));
	const execution = await rest.untilEnded(await rest.run(id, 'Start'));
	assert.equal(execution.status, 'success');
	assert.deepEqual(
		itemsOf(execution, 'Call').map(({ json }) => json.status),
		Array(3).fill('succeeded'),
	);
	assert.equal(world.emulator.counts().submitsReceived, 3);
});

test('Loop Over Items: each item is bought once, in batches of two', async () => {
	const loop = node('Loop', 'n8n-nodes-base.splitInBatches', { batchSize: 2, options: {} }, { typeVersion: 3 });
	const job = workflow(
		'Loop',
		[manualTrigger(), products(5), loop, replaceAndWait(credential), noOp('Done')],
		[
			['Start', 'Products'],
			['Products', 'Loop'],
			['Loop', 'Done', { output: 0 }],
			['Loop', 'RunComfy', { output: 1 }],
			['RunComfy', 'Loop'],
		],
	);
	const execution = await rest.untilEnded(await rest.run(await rest.createWorkflow(job), 'Start'));
	assert.equal(execution.status, 'success');
	assert.equal(itemsOf(execution, 'Done').length, 5);
	assert.equal(execution.data?.resultData.runData.RunComfy.length, 3);
	assert.deepEqual(Object.values(purchases()), [1, 1, 1, 1, 1]);
});

test('a file goes in and a file comes out', async () => {
	const job = chain('Files', [
		manualTrigger(),
		code('Photo', `return [{ json: { photo: '${PNG_BASE64}' } }];`),
		node(
			'To File',
			'n8n-nodes-base.convertToFile',
			{ operation: 'toBinary', sourceProperty: 'photo', options: { fileName: 'photo.png', mimeType: 'image/png' } },
			{ typeVersion: 1.1 },
		),
		replaceAndWait(credential, { parameters: { imageSource: 'binary', options: { downloadImages: true } } }),
	]);
	const execution = await rest.untilEnded(await rest.run(await rest.createWorkflow(job), 'Start'));
	assert.equal(execution.status, 'success');
	const [item] = itemsOf(execution, 'RunComfy');
	assert.equal((item.binary?.data as { mimeType: string }).mimeType, 'image/png');
	assert.match(String(world.emulator.requests()[0].input.image), /^data:image\/png;base64,/);
});

test(`Stop ends the execution within ${STOP_WITHIN_MS} ms and cancels the queued requests`, async (context) => {
	world.emulator.set({ queueMs: 60_000 });
	const id = await rest.createWorkflow(chain('Stop', [manualTrigger(), products(4), replaceAndWait(credential)]));
	const executionId = await rest.run(id, 'Start');
	await until('4 submits', () => world.emulator.counts().submitsAccepted === 4);
	const stoppedMs = Date.now();
	await rest.stop(executionId);
	const execution = await rest.untilEnded(executionId);
	const tookMs = Date.now() - stoppedMs;
	context.diagnostic(`canceled after ${tookMs} ms`);
	assert.equal(execution.status, 'canceled');
	assert.ok(tookMs <= STOP_WITHIN_MS, `it took ${tookMs} ms`);
	await until('4 cancelled requests', allAreCancelled, 5_000);
	assert.equal(world.emulator.counts().submitsReceived, 4);
});

test('the timeout of a workflow ends the wait and cancels the queued requests', async () => {
	world.emulator.set({ queueMs: 60_000 });
	const id = await rest.createWorkflow(
		chain('Timeout', [webhookTrigger('timeout', 'onReceived'), products(2), replaceAndWait(credential)], {
			executionTimeout: 3,
		}),
	);
	await rest.activate(id);
	await rest.webhook('timeout');
	const [{ id: executionId }] = await until('an execution', async () => {
		const list = await rest.executions(id);
		return list.length > 0 && list;
	});
	const execution = await rest.untilEnded(executionId);
	assert.equal(execution.status, 'canceled');
	await until('2 cancelled requests', allAreCancelled, 5_000);
	assert.equal(world.emulator.counts().submitsReceived, 2);
});

test('a schedule buys one picture at each run', async () => {
	const schedule = node(
		'Schedule',
		'n8n-nodes-base.scheduleTrigger',
		{ rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] } },
		{ typeVersion: 1.2 },
	);
	const id = await rest.createWorkflow(chain('Schedule', [schedule, products(1), replaceAndWait(credential)]));
	await rest.activate(id);
	await until('two good executions', async () => {
		return (await rest.executions(id)).filter(({ status }) => status === 'success').length >= 2;
	});
	await rest.deactivate(id);
	await pause(200);
	const executions = await rest.executions(id);
	for (const { id: executionId } of executions) await rest.untilEnded(executionId);
	assert.equal(world.emulator.counts().submitsReceived, executions.length);
});

test('nobody but the emulator was called', () => {
	assert.deepEqual(
		world.noWayOut.refused.filter((host) => host !== N8N_ITSELF),
		[],
	);
});
