/** Deployment: what must not be sent is not sent, and says why; counted at the server, in submits and machine seconds. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import type { Switches } from '../emulator/emulator.mts';
import {
	BUSY,
	FLUX,
	fieldId,
	fieldsOf,
	LORA,
	OFF,
	onlyRun,
	openDeployments,
	runDeployment,
	withFields,
} from './deploymentFixture.mts';
import { inputItems, shareFixture } from './fixture.mts';
import { binaryItem } from '../engine/index.mts';
import { pngBefore } from '../lib/photos.mts';

const node = shareFixture(openDeployments, {});

const UNKNOWN = 'd0d0d0d0-0000-4000-8000-000000000000';

/** Runs, and says what was refused; nothing may have been accepted or started. */
async function refusal(parameters: INodeParameters, submitsReceived = 0, items = inputItems(1)): Promise<string> {
	const { error } = await node.run({ parameters, items });
	const { submitsAccepted, submitsReceived: received } = node.emulator.counts();
	expect([submitsAccepted, received]).toEqual([0, submitsReceived]);
	expect(node.emulator.deployments.meter(FLUX).instancesStarted).toBe(0);
	return `${error?.message} | ${error?.description ?? ''}`;
}

const override = (nodeId: string, inputs: object) => ({ [nodeId]: { inputs } });

describe('the deployment', () => {
	test.each([
		['none given', '={{ "" }}', /'Deployment' is required/],
		['no UUID', '={{ "flux" }}', /'Deployment' is not a deployment ID.*UUID|looks like/],
		['a path', '={{ "../balance" }}', /is not a deployment ID/],
		['unknown', UNKNOWN, /does not know the deployment d0d0d0d0.*deleted/],
		['disabled', OFF, /The deployment Last season is disabled.*Update/],
	])('%s', async (_what, id, words) => {
		expect(await refusal(runDeployment(id, {}))).toMatch(words);
	});

	test.each([
		['unknown', LORA, { prompt: 'x' }, { includes: 'ignored' }, undefined],
		['without a workflow, by fields', LORA, undefined, {}, /reports no workflow.*Using JSON/],
		['payload left out, by fields', FLUX, undefined, { includes: 'ignored' }, /reports no workflow/],
	] as const)('%s', async (_what, id, inputs, switches, words) => {
		node.emulator.set(switches as Partial<Switches>);
		if (words === undefined) {
			// Nothing can be checked, so what is given is sent.
			await node.run({ parameters: runDeployment(id, inputs) });
			expect(onlyRun(node).body).toEqual(inputs);
		} else {
			expect(await refusal(withFields(id, {}))).toMatch(words);
		}
	});

	test('of another account', async () => {
		const body = { error_code: 403003, error_message: 'Unauthorized' };
		node.emulator.fault('deployment', { kind: 'status', status: 403, body });
		expect(await refusal(runDeployment(FLUX, {}))).toMatch(
			/did not allow this API token to use the deployment 3f9a52c1\S+ \| .*not charged.*another account/,
		);
	});

	test('a list that is neither bare nor wrapped is not believed', async () => {
		node.emulator.set({ deployments: 'none' });
		const { error } = await node.run({ parameters: { resource: 'deployment', operation: 'getMany' } });
		expect(error?.message).toMatch(/list the deployments/);
	});
});

