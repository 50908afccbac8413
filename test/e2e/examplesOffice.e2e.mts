/** The examples for Google Sheets with Slack and for Google Drive, each run against stand-ins of those services. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { Example } from './example.mts';
import { FakeGoogleDrive } from '../services/fakeGoogleDrive.mts';
import { FakeGoogleSheets, refusal } from '../services/fakeGoogleSheets.mts';
import type { ServiceRequest } from '../services/fakeService.mts';
import { FakeSlack } from '../services/fakeSlack.mts';
import { type Execution, itemsOf, type N8nRest } from '../n8n/n8nRest.mts';
import type { N8nServer } from '../n8n/n8nHome.mts';
import { strangers } from '../services/noWayOut.mts';
import { fireSoon } from './schedule.mts';
import { pause, until } from '../lib/until.mts';
import { OUR_NODE } from '../n8n/workflow.mts';
import { World } from './world.mts';

/** Nobody else's, so that they cannot be in a request by chance. */
const RUNCOMFY_TOKEN = 'runcomfy-token-of-these-tests';
const GOOGLE_TOKEN = 'ya29.google-token-of-these-tests';
const SLACK_TOKEN = 'xoxb-slack-token-of-these-tests';

/** So long a mark is on its way to Google: another run that looks meanwhile does not see it. */
const MARK_TAKES_MS = 400;

/** What is left of a wait of 70 s, and n8n's own pace. */
const RESUMES_WITHIN_MS = 150_000;

/** Longer than a kill takes. */
const ANSWER_NEVER_SEEN_MS = 60_000;

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

const sheets = new FakeGoogleSheets({
	spreadsheetId: 'PUT_THE_ID_OF_YOUR_SHEET_HERE',
	tab: 'Products',
	token: GOOGLE_TOKEN,
	columns: ['sku', 'photo', 'week', 'status', 'run', 'request_id', 'picture', 'cost', 'note'],
});
const slack = new FakeSlack(SLACK_TOKEN);
const drive = new FakeGoogleDrive(GOOGLE_TOKEN);

let world: World;
let server: N8nServer;
let rest: N8nRest;
let runComfy: { id: string; name: string };

before(async () => {
	world = await World.open({
		name: 'examples-office',
		services: [sheets, slack, drive],
		emulator: { token: RUNCOMFY_TOKEN },
	});
	server = await world.start();
	({ rest } = server);
	runComfy = await world.createCredential(rest);
});
beforeEach(() => world.emulator.reset());
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => await world.close());

/** kill -9, and start again. */
async function restart(): Promise<void> {
	await server.process.kill9();
	server = await world.start();
	({ rest } = server);
}

const requests = () => world.emulator.requests();
const submits = () => world.emulator.counts().submitsReceived;

/** An account that a person has connected: n8n has an access token of it. */
const googleCredential = async (type: string) =>
	await rest.createCredential('Google account', type, {
		clientId: 'id',
		clientSecret: 'secret',
		oauthTokenData: { access_token: GOOGLE_TOKEN, refresh_token: 'none', token_type: 'Bearer', expires_in: 3600 },
	});

