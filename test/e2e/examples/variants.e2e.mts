/** The example `start/variants`: each prompt with each palette, and a report. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { type Execution, itemsOf } from '../../n8n/n8nRest.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

let its: ExampleWorld;
let variants: Example;

before(async () => {
	its = await ExampleWorld.open('example-variants', '', [], []);
	const runComfyApi = await its.world.createCredential(its.rest);
	variants = await Example.import(its.rest, 'start/variants', { credentials: { [OUR_NODE]: { runComfyApi } } });
});
beforeEach(() => its.reset());
afterEach((context) => its.checked(context));
after(async () => await its.close());

const reportOf = (execution: Execution) =>
	itemsOf(execution, 'Report')[0].json as { pictures: object[]; problems: object[]; cost: number; report: string };

test('each prompt with each palette is bought once, and all are in the report', async () => {
	const execution = await variants.run('Start');
	assert.equal(execution.status, 'success');
	const bought = its.world.emulator.requests().map(({ input }) => [input.image, input.prompt, input.color_palette]);
	assert.equal(bought.length, 6);
	assert.equal(new Set(bought.map((one) => JSON.stringify(one))).size, 6);
	const { pictures, problems, cost, report } = reportOf(execution);
	assert.equal(pictures.length, 6);
	assert.deepEqual(problems, []);
	const told = its.world.emulator.requests().map(({ outputs }) => outputs[0]);
	for (const url of told) assert.ok(report.includes(url), report);
	assert.ok(cost > 0 && report.startsWith(`6 of 6 pictures, $${cost}`), report);
});

test('what failed is in the report with its words, the rest is delivered', async () => {
	its.world.emulator.onCall = ({ phase }) => {
		const { submitsAccepted } = its.world.emulator.counts();
		if (phase === 'submit' && submitsAccepted < 2) {
			its.world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' }, { next: 1 });
		}
		return undefined;
	};
	const execution = await variants.run('Start');
	assert.equal(execution.status, 'success');
	const { pictures, problems, report } = reportOf(execution);
	assert.equal(pictures.length, 4);
	assert.equal(problems.length, 2);
	for (const problem of problems as Array<Record<string, string>>) {
		assert.match(problem.problem, /^Request .* failed: .*could not be found/);
		assert.match(problem.details, /charged/);
		assert.ok(its.world.emulator.requests().some(({ id }) => id === problem.request_id));
		assert.ok(report.includes(`${problem.prompt} / ${problem.palette}: no picture.`), report);
	}
	assert.equal(its.world.emulator.counts().submitsReceived, 6);
});
