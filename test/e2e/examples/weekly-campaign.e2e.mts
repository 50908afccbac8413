/** The example `overnight/weekly-campaign` against stand-ins of Google Sheets and Slack. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { FakeGoogleSheets, refusal } from '../../services/fakeGoogleSheets.mts';
import type { ServiceRequest } from '../../services/fakeService.mts';
import { FakeSlack } from '../../services/fakeSlack.mts';
import type { Execution } from '../../n8n/n8nRest.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { type Credentials, Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';
import { fireSoon } from '../schedule.mts';

const GOOGLE_TOKEN = 'ya29.google-token-of-these-tests';
const SLACK_TOKEN = 'xoxb-slack-token-of-these-tests';

const sheets = new FakeGoogleSheets({
	spreadsheetId: 'PUT_THE_ID_OF_YOUR_SHEET_HERE',
	tab: 'Products',
	token: GOOGLE_TOKEN,
	columns: ['sku', 'photo', 'week', 'picture', 'cost', 'request_id'],
});
const slack = new FakeSlack(SLACK_TOKEN);

let its: ExampleWorld;
let credentials: Record<string, Credentials>;
let example: Example;

before(async () => {
	its = await ExampleWorld.open('example-weekly', 'RunComfy weekly', [sheets, slack], [GOOGLE_TOKEN, SLACK_TOKEN]);
	const google = await its.rest.createCredential('Google account', 'googleSheetsOAuth2Api', {
		clientId: 'id',
		clientSecret: 'secret',
		oauthTokenData: { access_token: GOOGLE_TOKEN, refresh_token: 'none', token_type: 'Bearer', expires_in: 3600 },
	});
	credentials = {
		[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
		'n8n-nodes-base.googleSheets': { googleSheetsOAuth2Api: google },
		'n8n-nodes-base.slack': {
			slackApi: await its.rest.createCredential('Slack account', 'slackApi', { accessToken: SLACK_TOKEN }),
		},
	};
	example = await Example.import(its.rest, 'overnight/weekly-campaign', {
		credentials,
		fastWaits: ['Wait for Google', 'Wait 70 Seconds'],
	});
});
beforeEach(() => {
	its.reset();
	slack.messages.length = 0;
	slack.cannotLoad = undefined;
	sheets.interfere = undefined;
	sheets.requests.length = 0;
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

const photoOf = (sku: string) => `https://images.example.com/${sku}.jpg`;
const product = (sku: string) => ({ sku, photo: photoOf(sku) });
const products = (...skus: string[]) => sheets.fill(skus.map(product));
const boughtFor = (sku: unknown) => its.requests().filter(({ input }) => input.image === photoOf(String(sku)));
const isWrite = ({ method }: ServiceRequest) => method === 'POST';
const quota = () => refusal(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for quota metric Write requests');
const said = (execution: Execution) => String(execution.data?.resultData.error?.message);

/** Everything that people read in Slack. */
const told = () => JSON.stringify(slack.messages);

async function byHand(): Promise<Execution> {
	return await example.run('Run by Hand', 180_000);
}

/** These rows were bought once and have the picture of their own request. */
function assertDone(...skus: string[]): void {
	for (const sku of skus) {
		const [row] = sheets.rows().filter((one) => one.sku === sku);
		const [request, ...others] = boughtFor(sku);
		assert.deepEqual(others, [], `${sku} was bought more than once`);
		const { request_id, picture, cost } = row;
		assert.deepEqual(
			{ request_id, picture, cost },
			{ request_id: request.id, picture: request.outputs[0], cost: 0.06 },
		);
	}
}

