import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { useDeployments } from './useDeployments.mts';
import { pause, until, untilTrue } from '../../lib/until.mts';

/** A cold start of three minutes takes 360 ms. */
const deployments = useDeployments({ deploymentSpeed: 500 });
const { service } = deployments;

let receiver: Server;
let received: Array<Record<string, unknown>>;
/** What the receiver answers, call by call; 200 when there is nothing left. */
let answers: number[];

beforeAll(async () => {
	receiver = createServer((request, response) => {
		let text = '';
		request.on('data', (chunk: Buffer) => (text += chunk.toString()));
		request.on('end', () => {
			received.push(JSON.parse(text) as Record<string, unknown>);
			response.writeHead(answers.shift() ?? 200).end();
		});
	});
	await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
	received = [];
	answers = [];
});
afterAll(() => {
	receiver.closeAllConnections();
	receiver.close();
});

const address = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?id=5&x=a b`;

const query = (rest = '') => `?webhook=${encodeURIComponent(address())}${rest}`;

describe('webhooks', () => {
	it('tell the end, with what the result says', async () => {
		const run = await deployments.run(undefined, undefined, query());
		await untilTrue(() => received.length > 0);
		const { data: result } = await deployments.result(run);
		expect(received).toEqual([{ ...result, deployment_id: expect.any(String), outcome: 'succeeded' }]);
		expect(service.emulator.deployments.deliveries()).toMatchObject([
			{ requestId: run, answered: 200, url: address() },
		]);
	});

	it.each([
		['query', () => [undefined, query('&webhook_intermediate_status=true')] as const],
		['body', () => [{ overrides: {}, webhook: address(), webhook_intermediate_status: true }, ''] as const],
	])('tell states on the way where asked for in the %s', async (_where, asked) => {
		const [body, rest] = asked();
		await deployments.run(body, undefined, rest);
		// Each is a connection of its own: they need not arrive in order.
		await untilTrue(() => ['in_queue', 'succeeded'].every((state) => received.some(({ status }) => status === state)));
	});

	it('come again while they are refused', async () => {
		answers = [500, 302];
		await deployments.run(undefined, undefined, query());
		await untilTrue(() => received.length === 3);
		const told = service.emulator.deployments.deliveries().map(({ answered }) => answered);
		expect(told.slice(0, 2)).toEqual([500, 302]);
	});

	it('may be forged before the true one, or never come', async () => {
		deployments.set({ webhook: 'forged' });
		await deployments.run(undefined, undefined, query());
		await untilTrue(() => received.length > 0);
		expect(JSON.stringify(received[0])).toContain('forged.example');
		service.emulator.reset();
		deployments.set({ webhook: 'never' });
		received = [];
		const run = await deployments.run(undefined, undefined, query());
		await until('its end', async () => (await deployments.status(run)).data.status === 'completed', 20_000, 5);
		await pause(40);
		expect([received, service.emulator.deployments.deliveries()]).toEqual([[], []]);
	});

	it('go to this machine only', async () => {
		await deployments.run(undefined, undefined, `?webhook=${encodeURIComponent('https://hooks.example.com/x')}`);
		await untilTrue(() => service.emulator.deployments.deliveries().length > 0);
		const [delivery] = service.emulator.deployments.deliveries();
		expect([delivery.refused, delivery.answered]).toEqual([expect.any(String), undefined]);
	});
});