describe('refusals of RunComfy', () => {
	test.each(['400', '403', '200'] as const)(
		'out of funds, with %s: top up and enable, nothing submitted',
		async (status) => {
			node.emulator.set({ deploymentRefusal: status, balanceUsd: 0 });
			const words = await refusal(runDeployment(FLUX, {}), 1);
			expect(words).toMatch(/disabled the deployment Product shots because the balance ran out/);
			expect(words).toMatch(/Top up.*then enable/);
		},
	);

	test.each(['400', '403', '200'] as const)('disabled since it was read, with %s', async (deploymentRefusal) => {
		node.emulator.set({ deploymentRefusal });
		node.emulator.fault('submit', {
			kind: 'status',
			status: Number(deploymentRefusal),
			body: { error_code: 10002, error_message: 'disabled' },
		});
		expect(await refusal(runDeployment(FLUX, {}), 1)).toMatch(/Product shots is disabled/);
	});

	test('deleted since it was read', async () => {
		node.emulator.fault('submit', { kind: 'errorUnder200', errorCode: 10003 });
		expect(await refusal(runDeployment(FLUX, {}), 1)).toMatch(/does not know the deployment Product shots/);
	});

	test.each([
		['a gateway that only says message', { deploymentTokenRefusal: '403message' }, /did not accept the API token/],
		['401 with a code', { deploymentTokenRefusal: '401code' }, /did not accept the API token/],
		['a code under 200', { deploymentTokenRefusal: '200' }, /token.*deployment|did not accept the API token/],
	] as const)('the token: %s', async (_what, switches, words) => {
		node.emulator.set(switches);
		const { error } = await node.run({ parameters: runDeployment(FLUX, {}), token: 'wrong' });
		expect(`${error?.message} ${error?.description}`).toMatch(words);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 0 });
	});

	test('overrides it does not know: field by field', async () => {
		node.emulator.set({ includes: 'ignored' });
		expect(await refusal(runDeployment(FLUX, override('99', { a: 1 })), 1)).toMatch(
			/overrides\.99: There is no such node/,
		);
	});
});

describe('JSON', () => {
	test.each([
		['a link to what no person wrote', override('6', { clip: { text: 'undefined' } }), /'6\.clip' contains/],
		['no JSON', '{"6": ', /is not valid JSON/],
		['a list', [1], /'Inputs \(JSON\)'/],
		['an unknown node', override('99', { text: 'x' }), /no node '99'.*It has: 6/],
		[
			'an unknown input',
			override('6', { texts: 'x' }),
			/'6\.texts' is not an input of the node 'Positive Prompt'.*text, clip/,
		],
		['another type', override('17', { steps: 'many' }), /'BasicScheduler: steps' must be a number/],
		['text that no person wrote', override('6', { text: '[object Object]' }), /'Positive Prompt' contains/],
		['an unresolved expression', override('6', { text: 'a {{ $json.x }}' }), /unresolved expression/],
		['a seed of 2⁶⁴', override('25', { noise_seed: 2 ** 64 }), /'RandomNoise' must be a whole number/],
		[
			'a seed of 2⁶⁴ in a workflow of one’s own',
			'{"workflow_api_json": {"1": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615}}}}',
			/'1\.seed' must be a whole number from -?\d+ to 9007199254740991/,
		],
		['flat inputs for a workflow', { prompt: 'x' }, /must be overrides/],
		['a whole body with more in it', { overrides: {}, workflow: {} }, /also contains 'workflow'/],
		[
			'both graphs',
			{ ...{ overrides: override('6', { text: 'x' }) }, workflow_api_json: { '1': { class_type: 'A', inputs: {} } } },
			/both overrides and workflow_api_json/,
		],
		[
			'an unresolved expression in a workflow',
			{ workflow_api_json: { '1': { class_type: 'SaveImage', inputs: { filename_prefix: '{{ $json.sku }}' } } } },
			/'1\.filename_prefix' contains an unresolved expression/,
		],
		['a workflow of the page', { workflow_api_json: { nodes: [] } }, /not a workflow in the API format/],
		['overrides of another form', { overrides: { '6': { text: 'x' } } }, /must have the form/],
	])('%s', async (_what, inputs, words) => {
		expect(await refusal(runDeployment(FLUX, inputs))).toMatch(words);
	});

	test('a class that is not on the machine fails there, and says so', async () => {
		const own = { workflow_api_json: { '1': { class_type: 'SomebodysNode', inputs: {} } } };
		const { error } = await node.run({ parameters: runDeployment(FLUX, own) });
		expect(error?.message).toMatch(/Request .* failed: Node type not found: SomebodysNode/);
		expect(error?.message).not.toMatch(/Traceback|errorCode/);
	});

	test('flat inputs that no person wrote', async () => {
		expect(await refusal(runDeployment(LORA, { prompt: '[object Object]' }))).toMatch(/'prompt' contains/);
	});

	test('a seed of -1 is sent where one is saved, as some nodes mean a random one by it', async () => {
		node.emulator.deployments.publish(FLUX, (graph) => void (graph['25'].inputs.noise_seed = -1));
		const { error } = await node.run({ parameters: runDeployment(FLUX, override('25', { noise_seed: -1 })) });
		expect(error).toBeUndefined();
		expect(onlyRun(node).graph['25'].inputs.noise_seed).toBe(-1);
	});

	test('a list and an object in fields, as text', async () => {
		const values = {
			'14.values': '[0.2, 0.8]',
			'13.sel_mode': 'true',
			'15.curve': '{"__type__":"CURVE","__value__":[[0,1]]}',
		};
		const { error } = await node.run({ parameters: withFields(BUSY, values) });
		expect(error).toBeUndefined();
		expect(onlyRun(node).body).toEqual({
			overrides: {
				'13': { inputs: { sel_mode: true } },
				'14': { inputs: { values: { __value__: [0.2, 0.8] } } },
				'15': { inputs: { curve: { __type__: 'CURVE', __value__: [[0, 1]] } } },
			},
		});
	});

	test('names from birth and numbers beyond all bounds are no inputs', async () => {
		expect(await refusal(runDeployment(FLUX, '{"__proto__": {"inputs": {"a": 1}}}'))).toMatch(
			/no node '__proto__'|must be overrides/,
		);
		expect(await refusal(runDeployment(FLUX, '{"6": {"inputs": {"constructor": 1}}}'))).toMatch(
			/not an input of the node/,
		);
		expect(await refusal(runDeployment(FLUX, '{"17": {"inputs": {"steps": 1e400}}}'))).toMatch(
			/must be a number|contains/,
		);
	});

	test('a text of 1 MB is sent whole', async () => {
		const long = 'slate '.repeat(175_000).trim();
		const { error } = await node.run({ parameters: runDeployment(BUSY, override('1', { text: long })) });
		expect(error).toBeUndefined();
		const { overrides } = node.emulator.body(onlyRun(node).id) as {
			overrides: Record<string, { inputs: { text: string } }>;
		};
		expect(overrides['1'].inputs.text).toBe(long);
	});
});