test('each product is bought once a week, row and Slack get picture and cost', async () => {
	sheets.fill([
		product('A-1'),
		{ ...product('B-2'), week: '2020-W01', picture: 'old', cost: 1, request_id: 'old' },
		{ sku: 'no photo' },
		{ photo: photoOf('no sku') },
	]);
	await fireSoon(its.rest, example.id);
	const execution = await example.nextExecution();
	await example.deactivate();
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(its.submits(), 2);
	assertDone('A-1', 'B-2');
	const [message, ...others] = slack.messages;
	assert.deepEqual(others, []);
	assert.equal(message.channel, '#campaigns');
	assert.match(String(message.text), /: 2 pictures for \$0\.12$/);
	assert.deepEqual(
		message.blocks?.flatMap(({ accessory }) => accessory?.image_url ?? []),
		its.requests().map(({ outputs }) => outputs[0]),
	);

	assert.equal((await byHand()).status, 'success');
	assert.equal(its.submits(), 2);
	assert.equal(slack.messages.length, 1);
});

test('"Quota exceeded" while it reads and while it writes: it waits, and all is bought, written and told', async () => {
	products('A-1', 'B-2', 'C-3');
	let reads = 0;
	let writes = 0;
	sheets.interfere = async (request) => {
		if (isWrite(request)) return (writes += 1) === 1 ? quota() : undefined;
		return (reads += 1) === 1 ? quota() : undefined;
	};
	const execution = await byHand();
	assert.equal(execution.status, 'success', said(execution));
	assert.ok(reads > 1 && writes > 1, `${reads} reads, ${writes} writes`);
	assert.equal(its.submits(), 3);
	assertDone('A-1', 'B-2', 'C-3');
	for (const { outputs } of its.requests()) assert.ok(told().includes(outputs[0]));
});

test('a sheet that takes nothing any more: Slack and the run say what was bought; a later run writes it', async () => {
	products('A-1', 'B-2');
	sheets.interfere = async (request) => (isWrite(request) ? quota() : undefined);
	const execution = await byHand();
	assert.equal(execution.status, 'error');
	assert.equal(its.submits(), 2);
	for (const { id } of its.requests()) {
		assert.ok(said(execution).includes(`charged, request ${id}, not delivered yet`), said(execution));
		assert.ok(told().includes(id));
	}
	assert.match(said(execution), /not delivered yet\. .*too many requests/);
	sheets.interfere = undefined;
	its.table.age(91);
	const later = await byHand();
	assert.equal(later.status, 'success', said(later));
	assert.equal(its.submits(), 2);
	assertDone('A-1', 'B-2');
});

test('a sheet that cannot be read buys nothing, and the run says so', async () => {
	products('A-1');
	sheets.interfere = async () => refusal(403, 'PERMISSION_DENIED');
	const execution = await byHand();
	assert.equal(execution.status, 'error');
	assert.match(said(execution), /Google Sheets returned no products/);
	assert.equal(its.submits(), 0);
});

test('Slack cannot load a picture: it gets the message without pictures', async () => {
	products('A-1', 'B-2');
	slack.cannotLoad = /\/files\//;
	const execution = await byHand();
	assert.equal(execution.status, 'success', said(execution));
	const [message, ...others] = slack.messages;
	assert.deepEqual(others, []);
	assert.match(String(message.text), /: 2 pictures for \$0\.12$/);
	assert.ok(!told().includes('accessory'));
	for (const { outputs } of its.requests()) assert.ok(told().includes(outputs[0]));
});

test('two rows with one SKU: the first is bought, and the second is told', async () => {
	sheets.fill([product('A-1'), { sku: 'A-1', photo: photoOf('other') }, product('B-2')]);
	const execution = await byHand();
	assert.equal(execution.status, 'error');
	assert.match(said(execution), /A-1 – appears in two rows of the sheet/);
	assert.match(told(), /A-1: appears in two rows/);
	assert.equal(its.submits(), 2);
	assertDone('A-1', 'B-2');
	assert.deepEqual(boughtFor('other'), []);
});

test('a request that needs long is looked at again, without a second submit', async () => {
	products('A-1');
	its.world.emulator.set({ runMs: 5_000 });
	const execution = await byHand();
	assert.ok((execution.data?.resultData.runData['Get Result'].length ?? 0) >= 3);
	assert.equal(its.submits(), 1);
	assertDone('A-1');
});
