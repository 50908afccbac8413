/** A first-time user's way through n8n's editor, in Chromium. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { type Locator, WINDOW } from '../n8n/browser.mts';
import { Editor } from '../n8n/editor.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { photoFile } from './photoFile.mts';
import { productPhoto } from '../lib/photos.mts';
import { until } from '../lib/until.mts';
import { chain, credentialOf, manualTrigger, node, OUR_NODE, products, replaceAndWait } from '../n8n/workflow.mts';
import { EditorScene } from './editorScene.mts';
import type { World } from './world.mts';

const PHOTO_URL = 'https://images.example.com/cup.jpg';

let scene: EditorScene;
let world: World;
let rest: N8nRest;
let editor: Editor;
let credential: { id: string; name: string };

before(async () => {
	scene = await EditorScene.open({ name: 'editor' });
	({ world, rest, editor } = scene);
});
beforeEach(() => world.emulator.reset());
afterEach(async (context) => await scene.noteEnd(context));
after(async () => await scene.close());

/** A workflow with our node, opened at that node. */
async function openOurNode(parameters: Record<string, unknown> = {}): Promise<string> {
	const ours = replaceAndWait(credential, { parameters: { imageUrl: PHOTO_URL, ...parameters } });
	const id = await rest.createWorkflow(chain('Editor', [manualTrigger(), ours]));
	await editor.openWorkflow(id);
	await editor.openNode('RunComfy');
	return id;
}

/** All words are tried in the description's test; here that n8n finds by names and by aliases. */
const TYPED = ['run comfy', 'remove background', 'packshot', 'e-commerce', 'edit image', 'ai image'];

test('found by what people type, with its actions', async () => {
	await editor.newWorkflow();
	for (const words of TYPED) {
		assert.ok((await editor.search(words)).includes('RunComfy'), `not found by "${words}"`);
	}
	await editor.byId('node-creator-item-name').filter({ hasText: 'RunComfy' }).first().click();
	await editor.settle();
	const actions = await editor.byId('node-creator-item-name').allInnerTexts();
	assert.deepEqual(actions, [
		'Replace background of image',
		'Submit background replacement',
		'Check background inputs',
		'Run model and wait for result',
		'Submit job to model',
		'Check model inputs',
		'Get model',
		'Get many models',
		'Run deployment and wait',
		'Submit run to deployment',
		'Check deployment inputs',
		'Get deployment',
		'Get many deployments',
		'Update deployment',
		'Get result of request',
		'Get status of request',
		'Cancel request',
		'Get account balance',
	]);
});

test('added by its first action; a wrong token is refused in words, the right one connects', async () => {
	await editor.byId('node-creator-item-name').first().click();
	await editor.node.waitFor();
	await editor.settle();
	await editor.newCredential();
	const dialog = editor.byId('editCredential-modal');
	await dialog.waitFor();
	await editor.settle();
	assert.equal(await dialog.getByTestId('parameter-input-modelApiUrl').count(), 0, 'a URL is shown in Production');
	await editor.fill('apiToken', 'wrong-token', dialog);
	await editor.select('environment', 'Custom', dialog);
	await editor.fill('modelApiUrl', world.credentialData.modelApiUrl, dialog);
	await editor.fill('accountApiUrl', world.credentialData.accountApiUrl, dialog);
	await editor.byId('credential-save-button').click();
	await dialog.getByText('Couldn’t connect with these settings').waitFor();
	await dialog.getByText('More details').click();
	await dialog.getByText(/RunComfy did not accept the API token/).waitFor();

	await editor.fill('apiToken', world.credentialData.apiToken, dialog);
	await editor.byId('credential-save-button').click();
	const connected = dialog.getByText('Connection tested successfully');
	// n8n 1 leaves the form open and says it there.
	await until('the credential to be saved', async () => (await connected.isVisible()) || !(await dialog.isVisible()));
	if (!(await dialog.isVisible())) await editor.byId('credential-edit-button').click();
	await connected.waitFor();
	const [first] = await rest.call<Array<{ id: string; name: string }>>('GET', '/rest/credentials');
	credential = { id: first.id, name: first.name };
});

const BUYING = ['resource', 'operation', 'imageSource', 'imageUrl', 'prompt', 'Add Model Option'];
const SHOWN: Array<[resource: string, operation: string, parameters: string[]]> = [
	['background', 'replaceAndWait', [...BUYING, 'simplify', 'Add Option']],
	['background', 'submit', [...BUYING, 'Add Option']],
	['background', 'checkInputs', [...BUYING, 'Add Option']],
	['account', 'getBalance', ['resource', 'operation']],
	['request', 'getStatus', ['resource', 'operation', 'requestId', 'requestOf']],
	[
		'request',
		'getResult',
		['resource', 'operation', 'requestId', 'requestOf', 'waitUntilFinished', 'simplify', 'Add Option'],
	],
	['request', 'cancel', ['resource', 'operation', 'requestId', 'requestOf']],
];

