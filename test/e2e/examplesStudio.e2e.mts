/** The examples that need nobody but RunComfy and a language model: variants of one photo, and pictures by chat. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Example } from './example.mts';
import { type FakeModel, startFakeModel } from '../services/fakeModel.mts';
import { type Execution, itemsOf, type N8nRest } from '../n8n/n8nRest.mts';
import { strangers } from '../services/noWayOut.mts';
import { OUR_NODE } from '../n8n/workflow.mts';
import { World } from './world.mts';

const PHOTO = 'https://www.example.com/photos/cup.jpg';
const WISH = { photo: PHOTO, background: 'on a marble table' };

let world: World;
let rest: N8nRest;
let model: FakeModel;
let variants: Example;
let agent: Example;

before(async () => {
	world = await World.open({ name: 'examples-studio' });
	model = await startFakeModel();
	({ rest } = await world.start());
	const runComfyApi = await world.createCredential(rest);
	const openAiApi = await rest.createCredential('Model', 'openAiApi', { apiKey: 'none', url: model.url });
	variants = await Example.import(rest, 'variants', { credentials: { [OUR_NODE]: { runComfyApi } } });
	agent = await Example.import(rest, 'ai-agent', {
		credentials: { [`${OUR_NODE}Tool`]: { runComfyApi }, '@n8n/n8n-nodes-langchain.lmChatOpenAi': { openAiApi } },
	});
});
beforeEach(() => {
	world.emulator.reset();
	model.requests.length = 0;
	model.tool = undefined;
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => {
	await world.close();
	await model.close();
});

const reportOf = (execution: Execution) =>
	itemsOf(execution, 'Report')[0].json as { pictures: object[]; problems: object[]; cost: number; report: string };

test('variants: each prompt with each palette is bought once, and all are in the report', async () => {
	const execution = await variants.run('Start');
	assert.equal(execution.status, 'success');
	const bought = world.emulator.requests().map(({ input }) => [input.image, input.prompt, input.color_palette]);
	assert.equal(bought.length, 6);
	assert.equal(new Set(bought.map((one) => JSON.stringify(one))).size, 6);
	const { pictures, problems, cost, report } = reportOf(execution);
	assert.equal(pictures.length, 6);
	assert.deepEqual(problems, []);
	const told = world.emulator.requests().map(({ outputs }) => outputs[0]);
	for (const url of told) assert.ok(report.includes(url), report);
	assert.ok(cost > 0 && report.startsWith(`6 of 6 pictures, $${cost}`), report);
});

test('variants: what failed is in the report with its words, the rest is delivered', async () => {
	world.emulator.onCall = ({ phase }) => {
		const { submitsAccepted } = world.emulator.counts();
		if (phase === 'submit' && submitsAccepted < 2) {
			world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' }, { next: 1 });
		}
		return undefined;
	};
	const execution = await variants.run('Start');
	assert.equal(execution.status, 'success');
	const { pictures, problems, report } = reportOf(execution);
	assert.equal(pictures.length, 4);
	assert.equal(problems.length, 2);
	for (const problem of problems as Array<Record<string, string>>) {
		assert.match(problem.problem, /^Request .* failed/);
		assert.match(problem.details, /could not be found/);
		assert.ok(world.emulator.requests().some(({ id }) => id === problem.request_id));
		assert.ok(report.includes(`${problem.prompt} / ${problem.palette}: no picture.`), report);
	}
	assert.equal(world.emulator.counts().submitsReceived, 6);
});

async function chat(text: string): Promise<Execution> {
	const message = { sessionId: 'one-person', action: 'sendMessage', chatInput: text };
	return await rest.untilEnded(await rest.run(agent.id, 'Chat', [message]));
}

const toolsOffered = () => model.requests[0].tools?.map(({ function: { name } }) => name).sort();

test('chat: four tools are offered with the rules about money, a wish buys one picture', async () => {
	model.tool = 'Replace_Background';
	model.calls = [WISH];
	const execution = await chat('Put my cup on a marble table.');
	assert.equal(execution.status, 'success');
	assert.deepEqual(toolsOffered(), ['Cancel', 'Get_Result', 'Get_Status', 'Replace_Background']);
	assert.match(String(model.requests[0].messages[0].content), /costs money/);
	const [request, ...others] = world.emulator.requests();
	assert.equal(others.length, 0);
	assert.deepEqual([request.input.image, request.input.prompt], [WISH.photo, WISH.background]);
	assert.ok(String(itemsOf(execution, 'Photo Agent')[0].json.output).includes(request.outputs[0]));
});

test('chat: after an error the model is told the request ID, and Get Result with it buys nothing', async () => {
	model.tool = 'Replace_Background';
	model.calls = [WISH];
	world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' });
	await chat('Put my cup on a marble table.');
	const [{ id }] = world.emulator.requests();
	const told = model.requests.flatMap(({ messages }) => messages).filter(({ role }) => role === 'tool');
	assert.match(String(told[0].content), /could not be found/);
	assert.ok(String(told[0].content).includes(id), String(told[0].content));

	for (const tool of ['Get_Status', 'Get_Result', 'Cancel']) {
		model.requests.length = 0;
		model.tool = tool;
		model.calls = [{ request_id: id }];
		await chat('What about my picture?');
		const answer = model.requests.flatMap(({ messages }) => messages).find(({ role }) => role === 'tool');
		assert.ok(String(answer?.content).includes(id), `${tool}: ${String(answer?.content)}`);
	}
	assert.equal(world.emulator.counts().submitsReceived, 1);
});

test('nobody but the emulator and the model was called', () => {
	assert.deepEqual(strangers(world.noWayOut), []);
});
