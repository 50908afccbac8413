/** Any model in n8n's editor: found in the list, its inputs as fields, filled in, run, and a wrong value said. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import type { Editor } from '../n8n/editor.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { chain, credentialOf, manualTrigger, node, OUR_NODE } from '../n8n/workflow.mts';
import { until } from '../lib/until.mts';
import { EditorScene } from './editorScene.mts';
import type { World } from './world.mts';

let scene: EditorScene;
let world: World;
let rest: N8nRest;
let editor: Editor;

before(async () => {
	scene = await EditorScene.open({ name: 'model' });
	({ world, rest, editor } = scene);
});
afterEach(async (context) => await scene.noteEnd(context));
after(async () => await scene.close());

/** Chooses a model in the list behind 'Model', by words. */
async function chooseModel(words: string, modelName: string): Promise<string[]> {
	await editor.node.getByTestId('rlc-input').first().click();
	await editor.settle();
	await editor.page.getByTestId('rlc-search').first().fill(words);
	await editor.page.getByTestId('rlc-item').filter({ hasText: modelName }).first().waitFor();
	await editor.settle();
	const found = await editor.page.getByTestId('rlc-item').allInnerTexts();
	await scene.picture(`list-${words}`);
	await editor.page.getByTestId('rlc-item').filter({ hasText: modelName }).first().click();
	await editor.settle();
	return found;
}

/** Shows an optional input of the model. */
async function addField(name: string): Promise<void> {
	// A placeholder in older editors.
	await editor.node.locator('input[placeholder="Add input to send"], :text-is("Add input to send")').first().click();
	await editor.settle();
	await scene.picture('fields to add');
	await editor.page.getByText(name, { exact: true }).last().click();
	await editor.settle();
}

test('a model is found by words, with its price', async () => {
	const credential = await world.createCredential(rest);
	const ours = node('RunComfy', OUR_NODE, { resource: 'model', operation: 'runAndWait' }, credentialOf(credential));
	await editor.openWorkflow(await rest.createWorkflow(chain('Model', [manualTrigger(), ours])));
	await editor.openNode('RunComfy');
	await editor.node.getByText('Choose a model first: its inputs appear here.').waitFor();
	await scene.picture('nothing chosen');
	const found = await chooseModel('keyframes', 'Emulator Keyframes To Video');
	assert.deepEqual(found, ['$0.05/s · Emulator Keyframes To Video']);
});

test('what it requires appears as a field', async () => {
	await editor.node.getByText('Keyframes (JSON list)').waitFor();
	assert.equal(await editor.node.getByText('Duration', { exact: false }).count(), 0, 'an optional field is shown');
});

test('another model has other fields', async () => {
	await chooseModel('aleph', 'Aleph');
	await editor.node.getByText('Video URL * (or Files)').waitFor();
	// Older editors take a moment to take it away.
	await editor.node.getByTestId('parameter-input-keyframes').first().waitFor({ state: 'hidden' });
	assert.equal(await editor.node.getByText('Keyframes (JSON list)').count(), 0, 'a field of the other model is left');
});

for (const [words, modelName, label] of [
	['kling-3.0', 'Kling 3.0 Pro', 'Start Image URL * (or Files)'],
	['seedance-2.5', 'Seedance 2.5 Reference', 'Videos * (URLs or Files, 1–3)'],
]) {
	test(`no part of "${label}" is cut off`, async () => {
		await chooseModel(words, modelName);
		const shown = editor.node.getByText(label, { exact: true }).first();
		await shown.waitFor();
		assert.ok(await shown.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth));
	});
}

test('back to the first, whose fields are used below', async () => {
	await chooseModel('aleph', 'Aleph');
});

test('a wrong value is said in words, and nothing is bought', async () => {
	await editor.fill('prompt', 'at night');
	await editor.fill('video_url', 'clip.mp4');
	await addField('Seed (0–4294967295)');
	await editor.fill('seed', '7.5');
	await editor.execute();
	await editor.output
		.getByText(/'Seed' must be a whole number/)
		.first()
		.waitFor();
	await editor.settle();
	assert.equal(world.emulator.counts().submitsReceived, 0);
	await scene.picture('a wrong value');
});

test('the right ones are sent, and the video comes out', async () => {
	await editor.fill('video_url', 'https://media.example.com/clip.mp4');
	await editor.fill('seed', '7');
	await editor.executeToEnd();
	await editor.output.getByText('video_url').first().waitFor();
	const [{ id, modelId }] = world.emulator.requests();
	assert.equal(modelId, 'runwayml/runway-aleph-2/video-to-video');
	const sent = { prompt: 'at night', seed: 7, video_url: 'https://media.example.com/clip.mp4' };
	assert.deepEqual(world.emulator.body(id), sent);
	assert.deepEqual(editor.errors, []);
});

test('the canvas names the model', async () => {
	await editor.closeNode();
	const onCanvas = editor.page.locator('[data-test-id="canvas-node"][data-node-name="RunComfy"]').first();
	await onCanvas.getByText('Run and Wait: Runway Aleph').first().waitFor();
	await editor.openNode('RunComfy');
});

test('the fields keep their values while one looks at another node', async () => {
	await editor.closeNode();
	await editor.openNode('Start');
	await editor.closeNode();
	await editor.openNode('RunComfy');
	await editor.node.getByTestId('parameter-input-seed').first().waitFor();
	await scene.picture('after another node');
	assert.equal(await editor.node.getByTestId('parameter-input-seed').locator('input').first().inputValue(), '7');
	await editor.executeToEnd();
	// Exactly the same is not bought again by a test run.
	await editor.output
		.getByText(/not charged again/)
		.first()
		.waitFor();
	assert.equal(world.emulator.requests().length, 1);
});

test('the same inputs as JSON', async () => {
	const before = world.emulator.requests().length;
	await editor.select('inputMode', 'Using JSON');
	const json = '{ "video_url": "https://media.example.com/other.mp4", "seed": 8 }';
	await editor.node.getByTestId('parameter-input-inputsJson').locator('.cm-content').first().fill(json);
	await scene.picture('as JSON');
	await editor.execute();
	const [{ id }] = await until('the purchase', () => {
		const found = world.emulator.requests().slice(before);
		return found.length > 0 && found;
	});
	assert.deepEqual(world.emulator.body(id), {
		prompt: 'at night',
		seed: 8,
		video_url: 'https://media.example.com/other.mp4',
	});
	await editor.output.getByText('video_url').first().waitFor();
	assert.deepEqual(editor.errors, []);
});
