import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { engineHas } from './differences.mts';
import {
	binaryItem,
	createEngine,
	NODE_UNDER_TEST,
	nodeOf,
	readBinary,
	runAsTool,
	runNode,
	START,
	startNode,
	SUCCESS,
	testCredential,
	TOOL,
	type Engine,
	type WorkflowJson,
} from './index.mts';
import { startLocalServer, type LocalServer } from './localServer.mts';
import { PROBE, PROBE_CREDENTIAL, ProbeApi, ProbeNode } from './probeNode.mts';
import { pause, untilTrue } from '../lib/until.mts';

const TOKEN = 'secret-token';
const credentials = { [PROBE_CREDENTIAL]: { apiToken: `Bearer ${TOKEN}` } };

let engine: Engine;
let server: LocalServer;
const probe = new ProbeNode();

beforeAll(async () => {
	engine = await createEngine({
		nodeTypes: { [PROBE]: probe },
		credentialTypes: { [PROBE_CREDENTIAL]: new ProbeApi() },
	});
	server = await startLocalServer((request, response) => {
		if (request.headers.authorization === 'Bearer forbidden') response.statusCode = 403;
		if (request.headers.authorization === 'Bearer refused') return void response.end('{"error_code":400004}');
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ path: request.url }));
	});
});

afterAll(async () => {
	await server.close();
	await engine.close();
});

const reset = () => {
	probe.runs = 0;
	server.requests.length = 0;
};
beforeEach(reset);

const itemsOf = (...values: number[]): INodeExecutionData[] => values.map((n) => ({ json: { n, kept: `k${n}` } }));

/** Waits for the abort, as a node that is told to stop does. */
const untilAborted = async (context: IExecuteFunctions): Promise<void> => {
	const signal = context.getExecutionCancelSignal() as AbortSignal;
	if (signal.aborted) return;
	await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
};

describe('the engine', () => {
	it('is the one that was asked for, and so is the n8n-workflow of the nodes', () => {
		const folder = process.env.RUNCOMFY_ENGINE ?? join(import.meta.dirname, '..', '..');
		const manifest = readFileSync(join(folder, 'node_modules', 'n8n-core', 'package.json'), 'utf8');
		expect(engine.n8n.coreVersion).toBe((JSON.parse(manifest) as { version: string }).version);
		expect(createRequire(import.meta.url)('n8n-workflow') === engine.n8n.workflow).toBe(true);
	});
});

describe('a run', () => {
	it('gives the node its items and parameters, and pairs what comes out with what went in', async () => {
		probe.behaviour = async (context) => [
			context.getInputData().flatMap(({ json }, item) => [
				{ json: { n: json.n, text: context.getNodeParameter('text', item) }, pairedItem: { item } },
				{ json: { twice: true }, pairedItem: { item } },
			]),
		];
		const { items, finished, error } = await runNode(engine, {
			items: itemsOf(1, 2),
			parameters: { text: '=n is {{ $json.n }}' },
		});
		expect(error).toBeUndefined();
		expect(finished.status).toBe('success');
		expect(items.map(({ json }) => json)).toEqual([
			{ n: 1, text: 'n is 1' },
			{ twice: true },
			{ n: 2, text: 'n is 2' },
			{ twice: true },
		]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }, { item: 1 }, { item: 1 }]);
		expect(finished.itemsOf(SUCCESS)).toHaveLength(4);
	});

	it('fills in the defaults of parameters, and refuses a workflow with a required one empty', async () => {
		probe.behaviour = async (context) => [[{ json: { text: context.getNodeParameter('text', 0) } }]];
		expect((await runNode(engine)).items[0]?.json.text).toBe('default text');
		const refused = await runNode(engine, { parameters: { needed: '' } });
		expect(refused.finished.status).toBe('error');
		expect(refused.error?.message).toMatch(/issues/i);
		expect(probe.runs).toBe(1);
	});

	it("sends the header that the credential's expressions make, with the defaults of its fields", async () => {
		probe.behaviour = async (context) => {
			const options = { url: `${server.url}/a`, json: true };
			const body = await context.helpers.httpRequestWithAuthentication.call(context, PROBE_CREDENTIAL, options);
			return [[{ json: body as never }]];
		};
		const { items } = await runNode(engine, { credentials });
		expect(items[0]?.json).toEqual({ path: '/a' });
		expect(server.requests).toHaveLength(1);
		expect(server.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'x-region': 'eu' });
	});

	it('fails a node that has no credentials', async () => {
		probe.behaviour = async (context) => [[{ json: (await context.getCredentials(PROBE_CREDENTIAL)) as never }]];
		expect((await runNode(engine)).error?.message).toMatch(/does not have any credentials/);
	});

	it("collects the node's hints and log lines, also of its background work, and leaves the console alone", async () => {
		const console = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')];
		let background = Promise.resolve();
		probe.behaviour = async (context) => {
			context.logger.warn('look here', { request_id: 'r1' });
			context.addExecutionHints({ message: 'a hint', location: 'outputPane' });
			background = new Promise((resolve) => setTimeout(resolve, 20)).then(() => context.logger.info('later'));
			return [[]];
		};
		const [one, other] = await Promise.all([runNode(engine), runNode(engine)]);
		await background;
		expect(one.finished.hints).toMatchObject([{ message: 'a hint' }]);
		expect(one.logs).toEqual([
			{ level: 'warn', message: 'look here', meta: { request_id: 'r1' } },
			{ level: 'info', message: 'later', meta: {} },
		]);
		expect(other.logs).toHaveLength(2);
		for (const spy of console) {
			expect(spy).not.toHaveBeenCalled();
			spy.mockRestore();
		}
	});

	it('carries a file from input to output through the store, not through the item', async () => {
		const bytes = Buffer.from('not really a picture');
		probe.behaviour = async (context) => {
			const buffer = await context.helpers.getBinaryDataBuffer(0, 'photo');
			const file = await context.helpers.prepareBinaryData(buffer.reverse(), 'back.png', 'image/png');
			return [[{ json: {}, binary: { out: file } }]];
		};
		const input = await binaryItem({ sku: 1 }, 'photo', bytes, { fileName: 'a.jpg', mimeType: 'image/jpeg' });
		const { items } = await runNode(engine, { items: [input] });
		expect(input.binary?.photo).toMatchObject({ data: 'filesystem-v2', fileType: 'image', fileExtension: 'jpg' });
		expect(items[0]?.binary?.out).toMatchObject({ fileName: 'back.png', mimeType: 'image/png' });
		expect(await readBinary(items[0] as INodeExecutionData, 'out')).toEqual(Buffer.from(bytes).reverse());
	});

	it('refuses an engine with another binary mode beside the open one', async () => {
		const other = { nodeTypes: { [PROBE]: probe }, credentialTypes: {}, binaryMode: 'default' } as const;
		await expect(createEngine(other)).rejects.toThrow(/still open/);
	});
});

