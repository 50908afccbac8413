/** The package in every n8n version with a lockfile: installed, loaded, its credential tested, the main job run. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { n8nVersions } from '../n8n/installN8n.mts';
import { itemsOf } from '../n8n/n8nRest.mts';
import { writeTable } from './table.mts';
import { until } from '../lib/until.mts';
import { chain, manualTrigger, products, replaceAndWait } from '../n8n/workflow.mts';
import { World } from './world.mts';

const rows: string[][] = [];

after(() => {
	writeTable('versions', {
		title: 'n8n versions',
		text: 'The packed package, installed as a user installs it, in a whole n8n of that version.',
		head: [
			'n8n',
			'Node.js',
			'Package',
			'Credential test',
			'Replace and Wait (3 items)',
			'Retry execution',
			'Stop cancels',
		],
		rows,
	});
});

for (const version of n8nVersions) {
	test(`n8n ${version}`, async (context) => {
		const world = await World.open({ name: `n8n-${version}`, version });
		try {
			await mainJob(world, version);
		} catch (error) {
			world.noticed({ passed: false });
			throw error;
		} finally {
			await world.close();
		}
		context.diagnostic(rows.at(-1)?.join(' | ') ?? '');
	});
}

/** Fills one row of the table; what fails throws, so that a row is a promise kept. */
async function mainJob(world: World, version: string): Promise<void> {
	const { rest } = await world.start();
	const credential = await world.createCredential(rest);
	const types = await rest.call<Array<{ name: string }>>('GET', '/types/nodes.json');
	assert.ok(
		types.some(({ name }) => name === 'n8n-nodes-runcomfy.runComfy'),
		'the node is not known',
	);

	assert.equal((await rest.testCredential('runComfyApi', world.credentialData)).status, 'OK');
	const refused = await rest.testCredential('runComfyApi', { ...world.credentialData, apiToken: 'wrong' });
	assert.equal(refused.status, 'Error');
	assert.match(refused.message, /RunComfy did not accept the API token/);

	const id = await rest.createWorkflow(chain('Main', [manualTrigger(), products(3), replaceAndWait(credential)]));
	const done = await rest.untilEnded(await rest.run(id, 'Start'));
	assert.equal(done.status, 'success');
	assert.equal(itemsOf(done, 'RunComfy').length, 3);
	assert.equal(world.emulator.counts().submitsReceived, 3);

	world.emulator.reset();
	world.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
	const failed = await rest.untilEnded(await rest.run(id, 'Start'));
	assert.equal(failed.status, 'error');
	const retried = await rest.untilEnded(await rest.retry(failed.id));
	assert.equal(retried.status, 'success');
	assert.equal(world.emulator.counts().submitsReceived, 4);

	world.emulator.reset();
	world.emulator.set({ queueMs: 60_000 });
	const executionId = await rest.run(id, 'Start');
	await until('3 submits', () => world.emulator.counts().submitsAccepted === 3);
	await rest.stop(executionId);
	const allAreCancelled = () => world.emulator.requests().every(({ state }) => state === 'cancelled');
	await until('3 cancelled requests', allAreCancelled, 5_000);

	const found = ['loads', 'right and wrong token', '3 charged, 3 pictures', 'submits only the failed one', '3 of 3'];
	rows.push([version, process.version, ...found]);
}
