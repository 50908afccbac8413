/** Building a workflow in n8n's editor, as people do, by pressing Execute step again and again: what is paid for it? */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import type { Editor } from '../n8n/editor.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { until } from '../lib/until.mts';
import { manualTrigger, node, replaceAndWait, workflow } from '../n8n/workflow.mts';
import { EditorScene } from './editorScene.mts';
import type { World } from './world.mts';

const PROMPT = 'on a marble table';
const CHANGED = 'on a beach at noon';

const TAKEN = /^1 picture: reused from your \d\d:\d\d test run, not charged again\. For new results, change the input/m;

let scene: EditorScene;
let world: World;
let rest: N8nRest;
let editor: Editor;
let workflowId: string;

before(async () => {
	scene = await EditorScene.open({ name: 'test-runs' });
	({ world, rest, editor } = scene);
	const credential = await world.createCredential(rest);
	const ours = replaceAndWait(credential, {
		parameters: { imageUrl: 'https://images.example.com/cup.jpg', prompt: PROMPT },
	});
	const everySecond = { rule: { interval: [{ field: 'seconds', secondsInterval: 1 }] } };
	const triggers = [
		manualTrigger(),
		node('Schedule', 'n8n-nodes-base.scheduleTrigger', everySecond, { typeVersion: 1.2 }),
	];
	workflowId = await rest.createWorkflow(
		workflow(
			'Test runs',
			[...triggers, ours],
			[
				['Start', 'RunComfy'],
				['Schedule', 'RunComfy'],
			],
		),
	);
	await editor.openWorkflow(workflowId);
	await editor.openNode('RunComfy');
});
afterEach(async (context) => await scene.noteEnd(context));
after(async () => await scene.close());

/** Presses Execute step and gives what was paid for it, and the hints above the items. */
async function press(): Promise<{ paid: number; hints: string }> {
	const { submitsReceived } = world.emulator.counts();
	const known = new Set((await rest.executions(workflowId)).map(({ id }) => id));
	await editor.execute();
	const executionId = await until('the execution', async () => {
		return (await rest.executions(workflowId)).find(({ id }) => !known.has(id))?.id;
	});
	const { status, mode } = await rest.untilEnded(executionId);
	assert.deepEqual({ status, mode }, { status: 'success', mode: 'manual' });
	await editor.settle();
	const hints = await editor.output.getByTestId('node-hint').allInnerTexts();
	return { paid: world.emulator.counts().submitsReceived - submitsReceived, hints: hints.join('\n') };
}

test('Check Inputs says what it will cost and pays nothing', async () => {
	await editor.select('operation', 'Check Inputs');
	const { paid, hints } = await press();
	assert.match(hints, /1 item is ready to run\. Nothing was charged\. Estimated cost: \$0\.06/);
	assert.equal(paid, 0);
});

test('Execute step pays the first time', async () => {
	await editor.select('operation', 'Replace and Wait');
	const { paid, hints } = await press();
	assert.match(hints, /1 picture, \$0\.06 in total/);
	assert.doesNotMatch(hints, TAKEN);
	assert.equal(paid, 1);
});

for (const time of ['second', 'third']) {
	test(`the ${time} time it pays nothing, and says so`, async () => {
		const { paid, hints } = await press();
		assert.match(hints, TAKEN);
		assert.equal(paid, 0);
	});
}

test('with Download Files on it pays nothing', async () => {
	await editor.openCollection('Add Option');
	await editor.choose('Download Files');
	const { paid, hints } = await press();
	assert.match(hints, TAKEN);
	assert.ok((await editor.output.getByTestId('ndv-view-binary-data').count()) > 0, 'no file');
	assert.equal(paid, 0);
});

test('a changed prompt is paid', async () => {
	await editor.fill('prompt', CHANGED);
	const { paid, hints } = await press();
	assert.doesNotMatch(hints, TAKEN);
	assert.equal(paid, 1);
	assert.deepEqual(
		world.emulator.requests().map(({ input }) => input.prompt),
		[PROMPT, CHANGED],
	);
});

test('a production run of the same workflow pays', async () => {
	await editor.page.keyboard.press('Control+s');
	await until('the saved workflow', async () => {
		const saved = await rest.call('GET', `/rest/workflows/${workflowId}`);
		return JSON.stringify(saved).includes(CHANGED);
	});
	await rest.activate(workflowId);
	const started = await until('a production run', async () => {
		const runs = (await rest.executions(workflowId)).filter(({ mode }) => mode === 'trigger');
		return runs.length > 0 && runs;
	});
	await rest.deactivate(workflowId);
	assert.equal((await rest.untilEnded(started[0].id)).status, 'success');
	// By now the schedule may have come round again.
	await until('each production run to have paid once', async () => {
		const all = (await rest.executions(workflowId)).filter(({ mode }) => mode === 'trigger');
		return world.emulator.counts().submitsReceived === 2 + all.length;
	});
	assert.equal(world.emulator.requests()[2].input.prompt, CHANGED);
	assert.deepEqual(editor.errors, []);
});
