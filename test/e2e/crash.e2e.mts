/** kill -9 of n8n: the durable workflow goes on, and what the plain Replace and Wait loses is said as it is. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { durableWorkflow, productsOf } from './durableWorkflow.mts';
import { Example } from './example.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import type { N8nServer } from '../n8n/n8nHome.mts';
import { until } from '../lib/until.mts';
import { chain, products, replaceAndWait, webhookTrigger } from '../n8n/workflow.mts';
import { World } from './world.mts';

/** The example waits for 70 s; the rest is n8n's own pace. */
const DURABLE_ENDS_WITHIN_MS = 150_000;

let world: World;
let server: N8nServer;
let rest: N8nRest;
let credential: { id: string; name: string };

before(async () => {
	world = await World.open({ name: 'crash' });
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
