/** A sub-workflow that is started again: where Retry On Fail has to be set so that nothing is paid twice. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import type { N8nRest } from '../n8n/n8nRest.mts';
import { chain, manualTrigger, node, products, replaceAndWait } from '../n8n/workflow.mts';
import { World } from './world.mts';

const ITEMS = 3;

const TRIES = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

let world: World;
let rest: N8nRest;
let credential: { id: string; name: string };

before(async () => {
	world = await World.open({ name: 'subWorkflow' });
	({ rest } = await world.start());
	credential = await world.createCredential(rest);
});
beforeEach(() => world.emulator.reset());
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => await world.close());

/** The read of the second request is refused once: the node fails after it has paid for all. */
function failOnce() {
	let refusals = 0;
	world.emulator.onCall = ({ phase, requestId }) => {
		const isSecond = world.emulator.requests()[1]?.id === requestId;
		if (phase !== 'result' || !isSecond || refusals > 0) return undefined;
		refusals += 1;
		return { kind: 'status', status: 400, body: { error_message: 'not now' } };
	};
}

/** A workflow that has another one buy for it; what is tried again is the call, or the node that buys. */
async function parentOf(triedAgain: 'call' | 'node'): Promise<string> {
	const called = node(
		'Called',
		'n8n-nodes-base.executeWorkflowTrigger',
		{ inputSource: 'passthrough' },
		{ typeVersion: 1.1 },
	);
	const buys = { ...replaceAndWait(credential), ...(triedAgain === 'node' && TRIES) };
	const childId = await rest.createWorkflow(chain('Child', [called, buys]));
	// n8n 2 calls published workflows only.
	await rest.activate(childId);
	const call = node(
		'Call',
		'n8n-nodes-base.executeWorkflow',
		{ workflowId: { __rl: true, mode: 'id', value: childId }, options: {} },
		{ typeVersion: 1.2, ...(triedAgain === 'call' && TRIES) },
	);
	return await rest.createWorkflow(chain('Parent', [manualTrigger(), products(ITEMS), call]));
}

test('Retry On Fail on the node inside it: each item is bought once', async () => {
	failOnce();
	const execution = await rest.untilEnded(await rest.run(await parentOf('node'), 'Start'));
	assert.equal(execution.status, 'success');
	assert.equal(world.emulator.counts().submitsReceived, ITEMS);
});

/** A new execution, of which a node is not told who asked for it: docs/money.md warns of that. */
test('Retry On Fail on the call: n8n starts it anew, and all is bought again', async () => {
	failOnce();
	const execution = await rest.untilEnded(await rest.run(await parentOf('call'), 'Start'));
	assert.equal(execution.status, 'success');
	assert.equal(world.emulator.counts().submitsReceived, 2 * ITEMS);
});
