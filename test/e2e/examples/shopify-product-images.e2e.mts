/** The example `overnight/shopify-product-images` against a stand-in of Shopify, started by Shopify's own reports. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { FakeShopify, servedAt } from '../../services/fakeShopify.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { until } from '../../lib/until.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

/** As in the example. */
const SHOP = 'your-shop';

const TOKEN = 'shpat_only_for_tests_0123456789';
const SECRET = 'shpss_only_for_tests_0123456789';

const shopify = new FakeShopify({ shop: SHOP, token: TOKEN, secret: SECRET });

let its: ExampleWorld;
let example: Example;

before(async () => {
	its = await ExampleWorld.open('example-shopify', 'RunComfy Shopify', [shopify], [TOKEN, SECRET]);
	const shopifyAccessTokenApi = await its.rest.createCredential('Shopify account', 'shopifyAccessTokenApi', {
		shopSubdomain: SHOP,
		accessToken: TOKEN,
		appSecretKey: SECRET,
	});
	example = await Example.import(its.rest, 'overnight/shopify-product-images', {
		credentials: {
			[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
			'n8n-nodes-base.httpRequest': { shopifyAccessTokenApi },
			'n8n-nodes-base.shopifyTrigger': { shopifyAccessTokenApi },
		},
		fastWaits: ['Wait for Photos', 'Wait 70 Seconds'],
	});
	await example.activate();
});
beforeEach(() => {
	its.reset();
	shopify.throttles = undefined;
	shopify.throttlesLeft = Number.POSITIVE_INFINITY;
	shopify.isDownFor = undefined;
	shopify.failsFor = undefined;
});
afterEach((context) => its.checked(context));
after(async () => {
	await example.deactivate();
	await until('the webhook to be gone', () => shopify.webhooks.size === 0);
	await its.close();
});

const photos = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ source: `upload-${index}.jpg`, alt: `Photo ${index}` }));

/** Shopify reports a product; the execution that comes of it, at its end. */
async function created(id: string) {
	await shopify.report('products/create', id);
	return await example.nextExecution();
}

const sources = (id: string) => shopify.media(id).map(({ source }) => source);
const said = (execution: { data?: { resultData: { error?: { message: string } } } }) =>
	String(execution.data?.resultData.error?.message);

/** Every photo was bought once, and its picture is in the shop, once. */
function assertDelivered(id: string, count: number): void {
	const bought = shopify
		.media(id)
		.slice(0, count)
		.map((photo) => its.requestFor(servedAt(photo)).outputs[0]);
	assert.equal(its.submits(), count);
	assert.deepEqual(sources(id).slice(count).sort(), bought.sort());
	assert.deepEqual(
		its.table.rows().map(({ status }) => status),
		Array.from({ length: count }, () => 'done'),
	);
}

test('the webhook is registered, with n8n as its address', () => {
	const [webhook, ...others] = [...shopify.webhooks.values()];
	assert.equal(others.length, 0);
	assert.equal(webhook.topic, 'products/create');
	assert.ok(webhook.address.includes(String(its.world.n8n.port)), webhook.address);
});

test('each photo is bought once and its picture stands behind the photos; a second report buys nothing', async () => {
	const old = [
		{ source: 'front.jpg', alt: 'Front' },
		{ source: 'turn.mp4', kind: 'VIDEO' as const },
		{ source: 'back.jpg' },
		// As the copy of another product brings it along.
		{ source: 'copied.png', alt: 'Mug, new background 1' },
	];
	const id = shopify.addProduct('Cup "Tall"', old);
	const execution = await created(id);
	assert.equal(execution.status, 'success', said(execution));
	const [front, , back] = shopify.media(id);
	assert.equal(its.submits(), 2);
	const bought = [its.requestFor(servedAt(front)), its.requestFor(servedAt(back))];
	assert.equal(bought[0].input.prompt, 'On a marble table, soft morning light');
	assert.deepEqual(
		shopify
			.media(id)
			.slice(old.length)
			.map(({ source, alt }) => [source, alt]),
		bought.map(({ outputs }, index) => [outputs[0], `Cup "Tall", new background ${index + 1}`]),
	);

	assert.equal((await created(id)).status, 'success');
	assert.equal(its.submits(), 2);
	assert.equal(shopify.media(id).length, 6);
});

test('a report with a wrong signature starts nothing', async () => {
	const id = shopify.addProduct('Forged', photos(1));
	const before = await example.executionCount();
	await shopify.report('products/create', id, 'not the secret');
	assert.equal(await example.executionCount(), before);
});

test('at most ten photos of a product are bought', async () => {
	const id = shopify.addProduct('Many', photos(12));
	await created(id);
	assert.equal(its.submits(), 10);
	assert.equal(shopify.media(id).length, 22);
});

test('photos that arrive after the report are waited for', async () => {
	const id = shopify.addProduct('Late', []);
	await shopify.report('products/create', id);
	await until('a look without photos', () => shopify.requestsTo('POST', /graphql/).length > 0);
	shopify.addMedia(id, photos(2));
	const execution = await example.nextExecution();
	assert.equal(execution.status, 'success', said(execution));
	assertDelivered(id, 2);
});

test('a product that never gets a photo is told', async () => {
	const id = shopify.addProduct('Nothing', []);
	const execution = await created(id);
	assert.equal(execution.status, 'error');
	assert.ok(said(execution).includes(`${id} – Shopify had no photo of this product`), said(execution));
	assert.equal(its.submits(), 0);
});

test('throttled while it reads and while it adds: it waits, tries again, and all is delivered', async () => {
	shopify.throttles = /./;
	shopify.throttlesLeft = 2;
	const id = shopify.addProduct('Busy', photos(2));
	await shopify.report('products/create', id);
	await until('both purchases', () => its.submits() === 2);
	shopify.throttlesLeft = 3;
	const execution = await example.nextExecution();
	assert.equal(execution.status, 'success', said(execution));
	assertDelivered(id, 2);
});

for (const [what, begin] of [
	['is throttled', () => (shopify.throttles = /productUpdate/)],
	['is down', () => (shopify.isDownFor = /productUpdate/)],
] as const) {
	test(`Shopify ${what} for good: the run ends with what was bought, and a later run adds it`, async () => {
		begin();
		const id = shopify.addProduct('Refused', photos(1));
		const execution = await created(id);
		assert.equal(execution.status, 'error');
		const [request] = its.requests();
		assert.ok(said(execution).includes(`charged, request ${request.id}, not delivered yet`), said(execution));
		assert.ok(said(execution).includes(request.outputs[0]), said(execution));

		shopify.throttles = undefined;
		shopify.isDownFor = undefined;
		its.table.age(91);
		const later = await example.run('Every Morning at 6');
		assert.equal(later.status, 'success', said(later));
		assertDelivered(id, 1);
	});
}

test('a picture that Shopify cannot take is not lost: its address is told', async () => {
	shopify.failsFor = /new background/;
	const id = shopify.addProduct('Untaken', photos(1));
	const execution = await created(id);
	assert.equal(execution.status, 'error');
	assert.equal(its.submits(), 1);
	const [request] = its.requests();
	assert.ok(said(execution).includes(request.outputs[0]), said(execution));
	assert.match(said(execution), /could not be downloaded/);
});
