/** The example `overnight/google-drive-folder` against a stand-in of Google Drive. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { FakeGoogleDrive } from '../../services/fakeGoogleDrive.mts';
import type { ServiceRequest } from '../../services/fakeService.mts';
import type { Execution } from '../../n8n/n8nRest.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { pause } from '../../lib/until.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

const GOOGLE_TOKEN = 'ya29.google-token-of-these-tests';

/** n8n looks into Google Drive once a minute, at a second of its own choice. */
const POLL_WITHIN_MS = 75_000;

/** What n8n's Google Drive Trigger counts in. */
const A_SECOND_MS = 1_000;

/** As in the example. */
const PHOTO_FOLDER = 'PUT_THE_ID_OF_THE_PHOTO_FOLDER_HERE';
const PICTURE_FOLDER = 'PUT_THE_ID_OF_THE_PICTURE_FOLDER_HERE';

/** Of no use to a person: the smallest PNG there is. */
const PNG = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

const drive = new FakeGoogleDrive(GOOGLE_TOKEN);

let its: ExampleWorld;
let example: Example;

before(async () => {
	its = await ExampleWorld.open('example-drive', 'RunComfy Drive', [drive], [GOOGLE_TOKEN]);
});
beforeEach(async () => {
	its.reset();
	drive.empty();
	drive.interfere = undefined;
	const googleDriveOAuth2Api = await its.rest.createCredential('Google account', 'googleDriveOAuth2Api', {
		clientId: 'id',
		clientSecret: 'secret',
		oauthTokenData: { access_token: GOOGLE_TOKEN, refresh_token: 'none', token_type: 'Bearer', expires_in: 3600 },
	});
	example = await Example.import(its.rest, 'overnight/google-drive-folder', {
		credentials: {
			[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
			'n8n-nodes-base.googleDrive': { googleDriveOAuth2Api },
			'n8n-nodes-base.googleDriveTrigger': { googleDriveOAuth2Api },
			'n8n-nodes-base.httpRequest': { googleDriveOAuth2Api },
		},
		fastWaits: ['Wait for the Photo', 'Wait 70 Seconds'],
	});
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

const put = (name: string, mimeType = 'image/png', bytes = PNG) => drive.put(PHOTO_FOLDER, name, mimeType, bytes);
const pictures = () => drive.folder(PICTURE_FOLDER).map(({ name }) => name);
const said = (execution: Execution) => String(execution.data?.resultData.error?.message);
const isUpload = ({ method, path }: ServiceRequest) => method === 'POST' && path.startsWith('/upload/');
const busy = { status: 403, json: { error: { code: 403, message: 'Rate Limit Exceeded', errors: [] } } };

async function byHand(): Promise<Execution> {
	return await example.run('Run by Hand', 240_000);
}

const report = (execution: Execution) =>
	Example.allItems(execution, 'Report')[0] as {
		pictures: Array<{ item: string }>;
		failed: Array<Record<string, string>>;
	};

/** Photos and pictures in one folder. */
async function useOneFolder(): Promise<void> {
	const value = `https://drive.google.com/drive/folders/${PHOTO_FOLDER}`;
	await example.change((one) =>
		one.name === 'Upload Picture'
			? { ...one, parameters: { ...one.parameters, folderId: { __rl: true, mode: 'url', value } } }
			: one,
	);
}

test('each photo of the folder is bought once, its picture is uploaded under its name', async () => {
	put('cup.png');
	put('red shoe.v2.PNG');
	put('list.csv', 'text/csv');
	const execution = await byHand();
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(its.submits(), 2);
	assert.deepEqual(pictures(), ['cup.png', 'red shoe.v2.png']);
	for (const { input } of its.requests()) assert.match(String(input.image), /^data:image\/png;base64,/);
	const [first] = drive.folder(PICTURE_FOLDER);
	const made = await fetch(its.requests()[0].outputs[0]);
	assert.deepEqual(first.bytes, Buffer.from(await made.arrayBuffer()));
	assert.equal(first.mimeType, 'image/png');
	assert.deepEqual(first.properties, { runcomfy: its.requests()[0].id });
	assert.deepEqual(
		report(execution).pictures.map(({ item }) => item),
		['cup.png', 'red shoe.v2.PNG'],
	);

	put('bag.png');
	assert.equal((await byHand()).status, 'success');
	assert.equal(its.submits(), 3);
});

test('photos and pictures in one folder: what the workflow made is not bought', async () => {
	await useOneFolder();
	put('cup.png');
	for (let run = 0; run < 3; run += 1) assert.equal((await byHand()).status, 'success');
	assert.equal(its.submits(), 1);
	assert.equal(drive.folder(PHOTO_FOLDER).length, 2);
	assert.deepEqual(
		its.table.rows().map(({ about }) => about),
		['cup.png'],
	);

	// Seen between its upload and its mark: the mark is looked at again before anything is bought. Not the bytes of
	// before: a run by hand would not buy these a second time anyway.
	const seen = drive.put(PHOTO_FOLDER, 'late mark.png', 'image/png', Buffer.concat([PNG, Buffer.from('another')]));
	drive.interfere = async ({ method, path }) => {
		if (method === 'GET' && path.endsWith(`/${seen}`)) drive.mark(seen, { runcomfy: 'a request' });
		return undefined;
	};
	assert.equal((await byHand()).status, 'success');
	assert.equal(its.submits(), 1);
});

test('an image of another kind is one line in the report', async () => {
	put('phone.heic', 'image/heic');
	put('good.png');
	const execution = await byHand();
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(its.submits(), 1);
	const { failed } = report(execution);
	assert.deepEqual(
		failed.map(({ item, problem }) => [item, problem]),
		[['phone.heic', 'phone.heic is image/heic, not JPEG, PNG or WebP. Nothing was charged.']],
	);
});

test('a photo that gives no picture is told, the others go on', async () => {
	put('not a photo.png', 'image/png', Buffer.from('nothing'));
	put('bad.png');
	put('good.png');
	its.failJobOf(1, 'The subject could not be found.');
	const execution = await byHand();
	assert.equal(its.submits(), 2);
	assert.match(said(execution), /1 delivered.*1 failed.*not a photo\.png – .*is not a JPEG, PNG or WebP/);
	assert.match(String(its.table.rows()[1].note), /could not be found/);
	assert.deepEqual(pictures(), ['good.png']);
});

test('Google Drive asks to come back later, while it gives a photo and while it takes a picture', async () => {
	put('cup.png');
	put('shoe.png');
	let downloads = 0;
	let uploads = 0;
	drive.interfere = async (request) => {
		if (request.query.get('alt') === 'media') return (downloads += 1) <= 6 ? busy : undefined;
		return isUpload(request) && (uploads += 1) <= 2 ? busy : undefined;
	};
	const execution = await byHand();
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(its.submits(), 2);
	assert.deepEqual(pictures().sort(), ['cup.png', 'shoe.png']);
});

test('a photo that is gone holds up nobody', async () => {
	const gone = put('gone.png');
	put('cup.png');
	drive.interfere = async ({ method, path }) =>
		method === 'GET' && path.endsWith(`/${gone}`)
			? { status: 404, json: { error: { code: 404, message: 'File not found', errors: [] } } }
			: undefined;
	const execution = await byHand();
	assert.match(said(execution), /gone\.png – Nothing was charged, the photo could not be read/);
	assert.equal(its.submits(), 1);
	assert.deepEqual(pictures(), ['cup.png']);
});

test('Google Drive takes no upload for an hour: the run says what was bought, a later run uploads it', async () => {
	put('cup.png');
	drive.interfere = async (request) => (isUpload(request) ? { status: 503, json: {} } : undefined);
	const execution = await byHand();
	assert.equal(execution.status, 'error');
	assert.ok(said(execution).includes(`charged, request ${its.requests()[0].id}, not delivered yet`));
	drive.interfere = undefined;
	its.table.age(91);
	const later = await byHand();
	assert.equal(later.status, 'success', said(later));
	assert.equal(its.submits(), 1);
	assert.deepEqual(pictures(), ['cup.png']);
});

test('a new photo starts the workflow by itself, once', async () => {
	await example.activate();
	await pause(A_SECOND_MS);
	put('new.png');
	const execution = await example.nextExecution(POLL_WITHIN_MS);
	assert.equal(execution.status, 'success', said(execution));
	assert.equal(execution.mode, 'trigger');
	assert.deepEqual(pictures(), ['new.png']);
	await example.deactivate();
});
