/**
 * Makes the pictures of the README and the docs anew, in a real n8n: `npm run screenshots`; with `-- examples` only the
 * canvases of the examples.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { type Emulator, startEmulator } from '../emulator/emulator.mts';
import { type Browser, type Clip, openBrowser } from '../n8n/browser.mts';
import { Editor } from '../n8n/editor.mts';
import { exampleNames, readExample } from './example.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { photoFile } from './photoFile.mts';
import { productPhoto } from './productPhoto.mts';
import { say } from '../lib/say.mts';
import { chain, manualTrigger, replaceAndWait, type Workflow } from '../n8n/workflow.mts';
import { World } from './world.mts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'images');

const PROMPT = 'On a wooden table in soft morning light, blurred kitchen behind';

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

/** The way of a first-time user, in both themes. */
async function takeScreens(browser: Browser, rest: N8nRest, world: World, pictureMaker: Emulator): Promise<void> {
	const credential = await world.createCredential(rest);
	const madeCredential = await rest.createCredential('RunComfy account', 'runComfyApi', {
		...world.credentialData,
		modelApiUrl: pictureMaker.modelApiUrl,
		accountApiUrl: pictureMaker.accountApiUrl,
	});
	const byUrl = (imageUrl: string) => {
		const ours = replaceAndWait(credential, { parameters: { imageUrl, prompt: PROMPT } });
		return chain('Product photos', [manualTrigger(), ours]);
	};
	const byFile = chain('Product photos', [
		manualTrigger(),
		...photoFile(await productPhoto()),
		replaceAndWait(madeCredential, {
			parameters: {
				imageSource: 'binary',
				prompt: PROMPT,
				modelOptions: { colorPalette: 'Fresh' },
				options: { downloadImages: true },
			},
		}),
	]);
	const good = await rest.createWorkflow(byUrl('https://www.example.com/photos/cup.jpg'));
	const bad = await rest.createWorkflow(byUrl('photos/cup.jpg'));
	const file = await rest.createWorkflow(byFile);

	for (const scheme of ['light', 'dark'] as const) {
		const editor = await Editor.open(browser, rest, scheme);
		const picture = async (name: string) => {
			await editor.closeMessages();
			await editor.picture(join(FOLDER, `${name}${scheme === 'dark' ? '-dark' : ''}.png`));
			say(`${name}, ${scheme}`);
		};

		await editor.newWorkflow();
		await editor.search('replace background');
		await picture('find-node');
		await editor.byId('node-creator-item-name').filter({ hasText: 'RunComfy' }).first().click();
		await picture('actions');

		await editor.openWorkflow(good);
		await editor.openNode('RunComfy');
		await editor.executeToEnd();
		await picture('replace-and-wait');

		await editor.openWorkflow(file);
		await editor.openNode('RunComfy');
		await editor.executeToEnd();
		for (const side of [editor.byId('ndv-input-panel'), editor.output]) {
			await side.getByTestId('ndv-view-binary-data').first().click();
			await editor.settle();
		}
		await picture('before-and-after');

		await editor.openWorkflow(bad);
		await editor.openNode('RunComfy');
		await editor.executeToEnd();
		await picture('error');

		await editor.close();
	}
}

const isOnlyExamples = process.argv.includes('examples');
mkdirSync(FOLDER, { recursive: true });
const world = await World.open({ name: 'screenshots' });
const pictureMaker = await startEmulator({ pictures: 'made', queueMs: 200, runMs: 500 });
const browser = await openBrowser();
try {
	const { rest } = await world.start();
	if (!isOnlyExamples) await takeScreens(browser, rest, world, pictureMaker);
	await takeExamples(browser, rest);
} finally {
	await browser.close();
	await pictureMaker.close();
	await world.close();
}