describe('Retry On Fail', () => {
	it("runs the whole node again, and the node's context survives from try to try", async () => {
		probe.behaviour = async (context) => {
			const journal = context.getContext('node') as { bought?: number[] };
			journal.bought = [...(journal.bought ?? []), probe.runs];
			if (probe.runs < 3) throw new Error('not yet');
			return [[{ json: { bought: journal.bought, runIndex: context.getWorkflowDataProxy(0).$runIndex } }]];
		};
		const { items, error } = await runNode(engine, { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 });
		expect(probe.runs).toBe(3);
		expect(error).toBeUndefined();
		expect(items[0]?.json).toEqual({ bought: [1, 2, 3], runIndex: 0 });
	});
});

describe('Continue On Fail', () => {
	beforeEach(() => {
		probe.behaviour = async (context) => {
			expect(context.continueOnFail()).toBe(true);
			const ok = { json: { ok: true }, pairedItem: { item: 0 } };
			return [[ok, { json: { error: { message: 'bad', request_id: 'r2' } }, pairedItem: { item: 1 } }]];
		};
	});

	it('leaves error items in the one branch with continueRegularOutput', async () => {
		const { items, errorItems } = await runNode(engine, { items: itemsOf(1, 2), onError: 'continueRegularOutput' });
		expect(items.map(({ json }) => Object.keys(json))).toEqual([['ok'], ['error']]);
		expect(errorItems).toEqual([]);
	});
});

describe('Stop and timeout', () => {
	it('a Stop aborts the signal, ends the run and leaves it canceled', async () => {
		const cancelled = jest.fn();
		probe.behaviour = async (context) => {
			context.onExecutionCancellation(() => {
				context.logger.info('stopping');
				cancelled();
			});
			await untilAborted(context);
			return [[]];
		};
		const running = startNode(engine, { retryOnFail: true, maxTries: 3 });
		await untilTrue(() => probe.runs > 0);
		running.stop();
		const { finished, logs } = await running.result;
		expect(finished.status).toBe('canceled');
		expect(probe.runs).toBe(1);
		expect(cancelled).toHaveBeenCalledTimes(1);
		expect(logs).toMatchObject([{ message: 'stopping' }]);
		await expect(runNode(engine, { retryOf: finished })).rejects.toThrow(/keeps no execution data after a Stop/);
	});

	it('stores at the abort and not at the end: later marks of the node are lost', async () => {
		probe.behaviour = async (context) => {
			const journal = context.getContext('node');
			journal.before = true;
			context.onExecutionCancellation(() => {
				journal.atAbort = true;
			});
			await untilAborted(context);
			await pause(50);
			journal.tooLate = true;
			return [[]];
		};
		const { finished } = await runNode(engine, { workflowTimeoutMs: 300 });
		const { contextData } = finished.data.executionData as NonNullable<typeof finished.data.executionData>;
		expect(contextData[`node:${NODE_UNDER_TEST}`]).toEqual({ before: true, atAbort: true });
	});
});

