/**
 * Makes the pictures in the README and the docs, in a real n8n: `npm run screenshots`; with `-- examples` only the canvases
 * of the examples, with `-- forms` only the forms.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import sharp from 'sharp';

import { type Browser, type Clip, type Locator, openBrowser } from '../n8n/browser.mts';
import { Editor } from '../n8n/editor.mts';
import { exampleNames, readExample } from './example.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { photoFile } from './photoFile.mts';
import { productPhoto } from '../lib/photos.mts';
import { say } from '../lib/say.mts';
import { chain, credentialOf, manualTrigger, node, OUR_NODE, replaceAndWait, type Workflow } from '../n8n/workflow.mts';
import { World } from './world.mts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'images');

const PROMPT = 'on a marble table in soft morning light, a blurred kitchen behind';

/** Nothing is asked of that host: see `playShop`. */
const PHOTO_URL = 'https://www.example.com/photos/mug.jpg';

/** What n8n lays over the canvas. */
const OVER_THE_CANVAS = [
	'.vue-flow__panel',
	'.tab-bar-container',
	'[class*="executionButtons"]',
	'[class*="nodeButtonsWrapper"]',
	'[data-test-id="node-creator-plus-button"]',
].join(', ');

/** A small one with its note; of a large one the rows, since with the notes beside them nothing could be read. */
function toShow(name: string): Workflow {
	const example = readExample(name);
	if (name.startsWith('start/')) return example;
	return { ...example, nodes: example.nodes.filter(({ type }) => !type.endsWith('.stickyNote')) };
}

/** Around all that lies on the canvas, in pixels of the page. */
const MARGIN = 70;

async function whatIsRead({ page }: Editor): Promise<Clip> {
	const boxes = "[...document.querySelectorAll('.vue-flow__node')].map((node) => node.getBoundingClientRect())";
	const [left, top, right, bottom] = await page.evaluate<number[]>(`(() => {
		const boxes = ${boxes};
		const edge = (least, side) => least(...boxes.map((box) => box[side]));
		return [edge(Math.min, 'left'), edge(Math.min, 'top'), edge(Math.max, 'right'), edge(Math.max, 'bottom')];
	})()`);
	const canvas = await page.evaluate<{ left: number; top: number; right: number; bottom: number }>(
		"(({ left, top, right, bottom }) => ({ left, top, right, bottom }))(document.querySelector('.vue-flow').getBoundingClientRect())",
	);
	const x = Math.max(canvas.left, left - MARGIN);
	const y = Math.max(canvas.top, top - MARGIN);
	return {
		x,
		y,
		width: Math.min(canvas.right, right + MARGIN) - x,
		height: Math.min(canvas.bottom, bottom + MARGIN) - y,
	};
}

/** The canvas of every example. */
async function takeExamples(browser: Browser, rest: N8nRest): Promise<void> {
	const folder = join(FOLDER, 'examples');
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const editor = await Editor.open(browser, rest);
	for (const name of exampleNames()) {
		await editor.openWorkflow(await rest.createWorkflow(toShow(name)));
		await editor.byId('zoom-to-fit').click();
		await editor.settle();
		await editor.closeMessages();
		await editor.page.evaluate(
			`document.head.insertAdjacentHTML('beforeend', '<style>${OVER_THE_CANVAS} { display: none !important }</style>')`,
		);
		await editor.page.screenshot({ path: join(folder, `${basename(name)}.png`), clip: await whatIsRead(editor) });
		say(name);
	}
	await editor.close();
}

/** The shop's own web server, as far as the emulator asks it for the photo. */
function playShop(photo: Buffer): void {
	const { fetch } = globalThis;
	globalThis.fetch = async (input, init) =>
		input === PHOTO_URL ? new Response(new Uint8Array(photo)) : await fetch(input, init);
}

/** To 256 colours, a third of the size: a page with pictures should open quickly. */
async function shrink(file: string): Promise<void> {
	writeFileSync(file, await sharp(file).png({ palette: true, effort: 10 }).toBuffer());
}

