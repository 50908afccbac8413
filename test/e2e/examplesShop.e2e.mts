/** The examples for shops, each run through its own trigger against stand-ins of the services it talks to. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import type { EmulatedRequest } from '../emulator/emulator.mts';
import { Example } from './example.mts';
import { FakeAirtable } from '../services/fakeAirtable.mts';
import { FakeShopify, servedAt } from '../services/fakeShopify.mts';
import type { N8nServer } from '../n8n/n8nHome.mts';
import { itemsOf, type N8nRest } from '../n8n/n8nRest.mts';
import { strangers } from '../services/noWayOut.mts';
import { until } from '../lib/until.mts';
import { OUR_NODE } from '../n8n/workflow.mts';
import { World } from './world.mts';

/** n8n looks into Airtable once a minute, at a second of its own choice. */
const POLL_WITHIN_MS = 75_000;

const MINUTE_MS = 60_000;

/** As in the examples. */
const AIRTABLE = { baseId: 'appXXXXXXXXXXXXXX', tableId: 'tblXXXXXXXXXXXXXX' };
const SHOP = 'your-shop';

/** Nobody else's, so that none of them can be in a request by chance. */
const TOKENS = {
	airtable: 'patOnlyForTests.0123456789',
	shopify: 'shpat_only_for_tests_0123456789',
	shopifySecret: 'shpss_only_for_tests_0123456789',
	runComfy: 'runcomfy-token-of-these-tests',
};

const airtable = new FakeAirtable({
	...AIRTABLE,
	token: TOKENS.airtable,
	fields: {
		Photo: 'attachment',
		Prompt: 'text',
		Status: 'select',
		Result: 'attachment',
		'Request ID': 'text',
		Error: 'text',
		Changed: 'lastModified',
	},
	watched: ['Photo', 'Status'],
});
const shopify = new FakeShopify({ shop: SHOP, token: TOKENS.shopify, secret: TOKENS.shopifySecret });

let world: World;
let server: N8nServer;
let rest: N8nRest;
let runComfy: { id: string; name: string };

before(async () => {
	world = await World.open({
		name: 'examples-shop',
		services: [airtable, shopify],
		emulator: { token: TOKENS.runComfy },
	});
	server = await world.start();
	({ rest } = server);
	runComfy = await world.createCredential(rest);
});
beforeEach(() => world.emulator.reset());
afterEach(assertTokensStayHome);
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => await world.close());

const submits = () => world.emulator.counts().submitsReceived;

/** The request that an input picture was bought with. */
function requestFor(image: string): EmulatedRequest {
	const requests = world.emulator.requests().filter(({ input }) => input.image === image);
	assert.equal(requests.length, 1, `${image} was bought ${requests.length} times`);
	return requests[0];
}

const pictureOf = ({ id }: EmulatedRequest) => `${world.emulator.modelApiUrl}/files/${id}/0.png`;

/** The nth submit from now on gives a job that fails. */
function failJobOf(nthSubmit: number): void {
	world.emulator.onCall = ({ phase, nth }) => {
		if (phase === 'submit' && nth === nthSubmit) world.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
		return undefined;
	};
}

/** Each token is seen by those only whom it belongs to; every call carries the right one. */
function assertTokensStayHome(): void {
	for (const service of [airtable, shopify]) {
		for (const { method, path, headers, bytes } of service.requests) {
			const all = JSON.stringify(headers) + bytes.toString('latin1');
			assert.ok(!all.includes(TOKENS.runComfy), `${method} ${path} has RunComfy's token`);
		}
	}
	assert.ok(airtable.requests.every(({ headers }) => headers.authorization === `Bearer ${TOKENS.airtable}`));
	assert.ok(shopify.requests.every(({ headers }) => headers['x-shopify-access-token'] === TOKENS.shopify));
	assert.ok(world.emulator.calls().every(({ phase, tokenOk }) => tokenOk || phase === 'download'));
	const bought = JSON.stringify(world.emulator.requests());
	for (const token of [TOKENS.airtable, TOKENS.shopify, TOKENS.shopifySecret]) assert.ok(!bought.includes(token));
}

