/**
 * What our node's design takes for granted about n8n's engine. A test that goes red here with a new n8n means that
 * the node must be looked at, not the test.
 */
import type { IExecuteFunctions, IHttpRequestOptions, IN8nHttpFullResponse, INodeExecutionData } from 'n8n-workflow';
import { binaryItem, createEngine, NODE_UNDER_TEST, readBinary, runNode, startNode, type Engine } from './index.mts';
import { startLocalServer, type LocalServer } from './localServer.mts';
import { PROBE, PROBE_CREDENTIAL, ProbeApi, ProbeNode } from './probeNode.mts';
import { untilTrue } from '../lib/until.mts';

const TOKEN = 'secret-token';
const credentials = { [PROBE_CREDENTIAL]: { apiToken: TOKEN } };
const probe = new ProbeNode();

/** A workflow's timeout that a busy machine does not reach before the node has begun. */
const TIMEOUT_MS = 300;

let engine: Engine;
let server: LocalServer;
let elsewhere: LocalServer;

beforeAll(async () => {
	engine = await createEngine({
		nodeTypes: { [PROBE]: probe },
		credentialTypes: { [PROBE_CREDENTIAL]: new ProbeApi() },
		binaryMode: 'default',
	});
	elsewhere = await startLocalServer((_request, response) => response.end('{}'));
	server = await startLocalServer((request, response) => {
		const path = request.url ?? '';
		if (path === '/401') response.writeHead(401, { 'retry-after': '7' }).end('{"code":401}');
		else if (path === '/redirect') response.writeHead(302, { location: `${elsewhere.url}/taken` }).end();
		else if (path === '/bad-json') response.writeHead(200, { 'content-type': 'application/json' }).end('{oops');
		else if (path !== '/hang') response.end('{}');
	});
});

afterAll(async () => {
	await Promise.all([server.close(), elsewhere.close()]);
	await engine.close();
});

beforeEach(() => {
	probe.runs = 0;
	server.requests.length = 0;
	elsewhere.requests.length = 0;
});

/** The options every call of our node is made with. */
const careful = (path: string): IHttpRequestOptions => ({
	url: `${server.url}${path}`,
	json: true,
	returnFullResponse: true,
	ignoreHttpStatusErrors: true,
	disableFollowRedirect: true,
	timeout: 2_000,
});

async function call(context: IExecuteFunctions, options: IHttpRequestOptions): Promise<IN8nHttpFullResponse> {
	return (await context.helpers.httpRequestWithAuthentication.call(
		context,
		PROBE_CREDENTIAL,
		options,
	)) as IN8nHttpFullResponse;
}

/** Runs the node with a behaviour of which only the returned value matters. */
async function valueOf<T>(behaviour: (context: IExecuteFunctions) => Promise<T>): Promise<T> {
	let value: T | undefined;
	probe.behaviour = async (context) => {
		value = await behaviour(context);
		return [[]];
	};
	const { error } = await runNode(engine, { credentials });
	if (error) throw error;
	return value as T;
}

/** So that a Stop on a busy machine does not come before the node. */
const untilStarted = async () => await untilTrue(() => probe.runs > 0);

const abortOf = async (context: IExecuteFunctions): Promise<void> => {
	const signal = context.getExecutionCancelSignal() as AbortSignal;
	if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
};

const withSignal = (context: IExecuteFunctions, signal: AbortSignal | undefined): IExecuteFunctions =>
	Object.create(context, { getExecutionCancelSignal: { value: () => signal } }) as IExecuteFunctions;

