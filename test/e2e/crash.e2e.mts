/** kill -9 of n8n: the durable workflow goes on, and what the plain Replace and Wait loses is said as it is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';

import { durableWorkflow, productsOf } from './durableWorkflow.mts';
import { Example } from './example.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import type { N8nServer } from '../n8n/n8nHome.mts';
import { DEPLOYMENT_IDS } from '../emulator/emulator.mts';
import { until } from '../lib/until.mts';
import { chain, credentialOf, node, OUR_NODE, products, replaceAndWait, webhookTrigger } from '../n8n/workflow.mts';
import { World } from './world.mts';

/** The example waits for 70 s; the rest is n8n's own pace. */
const DURABLE_ENDS_WITHIN_MS = 150_000;

/** A machine that starts for twenty seconds, and then works for two. */
const MACHINE_SPEED = 60;
const COLD_START_SECONDS = 20 * MACHINE_SPEED;

let world: World;
let server: N8nServer;
let rest: N8nRest;
let credential: { id: string; name: string };

before(async () => {
	world = await World.open({ name: 'crash', emulator: { deploymentSpeed: MACHINE_SPEED } });
	server = await world.start();
	({ rest } = server);
	credential = await world.createCredential(rest);
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => await world.close());

const boughtFor = (run: string) =>
	world.emulator.requests().filter(({ input }) => String(input.image).includes(`/${run}`));

test('one kill -9: the durable workflow pays once, the plain one pays again when retried', async (context) => {
	const durable = productsOf('durable', 3);
	const refused = { ...productsOf('refused', 1)[0], prompt: '' };
	const durableId = await rest.createWorkflow(durableWorkflow(credential, 'durable'));
	const plainId = await rest.createWorkflow(
		chain('Plain', [webhookTrigger('plain', 'onReceived'), products(3), replaceAndWait(credential)]),
	);
	await rest.activate(durableId);
	await rest.activate(plainId);

	await rest.webhook('durable', { products: [durable[0], refused, durable[1], durable[2]] });
	const waiting = await until('the durable workflow to wait', async () => {
		return (await rest.executions(durableId)).find(({ status }) => status === 'waiting');
	});
	world.emulator.set({ runMs: 30_000 });
	await rest.webhook('plain');
	await until('the plain workflow to wait for its pictures', () => world.emulator.requests().length === 6);

	await server.process.kill9();
	server = await world.start();
	({ rest } = server);
	context.diagnostic(`n8n was back after ${server.startMs} ms`);

	const [plain] = await rest.executions(plainId);
	assert.equal(plain.status, 'crashed');
	const retried = await rest.untilEnded(await rest.retry(plain.id), 90_000);
	assert.equal(retried.status, 'success');
	// Not what anybody wants: n8n keeps nothing of a node it was killed in, so the node cannot know what it bought.
	assert.equal(world.emulator.requests().length - boughtFor('durable').length, 6);

	const done = await rest.untilEnded(waiting.id, DURABLE_ENDS_WITHIN_MS);
	// The photo without a prompt needs a person; all else was delivered before the run says so.
	assert.equal(done.status, 'error');
	assert.match(String(done.data?.resultData.error?.message), new RegExp(`3 delivered.*${refused.item}`));
	assert.equal(boughtFor('durable').length, 3);
	const pictures = Example.allItems(done, 'Pictures');
	assert.deepEqual(
		pictures.map(({ item, request_id }) => [item, request_id]),
		durable.map(({ item, photo }) => [item, boughtFor('durable').find(({ input }) => input.image === photo)?.id]),
	);
});

test('killed while a machine starts: the request is in the log and can be fetched; a retry runs it again', async () => {
	const parameters = { resource: 'deployment', deploymentId: { __rl: true, mode: 'id', value: DEPLOYMENT_IDS.flux } };
	const inputs = {
		operation: 'runAndWait',
		inputMode: 'json',
		inputsJson: '{"6": {"inputs": {"text": "a red shoe"}}}',
	};
	const ours = node('RunComfy', OUR_NODE, { ...parameters, ...inputs }, credentialOf(credential));
	const machineId = await rest.createWorkflow(chain('Machine', [webhookTrigger('machine', 'onReceived'), ours]));
	await rest.activate(machineId);
	world.emulator.set({ coldStartSeconds: COLD_START_SECONDS });
	const { runs } = world.emulator.deployments;
	await rest.webhook('machine');
	await until('the run to be submitted', () => runs().length === 1);
	const [{ id }] = runs();
	await until('its ID in the log', () =>
		readFileSync(server.process.logFile, 'utf8').includes(`RunComfy accepted request ${id}`),
	);

	await server.process.kill9();
	server = await world.start();
	({ rest } = server);
	const [crashed] = await rest.executions(machineId);
	assert.equal(crashed.status, 'crashed');
	// As with models: n8n keeps nothing of a node it was killed in.
	const retried = await rest.untilEnded(await rest.retry(crashed.id), 90_000);
	assert.equal(retried.status, 'success');
	assert.equal(runs().length, 2);

	const fetched = { resource: 'request', operation: 'getResult', requestOf: 'deployment', requestId: id };
	const get = node('RunComfy', OUR_NODE, { ...parameters, ...fetched }, credentialOf(credential));
	const fetchId = await rest.createWorkflow(chain('Fetch', [webhookTrigger('fetch', 'lastNode'), get]));
	await rest.activate(fetchId);
	const { body } = await rest.webhook('fetch');
	assert.match(JSON.stringify(body), new RegExp(`/deployment_requests/${id}/output/`));
	assert.equal(runs().length, 2);
});