/** Ends n8n as a power cut does, and starts it again on the same home. */
async function crashAndRestart(): Promise<void> {
	await server.process.kill9();
	server = await world.n8n.start();
}

describe('airtable-new-photo', () => {
	let example: Example;

	before(async () => {
		const credential = await rest.createCredential('Airtable account', 'airtableTokenApi', {
			accessToken: TOKENS.airtable,
		});
		example = await Example.import(rest, 'airtable-new-photo', {
			credentials: {
				[OUR_NODE]: { runComfyApi: runComfy },
				'n8n-nodes-base.airtable': { airtableTokenApi: credential },
				'n8n-nodes-base.airtableTrigger': { airtableTokenApi: credential },
			},
			fastWaits: ['Wait a Moment'],
		});
		await example.activate();
	});
	after(async () => await example.deactivate());

	/** n8n polls when a workflow is switched on: nobody has to wait for the minute. */
	const pollNow = async () => {
		await example.deactivate();
		await example.activate();
	};

	/** What n8n wrote into the table, cell by cell. */
	const written = () =>
		airtable.requestsTo('PATCH', /./).flatMap(({ body }) =>
			(body as { records: Array<{ id: string; fields: { Error?: string } }> }).records.map(({ id, fields }) => ({
				id,
				...fields,
			})),
		);

	let done: string;

	test('a new photo is bought once; the record gets picture and status', async () => {
		done = airtable.add({ Photo: [{ url: 'https://www.example.com/cup.jpg' }], Prompt: 'On a wooden table' });
		const execution = await example.nextExecution(POLL_WITHIN_MS);

		assert.equal(execution.status, 'success');
		assert.equal(execution.mode, 'trigger');
		const [request, ...others] = world.emulator.requests();
		assert.equal(others.length, 0);
		assert.equal(submits(), 1);
		assert.equal(request.input.prompt, 'On a wooden table');
		const { Changed: _, ...cells } = airtable.cells(done);
		assert.deepEqual(cells, {
			Photo: ['https://www.example.com/cup.jpg'],
			Prompt: 'On a wooden table',
			Status: 'Done',
			Result: [pictureOf(request)],
			'Request ID': request.id,
		});
		const [{ Error: claim, ...claimed }, ...later] = written();
		assert.deepEqual(claimed, { id: done, Status: 'In progress', 'Request ID': '' });
		assert.equal(claim, `Being bought by n8n, workflow ${example.id}, execution ${execution.id}.`);
		assert.deepEqual(later, [
			{ id: done, 'Request ID': request.id, Error: '' },
			{ id: done, Status: 'Done', Result: [{ url: pictureOf(request) }], Error: '' },
		]);
		// The link to the photo is the one that Airtable gave last, after the claim and right before the photo was bought.
		const lastRead = airtable.requestsTo('GET', /\/rec/).at(-1);
		assert.equal(airtable.requestThatGave(String(request.input.image)), lastRead);
		assert.ok(Number(lastRead?.atMs) > Number(airtable.requestsTo('PATCH', /./)[0].atMs));
	});

	test('of three records one fails: it says why, and has the request ID', async () => {
		failJobOf(2);
		const ids = [1, 2, 3].map((n) => airtable.add({ Photo: [{ url: `https://www.example.com/${n}.jpg` }] }));
		await pollNow();
		assert.equal((await example.nextExecution()).status, 'success');

		assert.equal(submits(), 3);
		const [first, failed, third] = ids.map((id) => airtable.cells(id));
		assert.deepEqual([first.Status, failed.Status, third.Status], ['Done', 'Failed', 'Done']);
		const requests = world.emulator.requests();
		assert.equal(failed['Request ID'], requests[1].id);
		assert.equal(requests[1].state, 'failed');
		assert.match(
			String(failed.Error),
			new RegExp(`^Request ${requests[1].id} failed: The image could not be processed`),
		);
		assert.equal(failed.Result, undefined);
		assert.deepEqual(third.Result, [pictureOf(requests[2])]);
		assert.equal(requests[0].input.prompt, 'On a marble table, soft morning light');
	});

	test('a second firing pays nothing: by hand, by another poll, by a change of something else', async () => {
		const before = written().length;
		const polls = () => airtable.requests.filter(({ query }) => query.has('filterByFormula')).length;
		const pollsBefore = polls();
		// By hand Airtable Trigger gives the table's first record, whatever its state.
		const byHand = await example.run('Photo Added');
		assert.equal(byHand.status, 'success');
		assert.equal(itemsOf(byHand, 'Photo Added')[0].json.id, done);
		airtable.change(done, { Prompt: 'On the moon' });
		const executions = await example.executionCount();
		await pollNow();
		assert.ok(polls() > pollsBefore);
		assert.equal(await example.executionCount(), executions);
		assert.equal(submits(), 0);
		assert.equal(written().length, before);
	});

	test('an emptied status buys again, once', async () => {
		airtable.change(done, { Status: '' });
		await pollNow();
		assert.equal((await example.nextExecution()).status, 'success');
		const [request] = world.emulator.requests();
		assert.equal(submits(), 1);
		assert.equal(request.input.prompt, 'On the moon');
		assert.deepEqual(airtable.cells(done).Result, [pictureOf(request)]);
		assert.equal(airtable.cells(done)['Request ID'], request.id);
	});

	test('two executions at the same moment buy a record once', async () => {
		await example.deactivate();
		airtable.change(done, { Status: '' });
		// Both see the empty status before either has claimed the record.
		airtable.letReadsMeet(2);
		const executions = await Promise.all([example.run('Photo Added'), example.run('Photo Added')]);
		assert.deepEqual(
			executions.map(({ status }) => status),
			['success', 'success'],
		);
		assert.equal(submits(), 1);
		assert.equal(airtable.cells(done).Status, 'Done');
		assert.equal(airtable.cells(done)['Request ID'], world.emulator.requests()[0].id);
		await example.activate();
	});

	test('what is not known is not bought again, and the record says so', async () => {
		world.emulator.fault('submit', { kind: 'cutAfter' }, { next: 1 });
		const id = airtable.add({ Photo: [{ url: 'https://www.example.com/unknown.jpg' }] });
		await pollNow();
		await example.nextExecution();
		assert.equal(submits(), 1);
		assert.equal(airtable.cells(id).Status, 'Failed');
		assert.match(String(airtable.cells(id).Error), /It may have been charged/);
		await pollNow();
		assert.equal(submits(), 1);
	});

	test('after a crash a retry pays nothing, and the morning run fetches the picture', async () => {
		world.emulator.set({ queueMs: 0, runMs: 15_000 });
		const bought = airtable.add({ Photo: [{ url: 'https://www.example.com/crash.jpg' }] });
		const unknown = airtable.add({ Photo: [{ url: 'https://www.example.com/gap.jpg' }], Status: 'In progress' });
		await pollNow();
		const requestId = await until('the request ID in the record', () => airtable.cells(bought)['Request ID']);
		await crashAndRestart();

		const executionId = await example.crashed();
		assert.equal(airtable.cells(bought).Status, 'In progress');
		const retried = await rest.untilEnded(await rest.retry(executionId));
		assert.equal(retried.status, 'success');
		assert.equal(submits(), 1);

		// A record that is being worked on is left alone for half an hour.
		await example.run('Every Morning at 6');
		assert.equal(airtable.cells(unknown).Status, 'In progress');
		airtable.aheadMs = 31 * MINUTE_MS;
		const morning = await example.run('Every Morning at 6');
		assert.equal(morning.status, 'success');
		assert.equal(submits(), 1);
		const [request] = world.emulator.requests();
		assert.equal(request.id, requestId);
		assert.equal(airtable.cells(bought).Status, 'Done');
		assert.deepEqual(airtable.cells(bought).Result, [pictureOf(request)]);
		assert.equal(airtable.cells(unknown).Status, 'Check');
		assert.match(String(airtable.cells(unknown).Error), /Look under Generations/);
	});
});