/** The README's pictures, in both themes: a photo that a node before has read, and one at an address. */
async function takeScreens(browser: Browser, rest: N8nRest, world: World): Promise<void> {
	const credential = await world.createCredential(rest);
	const photo = await productPhoto();
	playShop(photo);
	const byFile = chain('Product photos', [
		manualTrigger(),
		...photoFile(photo),
		replaceAndWait(credential, {
			parameters: { imageSource: 'binary', prompt: PROMPT, options: { downloadImages: true } },
		}),
	]);
	const byUrl = chain('First picture', [
		manualTrigger(),
		replaceAndWait(credential, {
			parameters: { imageUrl: PHOTO_URL, prompt: PROMPT, options: { downloadImages: true } },
		}),
	]);
	const workflows = { file: await rest.createWorkflow(byFile), url: await rest.createWorkflow(byUrl) };

	for (const scheme of ['light', 'dark'] as const) {
		const editor = await Editor.open(browser, rest, scheme);
		const look = async (workflow: string, name: string, sides: Locator[]) => {
			await editor.openWorkflow(workflow);
			await editor.openNode('RunComfy');
			await editor.executeToEnd();
			for (const side of sides) {
				await side.getByTestId('ndv-view-binary-data').first().click();
				await editor.settle();
			}
			await editor.closeMessages();
			const file = join(FOLDER, `${name}${scheme === 'dark' ? '-dark' : ''}.png`);
			await editor.picture(file);
			await shrink(file);
			say(`${name}, ${scheme}`);
		};
		await look(workflows.file, 'before-and-after', [editor.byId('ndv-input-panel'), editor.output]);
		await look(workflows.url, 'first-picture', [editor.output]);
		await editor.close();
	}
}

/** The forms of `docs/forms.md`. */
async function takeForms(browser: Browser, rest: N8nRest, world: World): Promise<void> {
	const folder = join(FOLDER, 'forms');
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const editor = await Editor.open(browser, rest);
	const take = async (name: string) => {
		await editor.closeMessages();
		const file = join(folder, `${name}.png`);
		await editor.picture(file);
		await shrink(file);
		say(name);
	};

	await editor.newWorkflow();
	await editor.search('runcomfy');
	await editor.byId('node-creator-item-name').filter({ hasText: 'RunComfy' }).first().click();
	await editor.settle();
	await take('actions');
	await editor.byId('node-creator-item-name').first().click();
	await editor.node.waitFor();
	await editor.settle();
	await editor.newCredential();
	await editor.byId('editCredential-modal').waitFor();
	await take('credential');

	const credential = credentialOf(await world.createCredential(rest));
	const open = async (parameters: Record<string, unknown>) => {
		const ours = node('RunComfy', OUR_NODE, parameters, credential);
		await editor.openWorkflow(await rest.createWorkflow(chain('Forms', [manualTrigger(), ours])));
		await editor.openNode('RunComfy');
	};
	const photo = { resource: 'background', imageUrl: PHOTO_URL, prompt: PROMPT };

	await open({ ...photo, operation: 'replaceAndWait' });
	await editor.openCollection('Add Option');
	await take('background-options');

	await open({ ...photo, operation: 'checkInputs' });
	await editor.executeToEnd();
	await take('check-inputs');

	await open({ resource: 'model', operation: 'runAndWait' });
	await editor.node.getByTestId('rlc-input').first().click();
	await editor.settle();
	await editor.page.getByTestId('rlc-search').first().fill('image-to-video');
	await editor.page.getByTestId('rlc-item').first().waitFor();
	await editor.settle();
	await take('model-list');
	await editor.page.getByTestId('rlc-item').first().click();
	await editor.node.locator('input[placeholder="Add input to send"], :text-is("Add input to send")').first().waitFor();
	await editor.fill('prompt', 'the camera circles the mug slowly');
	// n8n's tip below a field that is being edited hides the next one's name.
	await editor.page.evaluate('document.activeElement.blur()');
	await take('model-inputs');

	const requestId = '={{ $json.request_id }}';
	await open({ resource: 'request', operation: 'getResult', requestId, waitUntilFinished: true });
	await take('get-result');
	await editor.close();
}

const parts = ['forms', 'examples'].filter((part) => process.argv.includes(part));
const isWanted = (part: string) => parts.length === 0 || parts.includes(part);
mkdirSync(FOLDER, { recursive: true });
const world = await World.open({
	name: 'screenshots',
	emulator: { pictures: 'made', switches: { generatedModels: 0, testModels: false } },
});
const browser = await openBrowser();
try {
	const { rest } = await world.start();
	// The forms first: with a credential of another picture already there, n8n would call the new one "RunComfy account 2".
	if (isWanted('forms')) await takeForms(browser, rest, world);
	if (isWanted('screens')) await takeScreens(browser, rest, world);
	if (isWanted('examples')) await takeExamples(browser, rest);
} finally {
	await browser.close();
	await world.close();
}
