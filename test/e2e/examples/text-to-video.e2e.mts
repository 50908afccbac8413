/** The example `start/text-to-video`: a sentence in, a video out. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { itemsOf } from '../../n8n/n8nRest.mts';
import { OUR_NODE } from '../../n8n/workflow.mts';
import { Example } from '../example.mts';
import { ExampleWorld } from '../exampleWorld.mts';

let its: ExampleWorld;

before(async () => {
	its = await ExampleWorld.open('example-video', '', [], []);
});
afterEach((context) => its.checked(context));
after(async () => await its.close());

test('a sentence is sent once and becomes a video; only what the canvas says is sent', async () => {
	const example = await Example.import(its.rest, 'start/text-to-video', {
		credentials: { [OUR_NODE]: { runComfyApi: await its.world.createCredential(its.rest) } },
	});
	const execution = await example.run('Run by Hand');
	assert.equal(execution.status, 'success', execution.data?.resultData.error?.message);
	assert.equal(its.submits(), 1);
	const [request] = its.requests();
	assert.equal(request.modelId, 'bytedance/seedance-2.0/fast');
	const { prompt, ...inputs } = request.input;
	assert.match(String(prompt), /^A red paper boat/);
	assert.deepEqual(inputs, { duration: 4, resolution: '480p' });
	const [{ json, binary }] = itemsOf(execution, 'Make Video');
	assert.equal(json.request_id, request.id);
	assert.equal(json.video_url, request.outputs[0]);
	const { mimeType, fileName } = binary?.data as { mimeType: string; fileName: string };
	assert.equal(mimeType, 'video/mp4');
	assert.equal(fileName, `seedance-2.0-fast-1-${request.id.slice(-8)}.mp4`);
});
