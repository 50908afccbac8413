/** Any model in n8n's editor: found in the list, its inputs as fields, filled in, run, and a wrong value said. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { type Browser, openBrowser } from '../n8n/browser.mts';
import { Editor } from '../n8n/editor.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { chain, credentialOf, manualTrigger, node, OUR_NODE } from '../n8n/workflow.mts';
import { World } from './world.mts';

const PICTURES = process.env.RUNCOMFY_E2E_PICTURES;

let world: World;
let rest: N8nRest;
let browser: Browser;
let editor: Editor;

before(async () => {
	world = await World.open({ name: 'model' });
	({ rest } = await world.start());
	browser = await openBrowser();
	editor = await Editor.open(browser, rest);
});
afterEach(async (context) => {
	const { passed, name } = context as { passed?: boolean; name: string };
	world.noticed({ passed });
	await picture(`${passed === false ? 'failed-' : ''}${name}`, passed === false);
});
after(async () => {
	await browser.close();
	await world.close();
});

async function picture(name: string, isFailure = false): Promise<void> {
	const folder = PICTURES ?? (isFailure ? world.folder : undefined);
	if (folder !== undefined) await editor.picture(join(folder, `${name.replaceAll(/\W+/g, '-').slice(0, 60)}.png`));
}

/** Chooses a model in the list behind 'Model', by words. */
async function chooseModel(words: string, modelName: string): Promise<string[]> {
	await editor.node.getByTestId('rlc-input').first().click();
	await editor.settle();
	await editor.page.getByTestId('rlc-search').first().fill(words);
	await editor.page.getByTestId('rlc-item').filter({ hasText: modelName }).first().waitFor();
	await editor.settle();
	const found = await editor.page.getByTestId('rlc-item').allInnerTexts();
	await picture(`list-${words}`);
	await editor.page.getByTestId('rlc-item').filter({ hasText: modelName }).first().click();
	await editor.settle();
	return found;
}

/** The name of one of the model's inputs, as its parameter has it. */
const fieldOf = (input: string) => editor.node.getByTestId(`parameter-input-value["${input}"]`).first();

test('a model is found by words, with its price', async () => {
	const credential = await world.createCredential(rest);
	const ours = node('RunComfy', OUR_NODE, { resource: 'model', operation: 'runAndWait' }, credentialOf(credential));
	await editor.openWorkflow(await rest.createWorkflow(chain('Model', [manualTrigger(), ours])));
	await editor.openNode('RunComfy');
	await editor.node.getByText('Choose a model first: its inputs appear here.').waitFor();
	await picture('nothing chosen');
	const found = await chooseModel('keyframes', 'Emulator Keyframes To Video');
	assert.deepEqual(found, ['Emulator Keyframes To Video · $0.05 per second']);
});

test('what it requires appears as a field', async () => {
	await editor.node.getByText('Keyframes (JSON list)').waitFor();
	assert.equal(await editor.node.getByText('Duration', { exact: false }).count(), 0, 'an optional field is shown');
});

test('another model has other fields', async () => {
	await chooseModel('aleph', 'Aleph');
	await editor.node.getByText('Video URL (required)').waitFor();
	assert.equal(
		await editor.node.getByText('Keyframes', { exact: false }).count(),
		0,
		'a field of the other model is left',
	);
	const ids = await editor.node.locator('[data-test-id^="parameter-input-"]').all();
	console.log(await Promise.all(ids.map(async (one) => await one.getAttribute('data-test-id'))));
	await editor.fill('prompt', 'at night');
	await editor.byId('add-fields-select').first().click();
	await editor.settle();
	await picture('fields to add');
});