describe('a workflow that changed', () => {
	afterEach(() => node.emulator.reset());

	const chosen = () => {
		const id = fieldId(node, FLUX, '6.text');
		return withFields(FLUX, { [id]: 'a red shoe' }, fieldsOf(node, FLUX));
	};

	test.each([
		[
			'another class under the same number',
			(graph: Record<string, { class_type: string }>) => void (graph['6'].class_type = 'StringConstant'),
		],
		['the node is gone', (graph: Record<string, unknown>) => void delete graph['6']],
		[
			'the input is gone',
			(graph: Record<string, { inputs: Record<string, unknown> }>) => void delete graph['6'].inputs.text,
		],
		[
			'the input is linked now',
			(graph: Record<string, { inputs: Record<string, unknown> }>) => void (graph['6'].inputs.text = ['9', 0]),
		],
	])('%s: refused, unsent, with the field and Refresh', async (_what, change) => {
		const parameters = chosen();
		node.emulator.deployments.publish(FLUX, change as never);
		const words = await refusal(parameters);
		expect(words).toMatch(/'Positive Prompt[^']*' is no longer an input/);
		expect(words).toMatch(/Refresh/);
	});

	test('what a Refresh has taken out of the editor is neither sent nor in the way', async () => {
		const gone = fieldId(node, FLUX, '6.text');
		node.emulator.deployments.publish(FLUX, (graph) => void (graph['6'].class_type = 'StringConstant'));
		const now = fieldId(node, FLUX, '6.text');
		const values = { [gone]: 'of before', [now]: 'a red shoe' };
		const { error } = await node.run({ parameters: withFields(FLUX, values, fieldsOf(node, FLUX)) });
		expect(error).toBeUndefined();
		expect(onlyRun(node).body).toEqual({ overrides: { '6': { inputs: { text: 'a red shoe' } } } });
	});

	test('in the middle of a batch: the rest is not sent to other nodes, and Retry refuses the old field', async () => {
		const id = fieldId(node, FLUX, '6.text');
		const options = { maxInFlight: 1 };
		const parameters = withFields(FLUX, { [id]: '={{ $json.sku }}' }, fieldsOf(node, FLUX), { options });
		node.policies.call.workflowFreshMs = 0;
		node.emulator.onCall = ({ phase, nth }) => {
			if (phase !== 'result' || nth !== 1) return undefined;
			node.emulator.onCall = undefined;
			node.emulator.deployments.publish(FLUX, (graph) => {
				graph['7'] = graph['6'];
				graph['6'] = { class_type: 'StringConstant', inputs: { text: 'x' }, _meta: { title: 'Note' } };
			});
			return undefined;
		};
		const first = await node.run({ parameters, items: inputItems(3), mode: 'trigger' });
		expect(first.error?.message).toMatch(/The workflow of the deployment Product shots has changed/);
		expect(first.error?.description).toMatch(/^1 other item is finished.*You were not charged/);
		const again = await node.run({ parameters, items: inputItems(3), mode: 'trigger', retryOf: first.finished });
		expect(again.error?.message).toMatch(/is no longer an input/);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 1, submitsAccepted: 1 });
	});

	test('a deployment that cannot be read again in the middle of a batch stops nobody', async () => {
		Object.assign(node.policies.call, { workflowFreshMs: 0, singleCallWindowMs: 20 });
		node.emulator.onCall = ({ phase }) => {
			if (phase === 'submit') node.emulator.fault('deployment', { kind: 'status', status: 503, body: {} });
			return undefined;
		};
		const options = { maxInFlight: 1 };
		const parameters = runDeployment(FLUX, override('6', { text: 'x' }), { options });
		const { error, items } = await node.run({ parameters, items: inputItems(2), mode: 'trigger' });
		expect([error, items.length]).toEqual([undefined, 2]);
	});

	test('a title that changed, and a node that was added, stop nobody', async () => {
		const parameters = chosen();
		node.emulator.deployments.publish(FLUX, (graph) => {
			graph['6']._meta = { title: '> What to show' };
			graph['99'] = { class_type: 'Note', inputs: { text: 'x' } };
		});
		const { error } = await node.run({ parameters });
		expect(error).toBeUndefined();
		expect(onlyRun(node).graph['6'].inputs.text).toBe('a red shoe');
	});
});