describe('Retry execution', () => {
	const threeSteps: WorkflowJson = {
		nodes: [
			nodeOf(START, { type: 'n8n-nodes-base.manualTrigger' }),
			nodeOf('First', { type: PROBE, parameters: { text: 'first' } }),
			nodeOf('Second', { type: PROBE, parameters: { text: 'second' } }),
		],
		connections: {
			[START]: { main: [[{ node: 'First', type: 'main', index: 0 }]] },
			First: { main: [[{ node: 'Second', type: 'main', index: 0 }]] },
		},
	};

	it.each(['saved', 'original'] as const)('runs only the failed node again, with context (%s)', async (retryWith) => {
		const ran: string[] = [];
		probe.behaviour = async (context) => {
			const text = context.getNodeParameter('text', 0) as string;
			ran.push(text);
			const journal = context.getContext('node') as { tries?: number };
			journal.tries = (journal.tries ?? 0) + 1;
			if (text === 'second' && journal.tries === 1) throw new Error('fails once');
			const runIndex = context.getWorkflowDataProxy(0).$runIndex;
			return [context.getInputData().map(({ json }) => ({ json: { ...json, tries: journal.tries, runIndex } }))];
		};
		const failed = await engine.run(threeSteps, { items: itemsOf(7) });
		expect(failed.status).toBe('error');
		expect(failed.error?.message).toBe('fails once');
		const saved = structuredClone(threeSteps);
		(saved.nodes[2] as { parameters: object }).parameters = { text: 'second, edited' };
		const retried = await engine.run(saved, { retryOf: failed, retryWith });
		expect(retried.status).toBe('success');
		expect(ran).toEqual(['first', 'second', retryWith === 'saved' ? 'second, edited' : 'second']);
		expect(retried.itemsOf('Second')[0]?.json).toEqual({ n: 7, kept: 'k7', tries: 2, runIndex: 0 });
		expect(failed.runsOf('Second')[0]?.error?.message).toBe('fails once');
	});

	it('starts every retry of one execution from the same snapshot', async () => {
		probe.behaviour = async (context) => {
			const journal = context.getContext('node') as { tries?: number };
			journal.tries = (journal.tries ?? 0) + 1;
			throw new Error(`try ${journal.tries}`);
		};
		const { finished } = await runNode(engine);
		expect((await runNode(engine, { retryOf: finished })).error?.message).toBe('try 2');
		expect((await runNode(engine, { retryOf: finished })).error?.message).toBe('try 2');
	});

	it('is refused after a success', async () => {
		probe.behaviour = async () => [[]];
		const { finished } = await runNode(engine);
		await expect(runNode(engine, { retryOf: finished })).rejects.toThrow(/cannot be retried/);
	});
});

describe('as an AI tool', () => {
	const calls = [{ id: 'call_a', args: { prompt: 'a red wall' } }];
	const parameters = { text: "={{ $fromAI('prompt', 'the new background', 'string') }}" };

	beforeEach(() => {
		probe.behaviour = async (context) => {
			const { $runIndex } = context.getWorkflowDataProxy(0);
			const [input] = context.getInputData();
			const text = context.getNodeParameter('text', 0);
			return [[{ json: { text, type: context.getNode().type, input: input?.json, runIndex: $runIndex as number } }]];
		};
	});

	it('of agent v3: a node run with toolCallId in its input', async () => {
		const { answers, finished } = await runAsTool(engine, { agent: 'v3', parameters, calls, items: itemsOf(1) });
		expect(answers).toEqual([{ id: 'call_a', response: expect.any(String) }]);
		expect(JSON.parse(answers[0]?.response ?? '')).toMatchObject({
			text: 'a red wall',
			type: `${PROBE}Tool`,
			input: { toolCallId: 'call_a', prompt: 'a red wall', n: 1 },
			runIndex: 0,
		});
		expect(finished.runsOf(TOOL)).toHaveLength(1);
	});

	it('of agent v2: a function call, with a description for the model', async () => {
		const { answers, tool } = await runAsTool(engine, { agent: 'v2', parameters, calls });
		expect(tool?.name).toBe(TOOL);
		expect(JSON.parse(answers[0]?.response ?? '')).toMatchObject([
			{ text: 'a red wall', type: `${PROBE}Tool`, input: { prompt: 'a red wall' } },
		]);
	});

	it.each([
		['v3', [0, 0]],
		['v2', [0, 1]],
	] as const)('of agent %s: the tries of Retry On Fail have run indices %j', async (agent, expected) => {
		const runIndices: number[] = [];
		probe.behaviour = async (context) => {
			runIndices.push(context.getWorkflowDataProxy(0).$runIndex as number);
			if (runIndices.length === 1) throw new Error('once');
			return [[{ json: { done: true } }]];
		};
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const { answers } = await runAsTool(engine, { agent, calls, ...settings });
		expect(answers[0]?.error).toBeUndefined();
		expect(runIndices).toEqual(expected);
	});

	it.each(['v3', 'v2'] as const)('of agent %s: an error is told to the agent, and it goes on', async (agent) => {
		probe.behaviour = async () => {
			throw new engine.n8n.workflow.OperationalError('no balance left');
		};
		const { answers, finished } = await runAsTool(engine, { agent, calls });
		if (agent === 'v2' || engineHas('toolErrorGoesToAgent')) {
			expect(finished.status).toBe('success');
			expect(answers[0]?.error).toBe('no balance left');
		} else {
			expect(finished.error?.message).toBe('no balance left');
			expect(answers).toEqual([]);
		}
	});
});