describe('shopify-product-images', () => {
	let example: Example;
	let productId: string;

	before(async () => {
		const credential = await rest.createCredential('Shopify account', 'shopifyAccessTokenApi', {
			shopSubdomain: SHOP,
			accessToken: TOKENS.shopify,
			appSecretKey: TOKENS.shopifySecret,
		});
		example = await Example.import(rest, 'shopify-product-images', {
			credentials: {
				[OUR_NODE]: { runComfyApi: runComfy },
				'n8n-nodes-base.httpRequest': { shopifyAccessTokenApi: credential },
				'n8n-nodes-base.shopifyTrigger': { shopifyAccessTokenApi: credential },
			},
			fastWaits: ['Wait for Photos', 'Wait for Shopify'],
		});
		await example.activate();
	});
	after(async () => {
		await example.deactivate();
		await until('the webhook to be gone', () => shopify.webhooks.size === 0);
	});

	const photos = (count: number) =>
		Array.from({ length: count }, (_, index) => ({ source: `upload-${index}.jpg`, alt: `Photo ${index}` }));

	/** The pictures that n8n asked Shopify to fetch, in the order of the requests. */
	const pictures = () =>
		shopify.requestsTo('POST', /graphql/).flatMap(({ body }) => {
			const { query, variables } = body as { query: string; variables: { media: Array<{ originalSource: string }> } };
			return query.includes('productUpdate') ? variables.media.map(({ originalSource }) => originalSource) : [];
		});

	const entryOf = (product: string, index: number) => {
		const { id } = shopify.media(product)[index];
		return shopify.entries(product)[`runcomfy.photo_${id.split('/').at(-1)}`];
	};

	test('the webhook is registered, with n8n as its address', () => {
		const [webhook, ...others] = [...shopify.webhooks.values()];
		assert.equal(others.length, 0);
		assert.equal(webhook.topic, 'products/create');
		assert.ok(webhook.address.includes(String(world.n8n.port)), webhook.address);
	});

	test('each photo of a new product is bought once, and the pictures stand behind the photos', async () => {
		const old = [
			{ source: 'front.jpg', alt: 'Front' },
			{ source: 'turn.mp4', kind: 'VIDEO' as const },
			{ source: 'back.jpg' },
			// As the copy of another product brings it along.
			{ source: 'copied.png', alt: 'Cup, new background 1' },
		];
		productId = shopify.addProduct('Cup "Tall"', old);
		assert.deepEqual(await shopify.report('products/create', productId), [200]);
		const execution = await example.nextExecution();
		assert.equal(execution.status, 'success');

		const [front, , back] = shopify.media(productId);
		assert.equal(submits(), 2);
		const bought = [requestFor(servedAt(front)), requestFor(servedAt(back))];
		assert.equal(bought[0].input.prompt, 'On a marble table, soft morning light');
		assert.deepEqual(
			shopify.media(productId).map(({ source, alt }) => [source, alt]),
			[
				['front.jpg', 'Front'],
				['turn.mp4', ''],
				['back.jpg', ''],
				['copied.png', 'Cup, new background 1'],
				[pictureOf(bought[0]), 'Cup "Tall", new background 1'],
				[pictureOf(bought[1]), 'Cup "Tall", new background 2'],
			],
		);
		const [first, second] = shopify.media(productId).slice(old.length);
		assert.deepEqual(entryOf(productId, 0), { status: 'done', request_id: bought[0].id, media_id: first.id });
		assert.deepEqual(entryOf(productId, 2), { status: 'done', request_id: bought[1].id, media_id: second.id });
		assert.equal(Object.keys(shopify.entries(productId)).length, 2);
		// It waited for Shopify before and after: the photos had to be read in, and the pictures.
		assert.ok(itemsOf(execution, 'Wait for Photos').length > 0);
		assert.deepEqual(itemsOf(execution, 'Write Done').length + itemsOf(execution, 'Write Done', { run: 1 }).length, 2);
	});

	test('the same report again pays nothing and adds nothing', async () => {
		const before = pictures().length;
		await shopify.report('products/create', productId);
		assert.equal((await example.nextExecution()).status, 'success');
		assert.equal(submits(), 0);
		assert.equal(pictures().length, before);
	});

	test('two reports at the same moment buy each photo once', async () => {
		const id = shopify.addProduct('Twins', photos(3));
		await Promise.all([shopify.report('products/create', id), shopify.report('products/create', id)]);
		for (const execution of [await example.nextExecution(), await example.nextExecution()]) {
			assert.equal(execution.status, 'success');
		}
		assert.equal(submits(), 3);
		for (const photo of shopify.media(id).slice(0, 3)) requestFor(servedAt(photo));
		assert.equal(shopify.media(id).length, 6);
	});

	test('a report with a wrong signature starts nothing', async () => {
		const before = await example.executionCount();
		await shopify.report('products/create', productId, 'not the secret');
		assert.equal(await example.executionCount(), before);
	});

	test('at most ten photos of a product are bought', async () => {
		const id = shopify.addProduct('Many', photos(12));
		await shopify.report('products/create', id);
		await example.nextExecution();
		assert.equal(submits(), 10);
		assert.equal(shopify.media(id).length, 22);
	});

	test('a job that fails is told in the entry of its photo; the other picture is added', async () => {
		failJobOf(1);
		const id = shopify.addProduct('Half', photos(2));
		await shopify.report('products/create', id);
		assert.equal((await example.nextExecution()).status, 'success');
		assert.equal(submits(), 2);
		const [failed, good] = world.emulator.requests();
		const { error, ...entry } = entryOf(id, 0);
		assert.deepEqual(entry, { status: 'failed', request_id: failed.id });
		assert.match(String(error), new RegExp(`^Request ${failed.id} failed`));
		assert.equal(entryOf(id, 1).status, 'done');
		assert.deepEqual(
			shopify
				.media(id)
				.slice(2)
				.map(({ source }) => source),
			[pictureOf(good)],
		);
	});

	test('what is not known is not bought again, and the entry says so', async () => {
		world.emulator.fault('submit', { kind: 'cutAfter' }, { next: 1 });
		const id = shopify.addProduct('Unknown', photos(1));
		await shopify.report('products/create', id);
		await example.nextExecution();
		await shopify.report('products/create', id);
		await example.nextExecution();
		assert.equal(submits(), 1);
		assert.equal(entryOf(id, 0).status, 'failed');
		assert.match(String(entryOf(id, 0).error), /It may have been charged/);
	});

	const troubles: Array<[string, () => void, RegExp]> = [
		[
			'cannot take',
			() => (shopify.failsFor = /new background/),
			/Shopify did not take it \(FAILED\): .*could not be downloaded/,
		],
		['is down for', () => (shopify.isDownFor = /productUpdate/), /Shopify did not take it \(not added\): "The service/],
	];
	for (const [what, begin, said] of troubles) {
		test(`a picture that Shopify ${what} is not lost`, async () => {
			begin();
			const id = shopify.addProduct('Untaken', photos(1));
			await shopify.report('products/create', id);
			assert.equal((await example.nextExecution()).status, 'success');
			shopify.failsFor = undefined;
			shopify.isDownFor = undefined;
			assert.equal(submits(), 1);
			const [request] = world.emulator.requests();
			const { error, ...entry } = entryOf(id, 0);
			assert.deepEqual(entry, { status: 'failed', request_id: request.id, image_url: pictureOf(request) });
			assert.match(String(error), said);
		});
	}

	test('after a crash a retry fetches what is bought and buys what is not', async () => {
		world.emulator.set({ queueMs: 0, runMs: 15_000 });
		const id = shopify.addProduct('Crash', photos(2));
		await shopify.report('products/create', id);
		await until('both request IDs in the entries', () => submits() === 2 && entryOf(id, 1)?.request_id !== undefined);
		await crashAndRestart();
		const crashed = await example.crashed();

		// Nobody can know yet that the first execution has ended.
		assert.equal((await rest.untilEnded(await rest.retry(crashed))).status, 'success');
		assert.equal(shopify.media(id).length, 2);
		shopify.agedMs = 16 * MINUTE_MS;
		assert.equal((await rest.untilEnded(await rest.retry(crashed))).status, 'success');
		assert.equal(submits(), 2);
		const bought = world.emulator.requests().map(pictureOf);
		assert.deepEqual(
			shopify
				.media(id)
				.slice(2)
				.map(({ source }) => source),
			bought,
		);
		assert.deepEqual([entryOf(id, 0).status, entryOf(id, 1).status], ['done', 'done']);
	});
});

test('nobody else was called', () => assert.deepEqual(strangers(world.noWayOut), []));
