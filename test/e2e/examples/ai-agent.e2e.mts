/** The example `start/ai-agent` with a stand-in of a language model. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { type FakeModel, startFakeModel } from '../../services/fakeModel.mts';
import { type Execution, itemsOf } from '../../n8n/n8nRest.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

const WISH = { photo: 'https://www.example.com/photos/cup.jpg', background: 'on a marble table' };

let its: ExampleWorld;
let model: FakeModel;
let agent: Example;

before(async () => {
	its = await ExampleWorld.open('example-agent', '', [], []);
	model = await startFakeModel();
	const runComfyApi = await its.world.createCredential(its.rest);
	const openAiApi = await its.rest.createCredential('Model', 'openAiApi', { apiKey: 'none', url: model.url });
	agent = await Example.import(its.rest, 'start/ai-agent', {
		credentials: { [`${OUR_NODE}Tool`]: { runComfyApi }, '@n8n/n8n-nodes-langchain.lmChatOpenAi': { openAiApi } },
	});
});
beforeEach(() => {
	its.reset();
	model.requests.length = 0;
	model.tool = undefined;
});
afterEach((context) => its.checked(context));
after(async () => {
	await its.close();
	await model.close();
});

async function chat(text: string): Promise<Execution> {
	const message = { sessionId: 'one-person', action: 'sendMessage', chatInput: text };
	return await its.rest.untilEnded(await its.rest.run(agent.id, 'Chat', [message]));
}

const toolsOffered = () => model.requests[0].tools?.map(({ function: { name } }) => name).sort();

test('four tools are offered with the rules about money, a wish buys one picture', async () => {
	model.tool = 'Replace_Background';
	model.calls = [WISH];
	const execution = await chat('Put my cup on a marble table.');
	assert.equal(execution.status, 'success');
	assert.deepEqual(toolsOffered(), ['Cancel', 'Get_Result', 'Get_Status', 'Replace_Background']);
	assert.match(String(model.requests[0].messages[0].content), /costs money/);
	const [request, ...others] = its.world.emulator.requests();
	assert.equal(others.length, 0);
	assert.deepEqual([request.input.image, request.input.prompt], [WISH.photo, WISH.background]);
	assert.ok(String(itemsOf(execution, 'Photo Agent')[0].json.output).includes(request.outputs[0]));
});

test('after an error the model is told the request ID, and Get Result with it buys nothing', async () => {
	model.tool = 'Replace_Background';
	model.calls = [WISH];
	its.world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' });
	await chat('Put my cup on a marble table.');
	const [{ id }] = its.world.emulator.requests();
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
	assert.equal(its.world.emulator.counts().submitsReceived, 1);
});
