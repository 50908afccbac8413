/** The node as a tool of n8n's AI Agent, in both generations of the agent, with a local stand-in for the model. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { type FakeModel, startFakeModel } from '../services/fakeModel.mts';
import { itemsOf, type N8nRest } from '../n8n/n8nRest.mts';
import { credentialOf, manualTrigger, node, OUR_NODE, workflow } from '../n8n/workflow.mts';
import { World } from './world.mts';

/** 2.2 calls tools inside its own run, 3 hands the calls back to n8n's engine. */
const AGENT_VERSIONS = [2.2, 3];

let world: World;
let rest: N8nRest;
let model: FakeModel;
let ours: { id: string; name: string };
let modelCredential: { id: string; name: string };

before(async () => {
	world = await World.open({ name: 'agent' });
	model = await startFakeModel();
	({ rest } = await world.start());
	ours = await world.createCredential(rest);
	modelCredential = await rest.createCredential('Model', 'openAiApi', { apiKey: 'none', url: model.url });
});
beforeEach(() => {
	world.emulator.reset();
	model.requests.length = 0;
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => {
	await world.close();
	await model.close();
});

function agentWorkflow(typeVersion: number, onError = 'stopWorkflow') {
	const nodes = [
		manualTrigger(),
		node(
			'Agent',
			'@n8n/n8n-nodes-langchain.agent',
			{ promptType: 'define', text: 'Put the photo on a marble table.', options: {} },
			{ typeVersion },
		),
		node(
			'Model',
			'@n8n/n8n-nodes-langchain.lmChatOpenAi',
			{ model: { __rl: true, mode: 'id', value: 'stand-in' }, options: {} },
			{ typeVersion: 1.2, credentials: { openAiApi: modelCredential } },
		),
		node(
			'RunComfy',
			`${OUR_NODE}Tool`,
			{
				resource: 'background',
				operation: 'replaceAndWait',
				imageSource: 'url',
				imageUrl: "={{ $fromAI('photo', 'Address of the photo', 'string') }}",
				prompt: "={{ $fromAI('background', 'What the background shall look like', 'string') }}",
				options: { downloadImages: true },
			},
			{ ...credentialOf(ours), onError },
		),
	];
	return workflow(`Agent ${typeVersion}`, nodes, [
		['Start', 'Agent'],
		['Model', 'Agent', { type: 'ai_languageModel' }],
		['RunComfy', 'Agent', { type: 'ai_tool' }],
	]);
}

const call = (number: number) => ({
	photo: `https://images.example.com/${number}.jpg`,
	background: 'on a marble table',
});

for (const version of AGENT_VERSIONS) {
	test(`agent ${version}: the model is offered the tool, calls it and reads the image URL`, async () => {
		model.calls = [call(1)];
		const id = await rest.createWorkflow(agentWorkflow(version));
		const execution = await rest.untilEnded(await rest.run(id, 'Start'));
		assert.equal(execution.status, 'success');
		const [{ function: offered }] = model.requests[0].tools ?? [];
		assert.match(offered.description, /background/i);
		assert.deepEqual(Object.keys(offered.parameters.properties).sort(), ['background', 'photo']);

		const [request, ...others] = world.emulator.requests();
		assert.equal(others.length, 0);
		assert.equal(request.input.image, call(1).photo);
		const said = String(itemsOf(execution, 'Agent')[0].json.output);
		assert.ok(said.includes(request.outputs[0]), said);
		assert.ok(!JSON.stringify(model.requests).includes('base64'), 'the model was sent a file');
	});

	test(`agent ${version}: two calls at once buy two pictures`, async () => {
		model.calls = [call(1), call(2)];
		const id = await rest.createWorkflow(agentWorkflow(version));
		const execution = await rest.untilEnded(await rest.run(id, 'Start'));
		assert.equal(execution.status, 'success');
		const photos = world.emulator.requests().map(({ input }) => input.image);
		assert.deepEqual(photos.sort(), [call(1).photo, call(2).photo]);
	});

	// Agents up to 2.2 turn an error that a tool throws into an empty answer; with Continue the error is an item.
	test(`agent ${version}: with On Error set to Continue the model is told why there is no picture`, async () => {
		world.emulator.set({ jobOutcome: 'failed', failureMessage: 'The subject could not be found.' });
		model.calls = [call(1)];
		const id = await rest.createWorkflow(agentWorkflow(version, 'continueRegularOutput'));
		await rest.untilEnded(await rest.run(id, 'Start'));
		const told = model.requests.flatMap(({ messages }) => messages).find(({ role }) => role === 'tool');
		assert.match(String(told?.content), /could not be found/);
		assert.equal(world.emulator.counts().submitsReceived, 1);
	});
}
