import { BROKE_TOKEN, DEPLOYMENT_IDS } from '../emulator.mts';
import { holdClock, type HandClock } from '../useEmulator.mts';
import { FLUX, LIST, useDeployments } from './useDeployments.mts';

const deployments = useDeployments();
const { service } = deployments;

const COLD_MS = 180_000;
const RUN_MS = 12_000;

let clock: HandClock;
beforeEach(() => {
	clock = holdClock();
});

/** A run that has ended. */
const done = async (body?: unknown, id?: string) => {
	const run = await deployments.run(body, id);
	clock.passMs(COLD_MS + 31 * 60_000);
	return await deployments.result(run, id);
};

const own = (classType: string) => ({
	workflow_api_json: { '1': { class_type: classType, inputs: {} } },
});

describe('a run', () => {
	it('waits for a cold start, runs, and gives a file', async () => {
		const body = { overrides: { '6': { inputs: { text: 'a red shoe' } }, '25': { inputs: { noise_seed: 7 } } } };
		const { status, data } = await deployments.submit(body);
		const run = data.request_id;
		const start = `${service.emulator.accountApiUrl}/deployments/${FLUX}/requests/${run}`;
		const urls = { status_url: `${start}/status`, result_url: `${start}/result` };
		expect([status, data]).toEqual([200, { request_id: run, ...urls, cancel_url: `${start}/cancel` }]);
		clock.passMs(COLD_MS - 1);
		expect((await deployments.status(run)).data).toEqual({
			request_id: run,
			status: 'in_queue',
			queue_position: 0,
			...urls,
		});
		clock.passMs(2);
		const { data: running } = await deployments.status(run);
		expect(running).toEqual({ request_id: run, status: 'in_progress', instance_id: expect.any(String), ...urls });
		clock.passMs(RUN_MS);
		expect((await deployments.status(run)).data.status).toBe('completed');
		const { data: result } = await deployments.result(run);
		const url = `${service.emulator.modelApiUrl}/deployment_requests/${run}/output/ComfyUI_00001_9.png`;
		expect(result).toEqual({
			request_id: run,
			status: 'succeeded',
			outputs: { '9': { images: [{ url, filename: 'ComfyUI_00001_9.png', subfolder: '', type: 'output' }] } },
			created_at: expect.stringMatching(/\.\d{6}\+00:00$/),
			finished_at: expect.stringMatching(/\.\d{6}\+00:00$/),
			instance_id: running.instance_id,
		});
		expect(Date.parse(result.finished_at) - Date.parse(result.created_at)).toBeGreaterThanOrEqual(COLD_MS);
		expect((await service.download(url)).headers['content-type']).toBe('image/png');
		const [seen] = service.emulator.deployments.runs();
		expect(seen).toMatchObject({ id: run, deploymentId: FLUX, body, state: 'succeeded' });
		expect(seen.graph['6'].inputs.text).toBe('a red shoe');
		expect(service.emulator.body(run)).toEqual(body);
		expect(service.emulator.counts()).toMatchObject({
			submitsAccepted: 1,
			statusReads: 3,
			resultReads: 1,
			downloads: 1,
		});
	});

	it('costs machine seconds, and a second one is seen in money', async () => {
		await done();
		const once = await deployments.balance();
		expect(service.emulator.deployments.meter(FLUX).machineSeconds).toBeCloseTo(180 + 12 + 60);
		expect(once).toBeCloseTo(25 - (252 / 3_600) * 2.5);
		await done();
		expect(await deployments.balance()).toBeCloseTo(25 - 2 * (252 / 3_600) * 2.5);
	});

	it('gives nothing new where all was cached', async () => {
		const [first, second] = [await deployments.run(), await deployments.run()];
		clock.passMs(COLD_MS + RUN_MS + 1_000);
		expect((await deployments.result(first)).data.outputs).toHaveProperty('9');
		expect((await deployments.result(second)).data).toMatchObject({ status: 'succeeded', outputs: {} });
		deployments.set({ cached: false });
		const third = await deployments.run();
		clock.passMs(RUN_MS + 1);
		expect((await deployments.result(third)).data.outputs).toHaveProperty('9');
	});

	it('runs half an hour for a film, and gives it in two channels beside a preview', async () => {
		const run = await deployments.run(undefined, DEPLOYMENT_IDS.video);
		clock.passMs(COLD_MS + 29 * 60_000);
		expect((await deployments.status(run, DEPLOYMENT_IDS.video)).data.status).toBe('in_progress');
		clock.passMs(60_000);
		const { outputs } = (await deployments.result(run, DEPLOYMENT_IDS.video)).data;
		expect(outputs).toMatchObject({
			'6': { gifs: [{ type: 'output' }] },
			'7': { videos: [{ type: 'output', subfolder: 'video' }] },
			'8': { images: [{ type: 'temp' }] },
		});
	});

	it('takes flat inputs where there is no workflow', async () => {
		const { data } = await done({ prompt: 'a fox', seed: 3 }, DEPLOYMENT_IDS.lora);
		expect(data.output.images).toEqual([expect.stringContaining('/output/lora_00001_out.png')]);
		expect(data).not.toHaveProperty('outputs');
		for (const body of [{ overrides: {} }, { seed: 'x' }]) {
			expect((await deployments.submit(body, DEPLOYMENT_IDS.lora)).status).toBe(422);
		}
	});

	it.each([
		['SaveAudio', 'audio'],
		['PanoramaViewer', 'pano_output_images'],
		['ShowText|pysssss', 'text'],
	])('gives %s in %s', async (classType, channel) => {
		expect((await done(own(classType))).data.outputs['1']).toHaveProperty(channel);
	});

	it('fails on the machine where a class is not installed', async () => {
		const { data } = await done(own('SomebodysNode'));
		expect(data).toMatchObject({ status: 'failed', error: [{ error: 'Node type not found: SomebodysNode' }] });
		expect(service.emulator.deployments.meter(FLUX).machineSeconds).toBeGreaterThan(200);
	});
});