describe('HTTP', () => {
	it('a 401 is sent once with the careful options, with status and headers to read', async () => {
		const answer = await valueOf((context) => call(context, careful('/401')));
		expect(answer).toMatchObject({ statusCode: 401, body: { code: 401 }, headers: { 'retry-after': '7' } });
		expect(server.requests).toHaveLength(1);
	});

	it('a 401 is sent twice when it is left to throw', async () => {
		const options = { ...careful('/401'), ignoreHttpStatusErrors: false };
		await expect(valueOf((context) => call(context, options))).rejects.toMatchObject({ httpCode: '401' });
		expect(server.requests).toHaveLength(2);
	});

	it('a redirect is not followed with disableFollowRedirect, and takes the token away without', async () => {
		const answer = await valueOf((context) => call(context, careful('/redirect')));
		expect(answer.statusCode).toBe(302);
		expect(elsewhere.requests).toHaveLength(0);
		await valueOf((context) => call(context, { ...careful('/redirect'), disableFollowRedirect: false }));
		expect(elsewhere.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
	});

	it('broken JSON arrives as text', async () => {
		expect((await valueOf((context) => call(context, careful('/bad-json')))).body).toBe('{oops');
	});

	it("the token is written into the caller's own options", async () => {
		const options = careful('/ok');
		await valueOf((context) => call(context, options));
		expect(options.headers?.Authorization).toBe(`Bearer ${TOKEN}`);
	});

	it('an own deadline can be laid over the cancel signal', async () => {
		const code = await valueOf(async (context) => {
			const deadline = AbortSignal.any([context.getExecutionCancelSignal() as AbortSignal, AbortSignal.timeout(50)]);
			return await call(withSignal(context, deadline), careful('/hang')).catch((error) => error.httpCode as string);
		});
		expect(code).toBe('ERR_CANCELED');
	});
});

describe('after a Stop', () => {
	it('a call through the context sends nothing, one through a context without the signal goes out', async () => {
		let through: unknown;
		let background = Promise.resolve<unknown>(undefined);
		probe.behaviour = async (context) => {
			await abortOf(context);
			through = await call(context, careful('/through')).catch((error) => error.httpCode as string);
			background = call(withSignal(context, undefined), careful('/cancel'));
			return [[]];
		};
		const running = startNode(engine, { credentials });
		await untilStarted();
		running.stop();
		const { finished } = await running.result;
		await background;
		expect(finished.status).toBe('canceled');
		expect(through).toBe('ERR_CANCELED');
		const urls = server.requests.map(({ url }) => url);
		expect([urls.includes('/through'), urls.includes('/cancel')]).toEqual([false, true]);
	});

	it('a node that throws is run again by Retry On Fail, its signal aborted, and one that returns is not', async () => {
		const aborted: boolean[] = [];
		for (const ending of ['throw', 'return']) {
			probe.runs = 0;
			probe.behaviour = async (context) => {
				aborted.push((context.getExecutionCancelSignal() as AbortSignal).aborted);
				await abortOf(context);
				if (ending === 'throw') throw new Error('stopped');
				return [[]];
			};
			const running = startNode(engine, { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 });
			await untilStarted();
			running.stop();
			await running.result;
		}
		expect(aborted).toEqual([false, true, false]);
	});
});

describe('the journal', () => {
	it("getContext('node') survives the tries of Retry On Fail and is stored with a failed execution", async () => {
		probe.behaviour = async (context) => {
			const journal = context.getContext('node') as { bought?: string[] };
			journal.bought = [...(journal.bought ?? []), `try ${probe.runs}`];
			throw new Error('failed');
		};
		const { finished } = await runNode(engine, { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 });
		const context = finished.data.executionData?.contextData[`node:${NODE_UNDER_TEST}`];
		expect(context).toEqual({ bought: ['try 1', 'try 2'] });
	});

	it.each([
		['throws at once', 1],
		['returns', 0],
	])('a timed-out execution whose node %s: Retry execution runs the node %i times', async (how, runs) => {
		const seen: unknown[] = [];
		probe.behaviour = async (context) => {
			if (context.getMode() === 'retry') {
				seen.push(structuredClone(context.getContext('node')));
				return [[]];
			}
			context.getContext('node').bought = 'r1';
			await abortOf(context);
			if (how !== 'returns') throw new Error('timed out');
			return [[]];
		};
		const { finished } = await runNode(engine, { workflowTimeoutMs: TIMEOUT_MS });
		await runNode(engine, { retryOf: finished });
		expect(seen).toEqual(Array(runs).fill({ bought: 'r1' }));
	});
});

describe('error items under continueErrorOutput', () => {
	const input = [{ json: { sku: 'A1' } }];
	const withError = (item: INodeExecutionData) => async () => [[{ pairedItem: { item: 0 }, ...item }]];
	const options = { items: input, onError: 'continueErrorOutput' } as const;

	it("{ error: { message, request_id } } goes to the error branch, with the input's fields", async () => {
		probe.behaviour = withError({ json: { error: { message: 'bad', request_id: 'r1' } } });
		const { items, errorItems } = await runNode(engine, options);
		expect(items).toEqual([]);
		expect(errorItems.map(({ json }) => json)).toEqual([{ sku: 'A1', error: { message: 'bad', request_id: 'r1' } }]);
	});

	it('a second field beside error keeps the item in the success branch', async () => {
		probe.behaviour = withError({ json: { error: 'bad', request_id: 'r1' } });
		const { items, errorItems } = await runNode(engine, options);
		expect([items.length, errorItems.length]).toEqual([1, 0]);
	});

	it('an error beside json leaves only its message', async () => {
		probe.behaviour = withError({ json: { request_id: 'r1' }, error: { message: 'bad' } as never });
		const { errorItems } = await runNode(engine, options);
		expect(errorItems[0]?.json).toEqual({ error: 'bad' });
	});

	it('a node that throws sends its input out of the success branch', async () => {
		probe.behaviour = async () => {
			throw new Error('bad');
		};
		const { items, errorItems, error, finished } = await runNode(engine, options);
		expect(items.map(({ json }) => json)).toEqual([{ sku: 'A1' }]);
		expect(errorItems).toEqual([]);
		expect(error?.message).toBe('bad');
		expect(finished.status).toBe('success');
	});

	it('an error in the first item makes Retry On Fail run the node again, in a later item not', async () => {
		const bad: INodeExecutionData = { json: { error: { message: 'bad' } }, pairedItem: { item: 0 } };
		const good: INodeExecutionData = { json: { ok: true }, pairedItem: { item: 0 } };
		const retry = { ...options, retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		probe.behaviour = async () => [[structuredClone(bad), structuredClone(good)]];
		await runNode(engine, retry);
		expect(probe.runs).toBe(2);
		probe.runs = 0;
		probe.behaviour = async () => [[structuredClone(good), structuredClone(bad)]];
		await runNode(engine, retry);
		expect(probe.runs).toBe(1);
	});
});

describe('binary data in memory mode', () => {
	it('is inline, and read the same way', async () => {
		const bytes = Buffer.from('bytes');
		const item = await binaryItem({}, 'data', bytes, { fileName: 'a.png', mimeType: 'image/png' });
		expect(item.binary?.data?.data).toBe(bytes.toString('base64'));
		probe.behaviour = async (context) => {
			context.helpers.assertBinaryData(0, 'data');
			const buffer = await context.helpers.getBinaryDataBuffer(0, 'data');
			return [[{ json: {}, binary: { out: await context.helpers.prepareBinaryData(buffer, 'b.png', 'image/png') } }]];
		};
		const { items } = await runNode(engine, { items: [item] });
		expect(await readBinary(items[0] as INodeExecutionData, 'out')).toEqual(bytes);
	});
});
