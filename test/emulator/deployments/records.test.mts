import { DEPLOYMENT_IDS } from '../emulator.mts';
import { holdClock } from '../useEmulator.mts';
import { isLink, type Graph } from './kind.mts';
import { FLUX, LIST, useDeployments } from './useDeployments.mts';

const deployments = useDeployments();
const { service } = deployments;

describe('the list of deployments', () => {
	it('is bare, of the account, without payloads unless asked for', async () => {
		const { data } = await service.client.get(LIST);
		expect(data.map(({ id }: { id: string }) => id)).toEqual(Object.values(DEPLOYMENT_IDS));
		expect(data[0]).toEqual({
			id: FLUX,
			name: 'Product shots',
			workflow_id: '00000000-0000-0000-0000-000000001111',
			workflow_version: 'v2',
			hardware: ['AMPERE_48'],
			min_instances: 0,
			max_instances: 1,
			queue_size: 1,
			keep_warm_duration_in_seconds: 60,
			status: 'standby',
			is_enabled: true,
			created_at: expect.any(String),
			updated_at: expect.any(String),
		});
		expect(data.map((record: { is_enabled: boolean }) => record.is_enabled)).toEqual([true, true, true, true, false]);
		expect(service.emulator.counts()).toMatchObject({ deploymentCalls: 1, total: 1 });
	});

	it('has workflows where they are asked for', async () => {
		const { data } = await service.client.get(`${LIST}?includes=payload&includes=readme`);
		const payloads = Object.fromEntries(data.map(({ id, payload }: { id: string; payload: object }) => [id, payload]));
		expect(Object.keys(payloads[FLUX].overrides)).toEqual(['6', '25']);
		expect(Object.keys(payloads[FLUX].workflow_api_json)).toHaveLength(12);
		expect(payloads[DEPLOYMENT_IDS.lora]).toEqual({});
	});

	it.each([
		['wrapped', 200, { deployments: expect.any(Array) }],
		['empty', 200, []],
		['none', 404, { detail: 'Not Found' }],
	] as const)('may be %s', async (how, status, body) => {
		deployments.set({ deployments: how });
		const answer = await service.client.get(LIST);
		expect([answer.status, answer.data]).toEqual([status, body]);
	});

	it.each([
		['401code', 401, 401001],
		['401', 401, undefined],
		['200', 200, 403003],
		['403message', 403, undefined],
	] as const)('needs a token: %s', async (deploymentTokenRefusal, status, code) => {
		deployments.set({ deploymentTokenRefusal });
		const answer = await service.clientFor('wrong').get(LIST);
		expect([answer.status, answer.data.error_code]).toEqual([status, code]);
	});
});

describe('a workflow', () => {
	it('has 300 nodes and 900 values in the busy one, and what a client must survive', async () => {
		const { data } = await deployments.get('?includes=payload', DEPLOYMENT_IDS.busy);
		const graph = data.payload.workflow_api_json as Graph;
		const values = Object.values(graph).flatMap(({ inputs }) =>
			Object.values(inputs).filter((value) => !isLink(value)),
		);
		expect([Object.keys(graph).length, values.length >= 850]).toEqual([300, true]);
		expect(graph['38:42'].inputs.seed).toBe(11);
		expect(graph['5'].inputs.seed).toBe(2 ** 64);
		expect(String(graph['11'].inputs.text)).toHaveLength(1_048_576);
	});

	it('tells its classes at object_info_url, without a token', async () => {
		const { data } = await deployments.get('?includes=payload');
		const info = await service.clientFor().get(data.payload.object_info_url);
		expect(info.data.KSamplerSelect.input.required.sampler_name[0]).toContain('euler');
		expect(service.emulator.counts()).toMatchObject({ objectInfoReads: 1, unauthorized: 0 });
	});

	it('may be left out although asked for', async () => {
		deployments.set({ includes: 'ignored' });
		expect((await deployments.get('?includes=payload')).data).not.toHaveProperty('payload');
	});

	it('is another one once it was published anew, or an older version was chosen', async () => {
		const version = service.emulator.deployments.publish(FLUX, (graph) => {
			graph['27']._meta = { title: '> Image Size' };
		});
		const { data } = await deployments.get('?includes=payload');
		expect([version, data.workflow_version]).toEqual(['v3', 'v3']);
		expect(data.payload.workflow_api_json['27']._meta.title).toBe('> Image Size');
		await deployments.patch({ name: 'Product shots', workflow_version: 'v1' });
		const older = await deployments.get('?includes=payload');
		expect(older.data.payload.workflow_api_json['6'].class_type).toBe('StringConcatenate');
	});
});

describe('changing a deployment', () => {
	it('needs its name, and gives the record', async () => {
		const refused = await deployments.patch({ max_instances: 3 });
		expect([refused.status, refused.data.detail[0].loc]).toEqual([422, ['body', 'name']]);
		const { status, data } = await deployments.patch({ name: 'Shots', max_instances: 3, hardware: ['TURING_16'] });
		expect([status, data]).toMatchObject([200, { name: 'Shots', max_instances: 3, hardware: ['TURING_16'] }]);
	});

	it.each([
		[{ hardware: ['RTX'] }, 422],
		[{ min_instances: 31 }, 422],
		[{ is_enabled: 'yes' }, 422],
		[{ workflow_version: 'v9' }, 404],
	])('refuses %j', async (change, status) => {
		expect((await deployments.patch({ name: 'Shots', ...change })).status).toBe(status);
	});

	it('wakes and ends instances at once', async () => {
		const clock = holdClock();
		await deployments.patch({ name: 'Shots', min_instances: 1 });
		clock.passMs(3_600_000);
		expect(await deployments.balance()).toBeCloseTo(25 - 2.5);
		await deployments.patch({ name: 'Shots', is_enabled: false });
		clock.passMs(3_600_000);
		expect(await deployments.balance()).toBeCloseTo(25 - 2.5);
	});
});
