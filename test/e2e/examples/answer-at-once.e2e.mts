/** The example `start/answer-at-once`: a caller has the request ID before the machine has even started. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { DEPLOYMENT_IDS } from '../../emulator/emulator.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { until } from '../../lib/until.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

/** A cold start of three minutes takes three seconds. */
const SPEED = 60;

let its: ExampleWorld;
let address: string;

before(async () => {
	its = await ExampleWorld.open('example-answer', '', [], [], { deploymentSpeed: SPEED });
	const runComfyApi = await its.world.createCredential(its.rest);
	const example = await Example.import(its.rest, 'start/answer-at-once', {
		credentials: { [OUR_NODE]: { runComfyApi } },
	});
	const deploymentId = { __rl: true, mode: 'id', value: DEPLOYMENT_IDS.flux };
	const inputs = { inputMode: 'json', inputsJson: '={{ { "6": { "inputs": { "text": $json.body?.prompt } } } }}' };
	await example.change((node) =>
		node.type === OUR_NODE
			? { ...node, parameters: { ...node.parameters, deploymentId, ...(node.name === 'Submit' && inputs) } }
			: node,
	);
	await example.activate();
	address = `${its.world.n8n.url}/webhook/runcomfy-pictures`;
});
beforeEach(() => its.reset());
afterEach((context) => its.checked(context));
after(async () => await its.close());

const runs = () => its.world.emulator.deployments.runs();

async function start(prompt: string): Promise<{ status: number; request_id: string }> {
	const body = JSON.stringify({ prompt });
	const answer = await fetch(address, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
	return { status: answer.status, ...((await answer.json()) as { request_id: string }) };
}

const ask = async (id: string) =>
	(await (await fetch(`${address}?request_id=${id}`)).json()) as [{ finished?: boolean; image_url?: string }];

test('answers with the request ID while the machine starts, and later with the picture', async () => {
	const { status, request_id: id } = await start('a red shoe');
	assert.deepEqual([status, id], [202, runs()[0].id]);
	assert.equal(runs()[0].state, 'in_queue');
	assert.equal(runs()[0].graph['6'].inputs.text, 'a red shoe');
	const [early] = await ask(id);
	assert.equal(early.finished, false);
	const [result] = await until('the picture', async () => {
		const found = await ask(id);
		return found[0].image_url !== undefined && found;
	});
	assert.match(String(result.image_url), new RegExp(id));
	assert.equal(its.submits(), 1);
});

test('two callers have two runs, each with its own picture', async () => {
	const started = await Promise.all([start('a fox'), start('a hare')]);
	const ids = started.map(({ request_id: id }) => id);
	assert.equal(new Set(ids).size, 2);
	assert.equal(its.submits(), 2);
	for (const id of ids) {
		await until('its picture', async () => String((await ask(id))[0].image_url).includes(id));
	}
});