/** A graph that loads a file, on the machine of a deployment. */
const OWN_WORKFLOW = { workflow_api_json: { '1': { class_type: 'LoadImage', inputs: { image: 'x.png' } } } };

describe('options and files', () => {
	test.each([
		['an unknown output node', { outputNodes: 'Save Image, Nowhere' }, 'runAndWait', /'nowhere', which is not a node/i],
		['a word for a switch', { randomizeSeeds: 'perhaps' }, 'runAndWait', /'Randomize Seeds' must be true or false/],
		['a webhook that is no address', { webhookUrl: 'resume' }, 'submit', /'Webhook URL'/],
	])('%s', async (_what, options, operation, words) => {
		expect(await refusal(runDeployment(FLUX, {}, { operation, options }))).toMatch(words);
	});

	test.each([
		['an input that takes none', '6.text', /takes no file|'Positive Prompt'/],
		['an input that is not there', '99.image', /99\.image/],
		['a node that is not in the workflow of one’s own', '7.image', /'7\.image' is not an input/, OWN_WORKFLOW],
		['an input that its node has not', '1.video', /'1\.video' is not an input/, OWN_WORKFLOW],
	])('a file for %s', async (_what, input, words, inputs: object = {}) => {
		const files = { file: [{ input, binaryPropertyName: 'data' }] };
		const facts = { fileName: 'shoe.png', mimeType: 'image/png' };
		const item = await binaryItem({}, 'data', pngBefore(Buffer.from('x')), facts);
		expect(await refusal(runDeployment(FLUX, inputs, { files }), 0, [item])).toMatch(words);
	});
});
