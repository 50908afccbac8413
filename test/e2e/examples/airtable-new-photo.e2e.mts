/** The example `overnight/airtable-new-photo` against a stand-in of Airtable, started by n8n's own polls. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { FakeAirtable } from '../../services/fakeAirtable.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

/** n8n looks into Airtable once a minute, at a second of its own choice. */
const POLL_WITHIN_MS = 75_000;

const TOKEN = 'patOnlyForTests.0123456789';

const airtable = new FakeAirtable({
	// As in the example.
	baseId: 'appXXXXXXXXXXXXXX',
	tableId: 'tblXXXXXXXXXXXXXX',
	token: TOKEN,
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

let its: ExampleWorld;
let example: Example;

before(async () => {
	its = await ExampleWorld.open('example-airtable', 'RunComfy Airtable', [airtable], [TOKEN]);
	const airtableTokenApi = await its.rest.createCredential('Airtable account', 'airtableTokenApi', {
		accessToken: TOKEN,
	});
	example = await Example.import(its.rest, 'overnight/airtable-new-photo', {
		credentials: {
			[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
			'n8n-nodes-base.airtable': { airtableTokenApi },
			'n8n-nodes-base.airtableTrigger': { airtableTokenApi },
		},
		fastWaits: ['Wait for the Photo', 'Wait 70 Seconds'],
	});
	await example.activate();
});
beforeEach(() => {
	its.reset();
	airtable.interfere = undefined;
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

const photo = (...names: string[]) => ({ Photo: names.map((name) => ({ url: `https://www.example.com/${name}` })) });

/** n8n polls when a workflow is switched on: nobody has to wait for the minute. */
async function poll(timeoutMs = POLL_WITHIN_MS) {
	await example.deactivate();
	await example.activate();
	const execution = await example.nextExecution(timeoutMs);
	await example.settled();
	return execution;
}

const said = (execution: { data?: { resultData: { error?: { message: string } } } }) =>
	String(execution.data?.resultData.error?.message);

let done: string;

test('a new photo is bought once; the record gets picture, request ID and status', async () => {
	done = airtable.add({ ...photo('cup.jpg'), Prompt: 'On a wooden table' });
	const execution = await example.nextExecution(POLL_WITHIN_MS);
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(execution.mode, 'trigger');
	assert.equal(its.submits(), 1);
	const [request] = its.requests();
	assert.equal(request.input.prompt, 'On a wooden table');
	const { Changed: _, ...cells } = airtable.cells(done);
	assert.deepEqual(cells, {
		Photo: ['https://www.example.com/cup.jpg'],
		Prompt: 'On a wooden table',
		Status: 'Done',
		Result: [request.outputs[0]],
		'Request ID': request.id,
	});
	// The link to the photo is the one that Airtable gave last, right before the photo was bought.
	const lastRead = airtable.requestsTo('GET', /\/rec/).at(-1);
	assert.equal(airtable.requestThatGave(String(request.input.image)), lastRead);
});

test('of three records one fails: it says why, and has the request ID', async () => {
	its.failJobOf(2);
	const ids = [1, 2, 3].map((n) => airtable.add(photo(`${n}.jpg`)));
	const execution = await poll();
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(its.submits(), 3);
	const [first, failed, third] = ids.map((id) => airtable.cells(id));
	assert.deepEqual([first.Status, failed.Status, third.Status], ['Done', 'Failed', 'Done']);
	const requests = its.requests();
	assert.equal(failed['Request ID'], requests[1].id);
	assert.match(String(failed.Error), new RegExp(`^Request ${requests[1].id} failed`));
	assert.deepEqual(third.Result, [requests[2].outputs[0]]);
	assert.equal(requests[0].input.prompt, 'On a marble table, soft morning light');
});

test('the first JPEG, PNG or WebP is bought; a record without any says so', async () => {
	const mixed = airtable.add(photo('brief.pdf', 'phone.heic', 'good.png', 'other.jpg'));
	const none = airtable.add(photo('brief.pdf', 'phone.heic'));
	const execution = await poll();
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(its.submits(), 1);
	assert.match(String(its.requests()[0].input.image), /good\.png$/);
	assert.equal(airtable.cells(mixed).Status, 'Done');
	assert.equal(airtable.cells(none).Status, 'Failed');
	assert.match(
		String(airtable.cells(none).Error),
		/No JPEG, PNG or WebP among the attachments \(brief\.pdf, phone\.heic\)/,
	);
});

test('a second firing pays nothing: by hand, or with a photo that is not replaced', async () => {
	const id = airtable.add(photo('again.jpg'));
	await poll();
	assert.equal(its.submits(), 1);
	assert.equal((await example.run('Photo Added')).status, 'success');
	airtable.change(id, { Status: '' });
	await poll();
	assert.equal(its.submits(), 1);

	airtable.change(id, photo('replaced.jpg'));
	await poll();
	assert.equal(its.submits(), 2);
	assert.deepEqual(airtable.cells(id).Result, [its.requests()[1].outputs[0]]);
});

test('`again` in the table buys the same photo again, once', async () => {
	const id = airtable.add(photo('more.jpg'));
	await poll();
	its.table.write(String(its.table.rows()[0].item), 'status', 'again');
	for (let run = 0; run < 2; run += 1) assert.equal((await example.run('Run by Hand')).status, 'success');
	assert.equal(its.submits(), 2);
	assert.deepEqual(airtable.cells(id).Result, [its.requests()[1].outputs[0]]);
});

test('what is not known is not bought again, and the record says so', async () => {
	its.world.emulator.fault('submit', { kind: 'cutAfter' }, { next: 1 });
	const id = airtable.add(photo('unknown.jpg'));
	const execution = await poll();
	assert.match(said(execution), /It is not known whether RunComfy accepted/);
	assert.equal(airtable.cells(id).Status, 'Check');
	assert.match(String(airtable.cells(id).Error), /It may have been charged/);
	await example.run('Run by Hand');
	assert.equal(its.submits(), 1);
});

test('Airtable asks to come back later, while it reads and while it takes the picture', async () => {
	const busy = { status: 429, json: { errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Rate limit exceeded.' }] } };
	let reads = 0;
	let writes = 0;
	airtable.interfere = ({ method, path }) => {
		if (method === 'GET' && /\/rec/.test(path)) return (reads += 1) <= 6 ? busy : undefined;
		return method === 'PATCH' && (writes += 1) <= 2 ? busy : undefined;
	};
	const ids = ['one', 'two'].map((name) => airtable.add(photo(`busy-${name}.jpg`)));
	const execution = await poll(180_000);
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(its.submits(), 2);
	for (const id of ids) assert.equal(airtable.cells(id).Status, 'Done');
});
