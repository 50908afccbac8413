/** The example `start/sheet-to-files`: a sheet in, files named by SKU out. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { FakeGoogleDrive } from '../../services/fakeGoogleDrive.mts';
import { FakeGoogleSheets } from '../../services/fakeGoogleSheets.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

const TOKEN = 'ya29.google-token-of-these-tests';

const sheets = new FakeGoogleSheets({
	spreadsheetId: 'PUT_THE_ID_OF_YOUR_SHEET_HERE',
	tab: 'Products',
	token: TOKEN,
	columns: ['sku', 'photo'],
});
const drive = new FakeGoogleDrive(TOKEN);

let its: ExampleWorld;

before(async () => {
	its = await ExampleWorld.open('example-sheet', '', [sheets, drive], [TOKEN]);
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

test('each row is bought once and becomes a file named by its SKU; a photo that fails holds up nobody', async () => {
	const google = async (type: string) =>
		await its.rest.createCredential('Google account', type, {
			clientId: 'id',
			clientSecret: 'secret',
			oauthTokenData: { access_token: TOKEN, refresh_token: 'none', token_type: 'Bearer', expires_in: 3600 },
		});
	const example = await Example.import(its.rest, 'start/sheet-to-files', {
		credentials: {
			[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
			'n8n-nodes-base.googleSheets': { googleSheetsOAuth2Api: await google('googleSheetsOAuth2Api') },
			'n8n-nodes-base.googleDrive': { googleDriveOAuth2Api: await google('googleDriveOAuth2Api') },
		},
	});
	const skus = ['SHOE-1', 'BAG-2', 'CUP-3'];
	const photoOf = (sku: string) => `https://images.example.com/${sku}.jpg`;
	sheets.fill(skus.map((sku) => ({ sku, photo: photoOf(sku) })));
	its.failJobOf(2);
	const execution = await example.run('Run by Hand');
	assert.equal(execution.status, 'success', execution.data?.resultData.error?.message);
	assert.equal(its.submits(), 3);
	const failed = its.requests().find(({ state }) => state === 'failed');
	const made = skus.filter((sku) => photoOf(sku) !== failed?.input.image);
	const files = drive.folder('PUT_THE_ID_OF_THE_PICTURE_FOLDER_HERE');
	assert.deepEqual(
		files.map(({ name }) => name),
		made.map((sku) => `${sku}.png`),
	);
	for (const [index, sku] of made.entries()) {
		const picture = await fetch(its.requestFor(photoOf(sku)).outputs[0]);
		assert.deepEqual(files[index].bytes, Buffer.from(await picture.arrayBuffer()));
	}
});
