/** One's own ComfyUI workflow in n8n's editor: chosen from the list, its inputs as fields, one more marked in the workflow, run. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { DEPLOYMENT_IDS } from '../emulator/emulator.mts';
import type { Editor } from '../n8n/editor.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { chain, credentialOf, manualTrigger, node, OUR_NODE } from '../n8n/workflow.mts';
import { EditorScene } from './editorScene.mts';
import type { World } from './world.mts';

/** A cold start of three minutes takes less than a second. */
const SPEED = 300;

let scene: EditorScene;
let world: World;
let rest: N8nRest;
let editor: Editor;

before(async () => {
	scene = await EditorScene.open({ name: 'deployment', emulator: { deploymentSpeed: SPEED } });
	({ world, rest, editor } = scene);
});
afterEach(async (context) => await scene.noteEnd(context));
after(async () => await scene.close());

/** Types into the field of an input, such as `6.text`. */
async function fillField(key: string, text: string): Promise<void> {
	const field = editor.node.locator(`[data-test-id^="parameter-input-${key}."]`).first();
	await field.locator('input, textarea').first().fill(text);
}

test('a deployment is chosen from the list, and the inputs that its owner has marked are fields', async () => {
	const credential = credentialOf(await world.createCredential(rest));
	const ours = node('RunComfy', OUR_NODE, { resource: 'deployment', operation: 'runAndWait' }, credential);
	await editor.openWorkflow(await rest.createWorkflow(chain('Deployment', [manualTrigger(), ours])));
	await editor.openNode('RunComfy');
	await editor.node.getByText('Choose a deployment first').waitFor();
	await editor.node.getByTestId('rlc-input').first().click();
	await editor.page.getByTestId('rlc-item').filter({ hasText: 'Last season' }).first().waitFor();
	await editor.settle();
	await scene.picture('the list');
	await editor.page.getByTestId('rlc-item').filter({ hasText: 'Catalogue, everything' }).first().click();
	await editor.node.getByText('Positive Prompt (saved: a watch on slate)').waitFor();
	await editor.node.getByText('Product Photo (URL or Files)').waitFor();
	assert.equal(await editor.node.getByText('Slogan').count(), 0);
});

test('one marked in the workflow comes up by Refresh', async () => {
	world.emulator.deployments.publish(DEPLOYMENT_IDS.busy, (graph) => {
		graph['17']._meta = { title: '> Slogan' };
	});
	await editor.node
		.getByTestId('columns-parameter-input-options-container')
		.getByTestId('action-toggle')
		.first()
		.click();
	await editor.settle();
	await scene.picture('the menu of the fields');
	await editor.page.locator(':text-is("Refresh Input List"):visible').first().click();
	await editor.node.getByText('Slogan (saved: without a title)').waitFor();
	await fillField('17.text', 'walk on');
	await fillField('1.text', 'a red shoe');
});

test('what was filled in is sent, and the picture comes out', async () => {
	await editor.executeToEnd();
	await editor.output.getByText('image_url').first().waitFor();
	const [{ body }] = world.emulator.deployments.runs();
	assert.deepEqual(body, {
		overrides: { '1': { inputs: { text: 'a red shoe' } }, '17': { inputs: { text: 'walk on' } } },
	});
	assert.equal(world.emulator.counts().submitsReceived, 1);
	assert.deepEqual(editor.errors, []);
});
