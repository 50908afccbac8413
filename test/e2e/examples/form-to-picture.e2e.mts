/** The example `start/form-to-picture` in a browser, as a visitor meets it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { type Browser, openBrowser, type Page } from '../../n8n/browser.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { until } from '../../lib/until.mts';
import { Example } from '../example.mts';
import { productPhoto } from '../../lib/photos.mts';
import { ExampleWorld } from '../exampleWorld.mts';

/** First page in a fresh browser on busy cores. */
const PATIENCE_MS = 60_000;

let its: ExampleWorld;
let browser: Browser;
let address: string;
let photo: string;

before(async () => {
	its = await ExampleWorld.open('example-form', '', [], []);
	browser = await openBrowser();
	const example = await Example.import(its.rest, 'start/form-to-picture', {
		credentials: { [OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) } },
	});
	await example.activate();
	const form = example.workflow.nodes.find(({ name }) => name === 'Photo Form');
	address = `${its.world.n8n.url}/form/${String(form?.webhookId)}`;
	photo = join(its.world.folder, 'cup.jpg');
	writeFileSync(photo, await productPhoto());
});
beforeEach(() => its.reset());
afterEach((context) => its.checked(context));
after(async () => {
	await browser.close();
	await its.close();
});

/** A visitor fills in the form and sends it; gives the page once it says one of the two titles. */
async function send(scene: string): Promise<Page> {
	const page = await (await browser.window('light')).newPage();
	page.setDefaultTimeout(PATIENCE_MS);
	await page.goto(address);
	await page.locator('input[type=file]').first().setInputFiles(photo);
	await page.locator('textarea').first().fill(scene);
	await page.locator('button[type=submit], #submit-btn').first().click();
	await page
		.getByText(/Your picture is ready|There is no picture|Problem submitting response/)
		.first()
		.waitFor();
	await page.screenshot({ path: join(its.world.folder, `${scene.replaceAll(' ', '-')}.png`) });
	return page;
}

const textOf = async (page: Page) => await page.evaluate<string>('document.body.innerText');

test('the page shows the picture, and the file has the name of the photo', async () => {
	const page = await send('on oak');
	assert.match(await textOf(page), /Your picture is ready/);
	assert.equal(its.submits(), 1);
	const [request] = its.requests();
	assert.match(String(request.input.image), /^data:image\/jpeg;base64,/);
	assert.equal(request.input.prompt, 'on oak');
	const picture = page.locator('img[alt="Your picture"]').first();
	assert.equal(await picture.getAttribute('src'), request.outputs[0]);
	await until('the picture', async () => await picture.evaluate((image) => (image.naturalWidth ?? 0) > 0));
	// The page makes the download out of this by itself.
	const source = await page.evaluate<string>('document.documentElement.innerHTML');
	const [, files] = /decodeURIComponent\("([^"]+)"\)/.exec(source) ?? [];
	assert.match(decodeURIComponent(files), /"fileName":"cup-new-background\.png"/);
});

test('a picture that fails is explained in words, with the request ID', async () => {
	its.failJobOf(1, 'The subject could not be found.');
	const text = await textOf(await send('on the moon'));
	assert.match(text, /There is no picture/);
	assert.match(text, /could not be found/);
	assert.ok(text.includes(its.requests()[0].id), text);
	assert.match(text, /do not send the photo again/);
	assert.equal(its.submits(), 1);
});

test('a file that cannot be fetched is linked, and nobody is told to pay again', async () => {
	its.world.emulator.fault('download', { kind: 'status', status: 404 });
	const page = await send('on sand');
	assert.match(await textOf(page), /Your picture is ready/);
	const link = page.locator('a').filter({ hasText: 'Open your picture' }).first();
	assert.equal(await link.getAttribute('href'), its.requests()[0].outputs[0]);
	assert.equal(its.submits(), 1);
});
