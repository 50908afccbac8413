/** Sub-workflows and loops, with models and deployments: where Retry On Fail has to be set so that nothing is paid twice. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { DEPLOYMENT_IDS } from '../emulator/emulator.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import {
	chain,
	manualTrigger,
	node,
	products,
	replaceAndWait,
	type Wire,
	workflow,
	type WorkflowNode,
} from '../n8n/workflow.mts';
import { Example } from './example.mts';
import { World } from './world.mts';

const ITEMS = 3;

const TRIES = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

/** A cold start of three minutes takes a fifth of a second. */
const SPEED = 900;

let world: World;
let rest: N8nRest;
let credential: { id: string; name: string };

before(async () => {
	world = await World.open({ name: 'subWorkflow', emulator: { deploymentSpeed: SPEED } });
	({ rest } = await world.start());
	credential = await world.createCredential(rest);
});
beforeEach(() => world.emulator.reset());
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => await world.close());

type Buyer = 'model' | 'deployment';

/** Our node for the items of `products`. */
function buyer(kind: Buyer, settings: object = {}): WorkflowNode {
	const ours = replaceAndWait(credential, { ...settings });
	const deploymentId = { __rl: true, mode: 'id', value: DEPLOYMENT_IDS.flux };
	const inputsJson = '={{ { "6": { "inputs": { "text": $json.sku } } } }}';
	const run = { resource: 'deployment', operation: 'runAndWait', deploymentId, inputMode: 'json', inputsJson };
	return kind === 'model' ? ours : { ...ours, parameters: run };
}

const runs = () => [...world.emulator.requests(), ...world.emulator.deployments.runs()];

/** The read of the second request is refused once: the node fails after it has paid for all, or for those before. */
function failOnce() {
	let refusals = 0;
	world.emulator.onCall = ({ phase, requestId }) => {
		const isSecond = requestId !== undefined && runs()[1]?.id === requestId;
		if (phase !== 'result' || !isSecond || refusals > 0) return undefined;
		refusals += 1;
		return { kind: 'status', status: 400, body: { error_message: 'not now' } };
	};
}

/** Submits at the server, and machines that were started for them. */
function assertBought(kind: Buyer, submits: number): void {
	assert.equal(world.emulator.counts().submitsReceived, submits);
	assert.equal(runs().length, submits);
	const { instancesStarted } = world.emulator.deployments.meter(DEPLOYMENT_IDS.flux);
	assert.ok(kind === 'model' ? instancesStarted === 0 : instancesStarted >= 1 && instancesStarted <= submits);
}

/** A workflow that has another one buy for it; what is tried again is the call, or the node that buys. */
async function parentOf(kind: Buyer, triedAgain: 'call' | 'node'): Promise<string> {
	const called = node(
		'Called',
		'n8n-nodes-base.executeWorkflowTrigger',
		{ inputSource: 'passthrough' },
		{ typeVersion: 1.1 },
	);
	const childId = await rest.createWorkflow(chain('Child', [called, buyer(kind, triedAgain === 'node' ? TRIES : {})]));
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

for (const kind of ['model', 'deployment'] as const) {
	test(`${kind}: Retry On Fail on the node inside it: each item is bought once`, async () => {
		failOnce();
		const execution = await rest.untilEnded(await rest.run(await parentOf(kind, 'node'), 'Start'));
		assert.equal(execution.status, 'success');
		assertBought(kind, ITEMS);
	});

	/** A new execution, of which a node is not told who asked for it: docs/money.md warns of that. */
	test(`${kind}: Retry On Fail on the call: n8n starts it anew, and all is bought again`, async () => {
		failOnce();
		const execution = await rest.untilEnded(await rest.run(await parentOf(kind, 'call'), 'Start'));
		assert.equal(execution.status, 'success');
		assertBought(kind, 2 * ITEMS);
	});

	test(`${kind}: Loop Over Items, the second pass tried again and the last left to Retry: each item is bought once`, async () => {
		let refusals = 0;
		world.emulator.onCall = ({ phase, requestId }) => {
			const at = runs().findIndex(({ id }) => id === requestId);
			const mayRefuse =
				phase === 'result' && ((at === 1 && refusals < 1) || (at === 2 && refusals < 1 + TRIES.maxTries));
			if (!mayRefuse) return undefined;
			refusals += 1;
			return { kind: 'status', status: 400, body: { error_message: 'not now' } };
		};
		const loop = node('Loop', 'n8n-nodes-base.splitInBatches', { batchSize: 1, options: {} }, { typeVersion: 3 });
		const wires: Wire[] = [
			['Start', 'Products'],
			['Products', 'Loop'],
			['Loop', 'RunComfy', { output: 1 }],
			['RunComfy', 'Loop'],
		];
		const nodes = [manualTrigger(), products(ITEMS), loop, buyer(kind, TRIES)];
		const failed = await rest.untilEnded(
			await rest.run(await rest.createWorkflow(workflow('Loop', nodes, wires)), 'Start'),
		);
		assert.equal(failed.status, 'error');
		assertBought(kind, ITEMS);
		const retried = await rest.untilEnded(await rest.retry(failed.id));
		assert.equal(retried.status, 'success');
		assertBought(kind, ITEMS);
		const ids = Example.allItems(retried, 'RunComfy').map(({ request_id: id }) => id);
		assert.deepEqual(
			ids.sort(),
			runs()
				.map(({ id }) => id)
				.sort(),
		);
	});
}
