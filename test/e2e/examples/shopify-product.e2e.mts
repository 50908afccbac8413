/** The example `start/shopify-product`: a product is reported, its picture stands behind the photo. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { FakeShopify, servedAt } from '../../services/fakeShopify.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

const TOKEN = 'shpat_only_for_tests_0123456789';
const SECRET = 'shpss_only_for_tests_0123456789';

const shopify = new FakeShopify({ shop: 'your-shop', token: TOKEN, secret: SECRET });

let its: ExampleWorld;

before(async () => {
	its = await ExampleWorld.open('example-shopify-start', '', [shopify], [TOKEN, SECRET]);
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

test('the first photo of a new product is bought once; a product without a photo buys nothing', async () => {
	const shopifyAccessTokenApi = await its.rest.createCredential('Shopify account', 'shopifyAccessTokenApi', {
		shopSubdomain: 'your-shop',
		accessToken: TOKEN,
		appSecretKey: SECRET,
	});
	const example = await Example.import(its.rest, 'start/shopify-product', {
		credentials: {
			[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
			'n8n-nodes-base.httpRequest': { shopifyAccessTokenApi },
			'n8n-nodes-base.shopifyTrigger': { shopifyAccessTokenApi },
		},
	});
	await example.activate();
	const id = shopify.addProduct('Cup', [{ source: 'front.jpg' }, { source: 'back.jpg' }]);
	await shopify.report('products/create', id);
	const execution = await example.nextExecution();
	assert.equal(execution.status, 'success', execution.data?.resultData.error?.message);
	assert.equal(its.submits(), 1);
	const [front, , added] = shopify.media(id);
	assert.deepEqual([added.source, added.alt], [its.requestFor(servedAt(front)).outputs[0], 'Cup']);

	await shopify.report('products/create', shopify.addProduct('Nothing', []));
	assert.equal((await example.nextExecution()).status, 'error');
	assert.equal(its.submits(), 1);
	await example.deactivate();
});