describe('what is sent', () => {
	it.each([
		[{ overrides: { '99': { inputs: { text: '' } } } }, ['overrides', '99']],
		[{ overrides: { '6': { inputs: { prompt: '' } } } }, ['overrides', '6', 'inputs', 'prompt']],
		[{ overrides: { '6': { inputs: { text: 5 } } } }, ['overrides', '6', 'inputs', 'text']],
		[{ overrides: { '17': { inputs: { steps: '20' } } } }, ['overrides', '17', 'inputs', 'steps']],
		[{ overrides: { '6': { text: '' } } }, ['overrides', '6', 'inputs']],
		[{ overrides: 'x' }, ['overrides']],
		[{ workflow: {} }, ['workflow']],
		[{ workflow_api_json: { a: 1 } }, ['workflow_api_json']],
		[{ ...own('SaveImage'), overrides: { '6': { inputs: {} } } }, ['overrides']],
		['no JSON', []],
	])('is refused: %j', async (body, loc) => {
		const { status, data } = await deployments.submit(body);
		expect([status, data.error_code, data.detail[0].loc]).toEqual([422, 422001, ['body', ...loc]]);
		expect(service.emulator.counts()).toMatchObject({ submitsAccepted: 0, submitsRefused: 1 });
		expect(service.emulator.deployments.meter(FLUX).instancesStarted).toBe(0);
	});

	it.each([
		[{ overrides: {} }],
		[{}],
		[{ overrides: { '6': { inputs: { clip: ['11', 1] } } } }],
		[{ extra_data: { api_key_comfy_org: 'key' }, overrides: {} }],
		[{ overrides: {}, webhook: 'https://example.com/', webhook_intermediate_status: true }],
	])('is taken: %j', async (body) => {
		expect((await deployments.submit(body)).status).toBe(200);
	});

	it('may be files as addresses or data URIs, and lists in place of wrapped ones', async () => {
		const photo = (image: string) =>
			deployments.submit({ overrides: { '3': { inputs: { image } } } }, DEPLOYMENT_IDS.busy);
		const statuses = [];
		for (const image of ['https://a.example/b.png', 'data:image/png;base64,AAAA', 'watch.png', 'data:image/png,x y']) {
			statuses.push((await photo(image)).status);
		}
		expect(statuses).toEqual([200, 200, 200, 422]);
		const list = { overrides: { '14': { inputs: { values: [1, 2] } } } };
		expect((await deployments.submit(list, DEPLOYMENT_IDS.busy)).status).toBe(200);
	});

	it('must have overrides where emptyOverrides says so', async () => {
		deployments.set({ emptyOverrides: '422' });
		expect((await deployments.submit({})).status).toBe(422);
	});
});