test('each operation shows its own parameters and no other', async () => {
	const nodes = SHOWN.map(([resource, operation]) =>
		node(operation, OUR_NODE, { resource, operation }, credentialOf(credential)),
	);
	await editor.openWorkflow(await rest.createWorkflow(chain('Operations', [manualTrigger(), ...nodes])));
	for (const [, operation, parameters] of SHOWN) {
		await editor.openNode(operation);
		assert.deepEqual((await editor.shownParameters()).sort(), [...parameters].sort(), operation);
		await editor.closeNode();
	}
});

test('Model Options and Options offer what they should, and a color is picked', async () => {
	await openOurNode();
	assert.deepEqual(await editor.openCollection('Add Option'), [
		'Download Files',
		'File Name',
		'Include Input Fields',
		'Max Requests in Flight',
		'Maximum Cost (USD)',
		'Number of Variants',
		'Put Output in Field',
		'Reuse in Test Runs',
		'Stop Cancels Requests',
		'Timeout',
		'When Outcome Is Unknown',
		'When Time Runs Out',
	]);
	await editor.page.keyboard.press('Tab');
	assert.deepEqual(await editor.openCollection('Add Model Option'), [
		'Color Palette',
		'Custom Colors',
		'Custom Palette',
		'Extra Fields (JSON)',
		'Magic Prompt',
		'Rendering Speed',
		'Seed',
		'Style',
	]);
	await editor.choose('Custom Palette');
	for (const color of ['#1f6feb', '#00aa55']) {
		await editor.byId('fixed-collection-add').first().click();
		await editor.settle();
		await editor.node.getByTestId('parameter-input-color').locator('input').last().fill(color);
	}
	await editor.openCollection('Add Model Option');
	await editor.choose('Seed');
	await editor.executeToEnd();
	const [{ input }] = world.emulator.requests();
	assert.equal(input.seed, 70159819);
	const { members } = input.color_palette as { members: Array<{ color_hex: string }> };
	assert.deepEqual(
		members.map(({ color_hex: color }) => color),
		['#1F6FEB', '#00AA55'],
	);
});

/** A picture that the browser has loaded. */
async function seen(picture: Locator): Promise<void> {
	await picture.waitFor({ state: 'attached' });
	await until('the picture', async () => {
		return await picture.evaluate((image) => image.complete === true && (image.naturalWidth ?? 0) > 0);
	});
}

test('before a run it is said that requests are paid, and the canvas says what the node does', async () => {
	await openOurNode();
	await editor.output.getByText('Running this step costs money.').waitFor();
	await editor.closeNode();
	const onCanvas = editor.page.locator('[data-test-id="canvas-node"][data-node-name="RunComfy"]').first();
	assert.match(await onCanvas.innerText(), /Replace and Wait/);
});

test('a URL goes in, an image URL comes out, with a preview and the price', async () => {
	await openOurNode();
	await editor.executeToEnd();
	const preview = editor.output.getByTestId('node-hint').locator('a[target="_blank"] img').first();
	await seen(preview);
	assert.equal(await preview.getAttribute('src'), world.emulator.requests()[0].outputs[0]);
	const told = await editor.output.getByTestId('node-hint').first().ariaSnapshot();
	assert.match(told, /1 picture, \$0\.06 in total/, 'to a screen reader');
	assert.match(told, /link "Picture 1"/, 'to a screen reader');
	assert.equal(await editor.output.getByText('Running this step costs money.').count(), 0);
	const text = await editor.output.innerText();
	assert.match(text, /succeeded/);
	assert.ok(text.includes(world.emulator.requests()[0].outputs[0]));
	assert.match(text, /1 picture, \$0\.06 in total/);
	assert.equal(world.emulator.counts().submitsReceived, 1);
});

test('a batch that goes on after failures warns of them', async () => {
	const ours = replaceAndWait(credential, {
		parameters: { imageUrl: "={{ $itemIndex === 1 ? 'no' : $json.photo }}" },
		onError: 'continueRegularOutput',
	});
	const batch = chain('Failures', [manualTrigger(), products(3), ours]);
	await editor.openWorkflow(await rest.createWorkflow(batch));
	await editor.openNode('RunComfy');
	await editor.executeToEnd();
	await editor.output.getByText('1 of 3 items failed: item 1. Reason:').waitFor();
	const told = await editor.output.ariaSnapshot();
	assert.match(told, /1 of 3 items failed[^]*link "Picture 2"/, 'to a screen reader');
	assert.equal(await editor.output.getByTestId('node-hint').locator('a img').count(), 2);
});

/** Whether all of a text in the output pane can be seen and read: its first and its last letters lie on top, inside the window. */
async function isInSight(words: string): Promise<boolean> {
	return await editor.page.evaluate<boolean>(`(() => {
		const pane = document.querySelector('[data-test-id="output-panel"]');
		const hint = [...pane.querySelectorAll('[data-test-id="node-hint"]')].find(({ innerText }) => innerText.includes(${JSON.stringify(words)}));
		if (hint === undefined) return false;
		const text = document.createRange();
		text.selectNodeContents(hint);
		const lines = [...text.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
		return lines.length > 0 && lines.every(({ left, right, top, bottom }) =>
			[left + 2, right - 2].every((x) => [top + 2, bottom - 2].every((y) => hint.contains(document.elementFromPoint(x, y)))));
	})()`);
}

