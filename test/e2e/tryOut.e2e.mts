/** `npm run n8n`: the address it prints opens an editor in which Execute works at once. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import sharp from 'sharp';

import { type Browser, openBrowser, type Page } from '../n8n/browser.mts';
import { type StartedProcess, startProcess } from '../lib/childProcess.mts';
import { installEnvironment } from '../lib/command.mts';
import { exampleNames, readExample } from './example.mts';
import { openScratch, type Scratch } from '../lib/scratch.mts';
import { until } from '../lib/until.mts';
import type { Workflow } from '../n8n/workflow.mts';

const SCRIPT = join(import.meta.dirname, 'tryOut.mts');

/** Installs n8n and Chromium where they are missing. */
const READY_WITHIN_MS = 900_000;

/** Smaller than this is no picture to look at. */
const MIN_SIDE_PX = 500;

let scratch: Scratch;
let browser: Browser;
let tryOut: StartedProcess | undefined;
let logFile: string;
let hasFailed = false;

before(async () => {
	scratch = openScratch('try-out-test');
	browser = await openBrowser();
});
afterEach((context) => {
	hasFailed ||= (context as { passed?: boolean }).passed === false;
});
after(async () => {
	await browser.close();
	await tryOut?.stop();
	scratch.close(hasFailed);
});

/** What it printed after a word, once it is ready. */
async function untilTold(word: string): Promise<string> {
	return await until(
		`the line ${word}`,
		() => {
			const told = readFileSync(logFile, 'utf8');
			return told.includes('Ctrl+C') && new RegExp(`^\\s*${word}\\s+(\\S+)`, 'm').exec(told)?.[1];
		},
		READY_WITHIN_MS,
	);
}

/** A window of the browser at the address it printed, as far as n8n takes to load. */
async function openPage(): Promise<Page> {
	const page = await (await browser.window('light')).newPage();
	page.setDefaultTimeout(60_000);
	await page.goto(await untilTold('Open'));
	await page.getByTestId('canvas-node').first().waitFor();
	return page;
}

/** What n8n answers to the signed-in page. */
async function read<T>(page: Page, path: string): Promise<T> {
	return await page.evaluate<T>(
		`fetch('/rest/${path}', { headers: { 'browser-id': localStorage['n8n-browserId'] ?? '' } }).then((r) => r.json()).then((r) => r.data)`,
	);
}

test('opens signed in, and Execute gives a picture', async () => {
	logFile = join(scratch.folder, 'try-out.log');
	tryOut = await startProcess(process.execPath, [SCRIPT], { env: installEnvironment(), logFile });
	const page = await openPage();
	const canvas = await page.locator('.vue-flow').first().innerText();
	assert.match(canvas, /double-click it/, 'where the picture is');
	assert.match(canvas, /Ctrl\+C in the terminal deletes everything/);
	await page.getByTestId('execute-workflow-button').first().click();
	try {
		await page.locator('[data-node-name="RunComfy"] [data-test-id="canvas-node-status-success"]').waitFor();
	} finally {
		await page.screenshot({ path: join(scratch.folder, 'editor.png') });
	}
	const emulator = (await untilTold('Simulator')).replace(',', '');
	const requests = (await (await fetch(`${emulator}/emulator/requests`)).json()) as Array<{ outputs: string[] }>;
	assert.equal(requests.length, 1);
	const picture = Buffer.from(await (await fetch(requests[0].outputs[0])).arrayBuffer());
	const { width, height } = await sharp(picture).metadata();
	assert.ok(width >= MIN_SIDE_PX && height >= MIN_SIDE_PX, `the picture has ${width} × ${height} pixels`);
});

test('Execute step works again and again, and the picture is there to look at', async () => {
	const page = await openPage();
	const succeeded = async () => {
		const { results } = await read<{ results: Array<{ status: string }> }>(page, 'executions?limit=20');
		return results.filter(({ status }) => status === 'success').length;
	};
	const before = await succeeded();
	try {
		// A step that has run once takes another way through n8n than one that has not.
		await page.getByTestId('execute-workflow-button').first().click();
		await until('the whole workflow', async () => (await succeeded()) === before + 1);
		await page.locator('[data-test-id="canvas-node"][data-node-name="RunComfy"]').first().dblclick();
		const output = page.getByTestId('output-panel');
		await output.waitFor();
		for (const time of [1, 2, 3]) {
			// Run as it is, then with another prompt each time, as people do.
			const prompt = page.getByTestId('ndv').getByTestId('parameter-input-prompt').locator('textarea, input').first();
			if (time > 1) await prompt.fill(`On a marble table, try ${time}`);
			await page.getByTestId('node-execute-button').click();
			await until(`step ${time}`, async () => (await succeeded()) === before + 1 + time);
			await output.locator('[data-test-id^="node-run-status-success"]').first().waitFor();
		}
		await output.getByTestId('ndv-view-binary-data').first().click();
		const shown = output.locator('img').last();
		await shown.waitFor();
		const widthPx = await until('the picture in the output', async () => {
			return await shown.evaluate(({ complete, naturalWidth }) => complete && naturalWidth);
		});
		assert.ok(widthPx >= MIN_SIDE_PX, `the picture shown is ${widthPx} pixels wide`);
	} finally {
		await page.screenshot({ path: join(scratch.folder, 'step.png') });
	}
});

test('the examples are there, with the credential chosen', async () => {
	const page = await openPage();
	const workflows = await read<Array<{ id: string; name: string }>>(page, 'workflows');
	assert.equal(workflows.length, exampleNames().length + 1);
	for (const name of exampleNames()) {
		const found = workflows.find((one) => one.name === readExample(name).name);
		const { nodes } = await read<Workflow>(page, `workflows/${found?.id}`);
		const ours = nodes.filter(({ type }) => type.startsWith('n8n-nodes-runcomfy.'));
		assert.ok(ours.length > 0);
		for (const { credentials } of ours) assert.ok((credentials as Record<string, object>).runComfyApi, name);
	}
});