describe('the gates', () => {
	it.each(['400', '403', '200'] as const)('of a disabled and an unknown deployment, with %s', async (how) => {
		deployments.set({ deploymentRefusal: how });
		const off = await deployments.submit({}, DEPLOYMENT_IDS.off);
		expect([off.status, off.data.error_code]).toEqual([Number(how), 10002]);
		const unknown = await deployments.submit({}, 'd0d0d0d0-0000-4000-8000-000000000000');
		expect([unknown.status, unknown.data.error_code]).toEqual([404, 404001]);
	});

	it('close when the balance is empty, and money alone does not open them', async () => {
		const broke = await service.clientFor(BROKE_TOKEN).post(`${LIST}/${FLUX}/inference`, {});
		expect(broke.data.error_code).toBe(10001);
		deployments.set({ balanceUsd: 0.01 });
		const run = await deployments.run();
		clock.passMs(COLD_MS + RUN_MS + 1);
		expect((await deployments.submit()).data.error_code).toBe(10001);
		expect((await deployments.result(run)).data.status).toBe('succeeded');
		deployments.set({ balanceUsd: 25 });
		expect((await deployments.submit()).data.error_code).toBe(10001);
		await deployments.patch({ name: 'Shots', is_enabled: true });
		expect((await deployments.submit()).status).toBe(200);
	});
});

describe('how it ends', () => {
	it.each([
		['list', [{ errorCode: 20001, error: 'Out of memory', debugInfo: expect.stringContaining('Traceback') }]],
		['list2', [{ message: 'Out of memory', details: expect.any(String) }]],
		['object', { type: 'PromptExecutionError', message: 'Out of memory' }],
		['string', 'Out of memory'],
	] as const)('failed, told as %s', async (errorShape, error) => {
		deployments.set({ jobOutcome: 'failed', failureMessage: 'Out of memory', errorShape });
		const { data } = await done();
		expect([data.status, data.error]).toEqual(['failed', error]);
		expect((await deployments.status(data.request_id)).data.status).toBe('completed');
	});

	it('cancelled, queued or running, once', async () => {
		const [running, queued] = [await deployments.run(), await deployments.run()];
		clock.passMs(COLD_MS + 1_000);
		const told = { status: 'completed', outcome: 'cancelled' };
		for (const run of [running, queued, queued]) {
			const answer = await deployments.cancel(run);
			expect([answer.status, answer.data]).toEqual([202, { request_id: run, ...told }]);
			expect((await deployments.result(run)).data.status).toBe('cancelled');
		}
		expect(service.emulator.counts()).toMatchObject({ cancels: 3, cancelsGranted: 2, inFlightNow: 0 });
		const ended = (await done()).data.request_id;
		expect((await deployments.cancel(ended)).data.outcome).toBe('not_cancellable');
	});

	it.each([
		['requestedAlone', { status: 'cancellation_requested' }],
		['statusAlone', { status: 'cancelled' }],
	] as const)('cancelled, told as %s', async (cancelForm, told) => {
		deployments.set({ cancelForm });
		const run = await deployments.run();
		expect((await deployments.cancel(run)).data).toEqual({ request_id: run, ...told });
	});

	it('stuck, or cancelled by RunComfy, or gone after a while', async () => {
		deployments.set({ jobOutcome: 'stuck', balanceUsd: 1_000 });
		const stuck = await deployments.run();
		clock.passMs(24 * 3_600_000);
		expect((await deployments.status(stuck)).data.status).toBe('in_progress');
		await deployments.cancel(stuck);
		deployments.set({ jobOutcome: 'cancelledByRunComfy', requestLifeMs: 7 * 24 * 3_600_000 });
		const { data } = await done();
		expect(data.status).toBe('cancelled');
		clock.passMs(7 * 24 * 3_600_000);
		expect((await deployments.result(data.request_id)).data.error_code).toBe(404001);
	});

	it('is known to its own deployment and account only, and early results may be refused', async () => {
		deployments.set({ earlyResult: '400' });
		const run = await deployments.run();
		expect((await deployments.result(run)).status).toBe(400);
		expect((await deployments.status(run, DEPLOYMENT_IDS.video)).data.error_code).toBe(404001);
		const { data } = await service.clientFor(BROKE_TOKEN).get(`${LIST}/${FLUX}/requests/${run}/status`);
		expect(data.error_code).toBe(403003);
	});
});