describe('weekly-campaign', () => {
	let example: Example;
	let durable: Example;

	before(async () => {
		const credentials = {
			[OUR_NODE]: { runComfyApi: runComfy },
			'n8n-nodes-base.googleSheets': { googleSheetsOAuth2Api: await googleCredential('googleSheetsOAuth2Api') },
			'n8n-nodes-base.slack': {
				slackApi: await rest.createCredential('Slack account', 'slackApi', { accessToken: SLACK_TOKEN }),
			},
		};
		example = await Example.import(rest, 'weekly-campaign', {
			credentials,
			fastWaits: ['Wait 10 Seconds', 'Wait 70 Seconds'],
		});
		durable = await Example.import(rest, 'weekly-campaign', { credentials, fastWaits: ['Wait 10 Seconds'] });
	});
	beforeEach(() => {
		slack.messages.length = 0;
		sheets.interfere = undefined;
		sheets.requests.length = 0;
	});

	const photoOf = (sku: string) => `https://images.example.com/${sku}.jpg`;
	const product = (sku: string) => ({ sku, photo: photoOf(sku) });
	const products = (...skus: string[]) => sheets.fill(skus.map(product));
	const boughtFor = (sku: unknown) => requests().filter(({ input }) => input.image === photoOf(String(sku)));
	const column = (name: string) => sheets.rows().map((row) => row[name]);

	/** The schedule fires; waits until its execution has ended. */
	async function monday(): Promise<Execution> {
		await fireSoon(rest, example.id);
		return await example.nextExecution();
	}

	/** These rows were bought once and have the picture of their own request. */
	function assertDone(...skus: string[]): void {
		const rows = sheets.rows().filter(({ sku }) => skus.includes(String(sku)));
		assert.equal(rows.length, skus.length);
		for (const { sku, status, request_id, picture, cost, note } of rows) {
			const [request, ...others] = boughtFor(sku);
			assert.deepEqual(others, [], `${sku} was bought more than once`);
			const expected = { status: 'done', request_id: request?.id, picture: request?.outputs[0], cost: 0.06, note: '' };
			assert.deepEqual({ status, request_id, picture, cost, note }, expected);
		}
	}

	/** Everything that people read in Slack. */
	const told = () => JSON.stringify(slack.messages);

	/** The batches that write this status. */
	const writes =
		(status: string) =>
		({ method, bytes }: ServiceRequest) =>
			method === 'POST' && bytes.toString('utf8').includes(`[["${status}"]]`);

	test('each product is bought once, row and Slack get picture and cost', async () => {
		sheets.fill([
			product('A-1'),
			{ ...product('B-2'), week: '2020-W01', status: 'done', request_id: 'old', picture: 'old', cost: 1, note: 'old' },
			{ sku: 'no photo' },
			{ photo: photoOf('no sku') },
		]);
		const execution = await monday();
		assert.equal(execution.status, 'success');
		assert.equal(submits(), 2);
		assertDone('A-1', 'B-2');
		assert.deepEqual(column('status').slice(2), ['', '']);
		const [message, ...others] = slack.messages;
		assert.deepEqual(others, []);
		assert.equal(message.channel, '#campaigns');
		assert.match(String(message.text), /: 2 pictures for \$0\.12$/);
		assert.deepEqual(
			message.blocks?.flatMap(({ accessory }) => accessory?.image_url ?? []),
			requests().map(({ outputs }) => outputs[0]),
		);

		const again = await monday();
		assert.equal(again.status, 'success');
		assert.equal(submits(), 2);
		assert.equal(slack.messages.length, 1);
	});

	test('two runs at the same time: each product is bought once', async () => {
		products('A-1', 'B-2', 'C-3', 'D-4');
		sheets.interfere = async (request) => {
			if (writes('buying')(request)) await pause(MARK_TAKES_MS);
			return undefined;
		};
		const executions = await Promise.all([example.run('Run by Hand'), example.run('Run by Hand')]);
		assert.deepEqual(
			executions.map(({ status }) => status),
			['success', 'success'],
		);
		assert.ok(sheets.requests.filter(writes('buying')).length > 4, 'they never wanted the same row');
		assert.equal(submits(), 4);
		assertDone('A-1', 'B-2', 'C-3', 'D-4');
		for (const { outputs } of requests()) assert.ok(told().includes(outputs[0]));
	});

	test('a request that fails is told, and bought again only when a person wants it', async () => {
		products('A-1', 'B-2');
		world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' }, { next: 1 });
		await monday();
		assert.deepEqual(column('status'), ['failed', 'done']);
		assert.match(String(column('note')[0]), /could not be found/);
		assert.match(told(), /No picture.*A-1.*could not be found/);

		slack.messages.length = 0;
		await monday();
		assert.equal(submits(), 2);
		assert.deepEqual(slack.messages, []);

		sheets.write(0, { week: '', status: '' });
		await monday();
		assert.equal(submits(), 3);
		assert.deepEqual(column('status'), ['done', 'done']);
	});

	test('a submit of unknown outcome is not repeated, and its picture is fetched once a person gives the ID', async () => {
		products('A-1', 'B-2');
		world.emulator.fault('submit', { kind: 'cutAfter' }, { next: 1 });
		await monday();
		await monday();
		assert.equal(submits(), 2);
		assert.deepEqual(column('status'), ['check', 'done']);
		assert.match(String(column('note')[0]), /It is not known whether RunComfy accepted this image/);
		assert.equal(slack.messages.filter((message) => /Please look.*A-1/.test(JSON.stringify(message))).length, 2);

		sheets.write(0, { status: 'bought', request_id: boughtFor('A-1')[0].id });
		await monday();
		assert.equal(submits(), 2);
		assertDone('A-1', 'B-2');
	});

	test('a request that needs long is looked at again, without a second submit', async () => {
		products('A-1');
		world.emulator.set({ runMs: 5_000 });
		const execution = await monday();
		const looks = execution.data?.resultData.runData['Get Result'].length ?? 0;
		assert.ok(looks >= 3, `${looks} looks`);
		assert.equal(submits(), 1);
		assertDone('A-1');
	});

	test('a sheet that cannot be written stops everything before the first purchase', async () => {
		products('A-1', 'B-2');
		sheets.interfere = async ({ method }) => (method === 'POST' ? refusal(403, 'PERMISSION_DENIED') : undefined);
		const execution = await monday();
		assert.equal(execution.status, 'error');
		assert.match(String(execution.data?.resultData.error?.message), /did not let a row be marked/);
		assert.equal(submits(), 0);
	});

	test('Google refuses to take a request ID: Retry writes it later, nothing is bought again', async () => {
		products('A-1', 'B-2');
		sheets.interfere = async (request) =>
			writes('bought')(request) ? refusal(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded') : undefined;
		const failed = await monday();
		assert.equal(failed.status, 'error');
		assert.equal(itemsOf(failed, 'Submit')[0].json.request_id, boughtFor('A-1')[0].id);
		assert.deepEqual(column('status'), ['buying', '']);

		sheets.interfere = undefined;
		const retried = await rest.untilEnded(await rest.retry(failed.id));
		assert.equal(retried.status, 'success');
		assert.equal(submits(), 2);
		assertDone('A-1', 'B-2');
	});

	test('n8n is killed while it waits: the execution goes on after the restart, nothing is bought again', async () => {
		products('A-1', 'B-2');
		await fireSoon(rest, durable.id);
		const waiting = await until('the execution to wait', async () => {
			return (await rest.executions(durable.id)).find(({ status }) => status === 'waiting');
		});
		assert.deepEqual(column('status'), ['bought', 'bought']);
		await restart();
		const execution = await rest.untilEnded(waiting.id, RESUMES_WITHIN_MS);
		assert.equal(execution.status, 'success');
		assert.equal(submits(), 2);
		assertDone('A-1', 'B-2');
		assert.equal(slack.messages.length, 1);
		for (const { outputs } of requests()) assert.ok(told().includes(outputs[0]));
	});

	test('n8n is killed before the request ID is in the sheet: the row is told, and not bought again', async () => {
		products('A-1', 'B-2', 'C-3');
		world.emulator.onCall = ({ phase }) =>
			phase === 'submit' && submits() === 2 ? { kind: 'slow', ms: ANSWER_NEVER_SEEN_MS } : undefined;
		await fireSoon(rest, example.id);
		await until('the second purchase', () => boughtFor('B-2').length === 1);
		await restart();
		const [crashed] = await rest.executions(example.id);
		assert.equal(crashed.status, 'crashed');
		const retried = await rest.untilEnded(await rest.retry(crashed.id));
		assert.equal(retried.status, 'success');
		assert.equal(submits(), 3);
		assertDone('A-1', 'C-3');
		assert.deepEqual(column('status'), ['done', 'buying', 'done']);
		assert.match(told(), /Please look.*B-2/);
	});
});

describe('google-drive-folder', () => {
	let example: Example;

	beforeEach(async () => {
		drive.empty();
		drive.interfere = undefined;
		const google = { googleDriveOAuth2Api: await googleCredential('googleDriveOAuth2Api') };
		example = await Example.import(rest, 'google-drive-folder', {
			credentials: {
				[OUR_NODE]: { runComfyApi: runComfy },
				'n8n-nodes-base.googleDrive': google,
				'n8n-nodes-base.googleDriveTrigger': google,
				'n8n-nodes-base.httpRequest': google,
			},
			fastWaits: ['Wait 10 Seconds'],
		});
	});

	const put = (name: string, mimeType = 'image/png', bytes = PNG) => drive.put(PHOTO_FOLDER, name, mimeType, bytes);
	const pictures = () => drive.folder(PICTURE_FOLDER).map(({ name }) => name);
	const isMark = ({ method, bytes }: ServiceRequest) =>
		method === 'PATCH' && /"runcomfy":"\d+"/.test(bytes.toString('utf8'));
	const report = (execution: Execution) => itemsOf(execution, 'Report').map(({ json }) => json);

	test('each photo of the folder is bought once, its picture is uploaded under its name', async () => {
		put('cup.png');
		put('red shoe.v2.PNG');
		put('list.csv', 'text/csv');
		const execution = await example.run('Run by Hand');
		assert.equal(execution.status, 'success');
		assert.equal(submits(), 2);
		assert.deepEqual(pictures(), ['cup.png', 'red shoe.v2.png']);
		for (const { input } of requests()) assert.match(String(input.image), /^data:image\/png;base64,/);
		const [first] = drive.folder(PICTURE_FOLDER);
		const made = await fetch(requests()[0].outputs[0]);
		assert.deepEqual(first.bytes, Buffer.from(await made.arrayBuffer()));
		assert.equal(first.mimeType, 'image/png');
		assert.deepEqual(
			report(execution).map(({ photo, result, picture, request_id }) => [photo, result, picture, request_id]),
			[
				['cup.png', 'done', 'cup.png', requests()[0].id],
				['red shoe.v2.PNG', 'done', 'red shoe.v2.png', requests()[1].id],
			],
		);

		put('bag.png');
		const again = await example.run('Run by Hand');
		assert.equal(submits(), 3);
		assert.deepEqual(
			report(again).map(({ photo }) => photo),
			['bag.png'],
		);
	});

	test('a photo that gives no picture is in the report, the others go on', async () => {
		put('not a photo.png', 'image/png', Buffer.from('nothing'));
		put('bad.png');
		put('no file.png');
		put('good.png');
		world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' }, { next: 1 });
		world.emulator.fault('download', { kind: 'status', status: 404 }, { next: 1 });
		const execution = await example.run('Run by Hand');
		assert.equal(execution.status, 'success');
		assert.equal(submits(), 3);
		const [notAPhoto, bad, noFile, good] = report(execution);
		assert.match(String(notAPhoto.problem), /is not a JPEG, PNG or WebP/);
		assert.match(String(bad.problem), /could not be found/);
		assert.equal(bad.request_id, requests()[0].id);
		assert.equal(noFile.request_id, requests()[1].id);
		assert.ok(String(noFile.problem).includes(requests()[1].outputs[0]));
		assert.deepEqual([good.result, ...pictures()], ['done', 'good.png']);

		const again = await example.run('Run by Hand');
		assert.equal(submits(), 3);
		assert.deepEqual(
			report(again).map(({ photo, result }) => [photo, result]),
			['not a photo.png', 'bad.png', 'no file.png'].map((photo) => [photo, `tried in execution ${execution.id}`]),
		);
	});

	test('a photo that cannot be marked is not bought', async () => {
		put('cup.png');
		drive.interfere = async ({ method }) => (method === 'PATCH' ? { status: 403, json: {} } : undefined);
		const execution = await example.run('Run by Hand');
		assert.equal(execution.status, 'error');
		assert.match(String(execution.data?.resultData.error?.message), /did not let a photo be marked/);
		assert.equal(submits(), 0);
	});

	test('Google Drive takes no upload: Retry uploads later, nothing is bought again', async () => {
		put('cup.png');
		put('shoe.png');
		drive.interfere = async ({ method }) => (method === 'POST' ? { status: 503, json: {} } : undefined);
		const failed = await example.run('Run by Hand');
		assert.equal(failed.status, 'error');
		assert.equal(submits(), 1);
		drive.interfere = undefined;
		const retried = await rest.untilEnded(await rest.retry(failed.id));
		assert.equal(retried.status, 'success');
		assert.equal(submits(), 2);
		assert.deepEqual(pictures(), ['cup.png', 'shoe.png']);
	});

	test('two runs at the same time: each photo is bought once', async () => {
		for (const name of ['a.png', 'b.png', 'c.png', 'd.png']) put(name);
		drive.interfere = async (request) => {
			if (isMark(request)) await pause(MARK_TAKES_MS);
			return undefined;
		};
		const marksBefore = drive.requests.filter(isMark).length;
		const executions = await Promise.all([example.run('Run by Hand'), example.run('Run by Hand')]);
		for (const execution of executions) assert.equal(itemsOf(execution, 'Photos Only').length, 4);
		assert.ok(drive.requests.filter(isMark).length - marksBefore > 4, 'they never wanted the same photo');
		assert.equal(submits(), 4);
		assert.deepEqual(pictures().sort(), ['a.png', 'b.png', 'c.png', 'd.png']);
	});

	test('a new photo starts the workflow by itself, once; killed in the middle it does not pay twice', async () => {
		await example.activate();
		await pause(A_SECOND_MS);
		put('new.png');
		const execution = await example.nextExecution(POLL_WITHIN_MS);
		assert.equal(execution.status, 'success');
		assert.equal(execution.mode, 'trigger');
		assert.equal(submits(), 1);
		assert.deepEqual(pictures(), ['new.png']);

		world.emulator.set({ runMs: ANSWER_NEVER_SEEN_MS });
		put('killed.png');
		put('after.png');
		await until('the purchase', () => submits() === 2, POLL_WITHIN_MS);
		await example.deactivate();
		await restart();
		world.emulator.resetSwitches();
		const [crashed] = await rest.executions(example.id);
		assert.equal(crashed.status, 'crashed');
		const retried = await rest.untilEnded(await rest.retry(crashed.id));
		assert.equal(retried.status, 'success');
		assert.equal(submits(), 3);
		assert.deepEqual(pictures(), ['new.png', 'after.png']);
		assert.deepEqual(
			report(retried).map(({ photo, result }) => [photo, result]),
			[
				['killed.png', `tried in execution ${crashed.id}`],
				['after.png', 'done'],
			],
		);
	});
});

test('nobody but the services was called', () => {
	assert.deepEqual(strangers(world.noWayOut), []);
});
