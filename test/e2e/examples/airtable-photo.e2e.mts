/** The example `start/airtable-photo`: Airtable in three nodes. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { FakeAirtable } from '../../services/fakeAirtable.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

const TOKEN = 'patOnlyForTests.0123456789';

/** n8n looks into Airtable once a minute, at a second of its own choice. */
const POLL_WITHIN_MS = 75_000;

const airtable = new FakeAirtable({
	baseId: 'appXXXXXXXXXXXXXX',
	tableId: 'tblXXXXXXXXXXXXXX',
	token: TOKEN,
	fields: { Photo: 'attachment', Prompt: 'text', Result: 'attachment', Created: 'lastModified' },
	watched: ['Photo'],
});

let its: ExampleWorld;

before(async () => {
	its = await ExampleWorld.open('example-airtable-start', '', [airtable], [TOKEN]);
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

test('a new record is bought once, and its picture stands in the record', async () => {
	const airtableTokenApi = await its.rest.createCredential('Airtable account', 'airtableTokenApi', {
		accessToken: TOKEN,
	});
	const example = await Example.import(its.rest, 'start/airtable-photo', {
		credentials: {
			[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
			'n8n-nodes-base.airtable': { airtableTokenApi },
			'n8n-nodes-base.airtableTrigger': { airtableTokenApi },
		},
	});
	await example.activate();
	const ids = ['On a wooden table', ''].map((Prompt, index) =>
		airtable.add({ Photo: [{ url: `https://www.example.com/cup-${index}.jpg` }], Prompt }),
	);
	const execution = await example.nextExecution(POLL_WITHIN_MS);
	await example.deactivate();
	assert.equal(execution.status, 'success', execution.data?.resultData.error?.message);
	assert.equal(its.submits(), 2);
	assert.deepEqual(
		its.requests().map(({ input }) => input.prompt),
		['On a wooden table', 'On a marble table, soft morning light'],
	);
	assert.deepEqual(
		ids.map((id) => airtable.cells(id).Result),
		its.requests().map(({ outputs }) => [outputs[0]]),
	);
});
