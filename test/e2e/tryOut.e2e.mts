/** `npm run n8n`: the address it prints opens an editor in which Execute works at once. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { type Browser, openBrowser } from '../n8n/browser.mts';
import { type StartedProcess, startProcess } from '../lib/childProcess.mts';
import { installEnvironment } from '../lib/command.mts';
import { exampleNames, readExample } from './example.mts';
import { openScratch, type Scratch } from '../lib/scratch.mts';
import { until } from '../lib/until.mts';
import type { Workflow } from '../n8n/workflow.mts';

const SCRIPT = join(import.meta.dirname, 'tryOut.mts');

/** Installs n8n and Chromium where they are missing. */
const READY_WITHIN_MS = 900_000;

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

test('opens signed in, and Execute gives a picture', async () => {
	logFile = join(scratch.folder, 'try-out.log');
	tryOut = await startProcess(process.execPath, [SCRIPT], { env: installEnvironment(), logFile });
	const address = await untilTold('Open');
	const window = await browser.window('light');
	const page = await window.newPage();
	page.setDefaultTimeout(60_000);
	await page.goto(address);
	await page.getByTestId('canvas-node').first().waitFor();
	await page.getByTestId('execute-workflow-button').first().click();
	try {
		await page.locator('[data-node-name="RunComfy"] [data-test-id="canvas-node-status-success"]').waitFor();
	} finally {
		await page.screenshot({ path: join(scratch.folder, 'editor.png') });
	}
	const emulator = await untilTold('Emulator');
	const requests = (await (await fetch(`${emulator.replace(',', '')}/emulator/requests`)).json()) as object[];
	assert.equal(requests.length, 1);
});

test('the examples are there, with the credential chosen', async () => {
	const window = await browser.window('light');
	const page = await window.newPage();
	page.setDefaultTimeout(60_000);
	await page.goto(await untilTold('Open'));
	await page.getByTestId('canvas-node').first().waitFor();
	const get = async <T,>(path: string): Promise<T> =>
		await page.evaluate<T>(
			`fetch('/rest/${path}', { headers: { 'browser-id': localStorage['n8n-browserId'] ?? '' } }).then((r) => r.json()).then((r) => r.data)`,
		);
	const workflows = await get<Array<{ id: string; name: string }>>('workflows');
	assert.equal(workflows.length, exampleNames().length + 1);
	for (const name of exampleNames()) {
		const found = workflows.find((one) => one.name === readExample(name).name);
		const { nodes } = await get<Workflow>(`workflows/${found?.id}`);
		const ours = nodes.filter(({ type }) => type.startsWith('n8n-nodes-runcomfy.'));
		assert.ok(ours.length > 0);
		for (const { credentials } of ours) assert.ok((credentials as Record<string, object>).runComfyApi, name);
	}
});
