/** The example `start/variants`: each prompt with each palette. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { itemsOf } from '../../n8n/n8nRest.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

let its: ExampleWorld;
let variants: Example;

before(async () => {
	its = await ExampleWorld.open('example-variants', '', [], []);
	const runComfyApi = await its.world.createCredential(its.rest);
	variants = await Example.import(its.rest, 'start/variants', { credentials: { [OUR_NODE]: { runComfyApi } } });
});
beforeEach(() => its.reset());
afterEach((context) => its.checked(context));
after(async () => await its.close());

test('each prompt with each palette is sent once, and each comes out as a picture', async () => {
	const execution = await variants.run('Start');
	assert.equal(execution.status, 'success');
	const sent = its.world.emulator.requests().map(({ input }) => [input.image, input.prompt, input.color_palette]);
	assert.equal(sent.length, 6);
	assert.equal(new Set(sent.map((one) => JSON.stringify(one))).size, 6);
	const items = itemsOf(execution, 'Pictures');
	const made = its.world.emulator.requests().map(({ outputs }) => outputs[0]);
	assert.deepEqual(items.map(({ json }) => json.image_url).sort(), made.sort());
	for (const { json, binary } of items) {
		assert.ok(json.prompt && json.palette && Number(json.cost) > 0, JSON.stringify(json));
		assert.equal((binary?.data as { mimeType: string }).mimeType, 'image/png');
	}
});

test('what failed has its reason in place of a picture, the rest is delivered', async () => {
	its.world.emulator.onCall = ({ phase }) => {
		const { submitsAccepted } = its.world.emulator.counts();
		if (phase === 'submit' && submitsAccepted < 2) {
			its.world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' }, { next: 1 });
		}
		return undefined;
	};
	const execution = await variants.run('Start');
	assert.equal(execution.status, 'success');
	const items = itemsOf(execution, 'Pictures');
	assert.equal(items.filter(({ binary }) => binary?.data).length, 4);
	const problems = items.map(({ json }) => json).filter(({ problem }) => problem);
	assert.equal(problems.length, 2);
	for (const { problem, details, request_id: id } of problems) {
		assert.match(String(problem), /could not be found/);
		assert.match(String(details), /request is charged/);
		assert.ok(its.world.emulator.requests().some((request) => request.id === id));
	}
	assert.equal(its.world.emulator.counts().submitsReceived, 6);
});