describe('the Test button of a credential', () => {
	it.each([
		[TOKEN, { status: 'OK' }],
		['forbidden', { status: 'Error', message: expect.stringMatching(/^Forbidden/) }],
		['refused', { status: 'Error', message: 'not accepted' }],
	])('sends the request with the token %s and applies the rules', async (apiToken, expected) => {
		expect(await testCredential(engine, PROBE_CREDENTIAL, { apiToken, url: server.url })).toMatchObject(expected);
		expect(server.requests.map(({ url }) => url)).toEqual(['/balance']);
		expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${apiToken}`);
	});

	it('words a refusal by its status where the type has a rule for it', async () => {
		const type = new ProbeApi();
		type.test = {
			request: { baseURL: server.url, url: '/balance' },
			rules: [{ type: 'responseCode', properties: { value: 403, message: 'not yours' } }],
		};
		const other = { ...engine, credentialTypes: { [PROBE_CREDENTIAL]: type } };
		const result = await testCredential(other, PROBE_CREDENTIAL, { apiToken: 'forbidden' });
		const message = engineHas('testButtonSeesStatus') ? 'not yours' : 'Forbidden - perhaps check your credentials?';
		expect(result).toEqual({ status: 'Error', message });
	});

	it('tells a server that is not there', async () => {
		const values = { apiToken: TOKEN, url: 'http://127.0.0.1:9' };
		expect(await testCredential(engine, PROBE_CREDENTIAL, values)).toMatchObject({ status: 'Error' });
	});
});

describe('the core nodes of the examples', () => {
	it('Manual Trigger → Edit Fields → node, with a sticky note beside', async () => {
		probe.behaviour = async (context) => [context.getInputData()];
		const assignments = [
			{ id: '1', name: 'image.url', value: 'https://example.com/a.jpg', type: 'string' },
			{ id: '2', name: 'size', value: '={{ $json.n * 2 }}', type: 'number' },
		];
		const example: WorkflowJson = {
			nodes: [
				nodeOf('Note', { type: 'n8n-nodes-base.stickyNote', parameters: { content: 'Hello' } }),
				nodeOf('When clicking', { type: 'n8n-nodes-base.manualTrigger' }),
				nodeOf('Edit Fields', {
					type: 'n8n-nodes-base.set',
					typeVersion: 3.4,
					parameters: { assignments: { assignments }, includeOtherFields: true, options: {} },
				}),
				nodeOf('Raw', {
					type: 'n8n-nodes-base.set',
					typeVersion: 3.4,
					parameters: { mode: 'raw', jsonOutput: '={{ { "copy": $json.image.url, "size": $json.size } }}' },
				}),
			],
			connections: {
				'When clicking': { main: [[{ node: 'Edit Fields', type: 'main', index: 0 }]] },
				'Edit Fields': { main: [[{ node: 'Raw', type: 'main', index: 0 }]] },
			},
		};
		const finished = await engine.run(example, { items: itemsOf(4), mode: 'manual' });
		expect(finished.error).toBeUndefined();
		const url = 'https://example.com/a.jpg';
		expect(finished.itemsOf('Edit Fields')[0]?.json).toEqual({ n: 4, kept: 'k4', image: { url }, size: 8 });
		expect(finished.itemsOf('Raw')[0]?.json).toEqual({ copy: url, size: 8 });
	});
});
