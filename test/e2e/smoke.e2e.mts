/** The cheapest whole test: credential and workflow imported and executed by n8n's own commands, without a server. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { chain, manualTrigger, products, replaceAndWait } from '../n8n/workflow.mts';
import { World } from './world.mts';

let world: World;

before(async () => {
	world = await World.open({ name: 'smoke' });
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => await world.close());

test('import:credentials, import:workflow and execute give one picture per item', async () => {
	const { n8n, emulator, folder } = world;
	const credential = { id: 'runComfyAccount1', name: 'RunComfy account' };
	const job = chain('Smoke', [manualTrigger(), products(3), replaceAndWait(credential)]);
	const credentialFile = join(folder, 'credential.json');
	const workflowFile = join(folder, 'workflow.json');
	writeFileSync(credentialFile, JSON.stringify([{ ...credential, type: 'runComfyApi', data: world.credentialData }]));
	writeFileSync(workflowFile, JSON.stringify([{ ...job, id: 'smokeWorkflow001', active: false }]));

	await n8n.cli('import:credentials', `--input=${credentialFile}`);
	await n8n.cli('import:workflow', `--input=${workflowFile}`);
	const told = await n8n.cli('execute', '--id=smokeWorkflow001', '--rawOutput');
	const { data } = JSON.parse(told.slice(told.indexOf('{'))) as {
		data: { resultData: { runData: Record<string, Array<{ data: { main: Array<Array<{ json: object }>> } }>> } };
	};
	const items = data.resultData.runData.RunComfy[0].data.main[0].map(({ json }) => json as Record<string, unknown>);

	assert.equal(items.length, 3);
	for (const item of items) {
		assert.equal(item.status, 'succeeded');
		assert.match(String(item.image_url), /^http:\/\/127\.0\.0\.1:\d+\/files\//);
	}
	assert.equal(emulator.counts().submitsReceived, 3);
	assert.deepEqual(world.noWayOut.refused, []);
});