const LAPTOPS = [WINDOW, { width: 1280, height: 800 }];

test('the warning of failed items stays in sight, above the pictures and what was reused', async () => {
	const ours = replaceAndWait(credential, {
		parameters: { imageUrl: "={{ $itemIndex % 3 ? $json.photo : 'no' }}", prompt: 'on a shelf' },
		onError: 'continueRegularOutput',
	});
	await editor.openWorkflow(await rest.createWorkflow(chain('In sight', [manualTrigger(), products(20), ours])));
	await editor.openNode('RunComfy');
	await editor.executeToEnd();
	await editor.execute();
	await editor.output.getByText('reused from your').waitFor();
	try {
		for (const size of LAPTOPS) {
			await editor.page.setViewportSize(size);
			await editor.settle();
			assert.ok(await isInSight('7 of 20 items failed'), `out of sight at ${size.width} × ${size.height}`);
			assert.ok((await editor.output.getByTestId('node-hint').locator('a img').count()) === 12);
		}
	} finally {
		await editor.page.setViewportSize(WINDOW);
	}
});

test('Get Result brings the file without waiting', async () => {
	await openOurNode();
	await editor.executeToEnd();
	const [{ id: requestId }] = world.emulator.requests();
	const fetch = node(
		'Fetch',
		OUR_NODE,
		{ resource: 'request', operation: 'getResult', requestId, options: { downloadImages: true, fileName: 'cup' } },
		credentialOf(credential),
	);
	await editor.openWorkflow(await rest.createWorkflow(chain('Fetch', [manualTrigger(), fetch])));
	await editor.openNode('Fetch');
	await editor.executeToEnd();
	await editor.output.getByTestId('ndv-view-binary-data').first().waitFor();
	await editor.output.getByText('cup.png').first().waitFor();
});

test('a file goes in, and with Download Files the picture is shown', async () => {
	const job = chain('File', [
		manualTrigger(),
		...photoFile(await productPhoto()),
		replaceAndWait(credential, { parameters: { imageSource: 'binary', options: { downloadImages: true } } }),
	]);
	await editor.openWorkflow(await rest.createWorkflow(job));
	await editor.openNode('RunComfy');
	await editor.executeToEnd();
	await editor.output.getByTestId('ndv-view-binary-data').first().click();
	await seen(editor.output.locator('.binary-data-window img, img:not([alt])').first());
	assert.match(String(world.emulator.requests()[0].input.image), /^data:image\/jpeg;base64,/);
});

test('Download Files and Include Input Fields are on as soon as they are added, and stay so when saved', async () => {
	const id = await openOurNode();
	for (const name of ['Download Files', 'Include Input Fields']) {
		await editor.openCollection('Add Option');
		await editor.choose(name);
	}
	await editor.executeToEnd();
	await editor.output.getByTestId('ndv-view-binary-data').first().waitFor();
	await editor.closeNode();
	await editor.page.keyboard.press('Control+s');
	const saved = await until('the saved options', async () => {
		const { nodes } = await rest.call<{ nodes: Array<{ name: string; parameters: { options?: object } }> }>(
			'GET',
			`/rest/workflows/${id}`,
		);
		const options = nodes.find(({ name }) => name === 'RunComfy')?.parameters.options ?? {};
		return Object.keys(options).length > 0 && options;
	});
	assert.deepEqual(saved, { downloadImages: true, includeInputFields: true });
	await editor.openWorkflow(id);
	await editor.openNode('RunComfy');
	for (const name of ['downloadImages', 'includeInputFields']) {
		const shown = editor.node.getByTestId(`parameter-input-${name}`).locator('.el-switch.is-checked').first();
		await shown.waitFor();
	}
});

test('a bad input is explained, and nothing is bought', async () => {
	await openOurNode({ imageUrl: 'photos/cup.jpg' });
	await editor.executeToEnd();
	const text = await editor.output.innerText();
	assert.match(text, /RunComfy cannot reach 'Image URL'/);
	assert.match(text, /'Image Source' to Binary File/);
	assert.equal(world.emulator.counts().submitsReceived, 0);
});

test('Stop in the middle ends the wait and cancels the request', async () => {
	world.emulator.set({ queueMs: 60_000 });
	await openOurNode();
	await editor.execute();
	await until('the submit', () => world.emulator.counts().submitsAccepted === 1);
	await editor.stop();
	await until('the cancelled request', () => world.emulator.requests()[0].state === 'cancelled', 10_000);
});

test('the dark theme shows the dark icon', async () => {
	const dark = await Editor.open(scene.browser, rest, 'dark');
	try {
		const id = await rest.createWorkflow(chain('Dark', [manualTrigger(), replaceAndWait(credential)]));
		await dark.openWorkflow(id);
		const icon = dark.page.locator('[data-test-id="canvas-node"][data-node-name="RunComfy"] img').first();
		assert.match(String(await icon.getAttribute('src')), /runComfy\.dark\.svg$/);
	} finally {
		await dark.close();
	}
});

test('the editor threw no error and nothing outside this machine was reached', () => {
	assert.deepEqual(editor.errors, []);
});
