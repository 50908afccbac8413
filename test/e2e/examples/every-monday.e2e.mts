/** The example `start/every-monday`: the schedule fires, Slack gets the pictures. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { FakeSlack } from '../../services/fakeSlack.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';
import { fireSoon } from '../schedule.mts';

const TOKEN = 'xoxb-slack-token-of-these-tests';

const slack = new FakeSlack(TOKEN);

let its: ExampleWorld;

before(async () => {
	its = await ExampleWorld.open('example-monday', '', [slack], [TOKEN]);
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

test('each photo is bought once and told; the photos are the public sample', async () => {
	const example = await Example.import(its.rest, 'start/every-monday', {
		credentials: {
			[OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) },
			'n8n-nodes-base.slack': {
				slackApi: await its.rest.createCredential('Slack account', 'slackApi', { accessToken: TOKEN }),
			},
		},
	});
	await fireSoon(its.rest, example.id);
	const execution = await example.nextExecution();
	await example.deactivate();
	assert.equal(execution.status, 'success', execution.data?.resultData.error?.message);
	assert.equal(its.submits(), 2);
	assert.deepEqual(
		slack.messages.map(({ channel, text }) => [channel, text]),
		its.requests().map(({ outputs }, index) => ['#campaigns', `${['SHOE-1', 'BAG-2'][index]}: ${outputs[0]}`]),
	);
});
