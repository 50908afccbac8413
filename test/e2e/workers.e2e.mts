/** Queue mode: a main, two workers, Redis and Postgres. Executions are spread, none is bought twice; then a worker is killed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test, type TestContext } from 'node:test';

import { type StartedProcess, startProcess } from '../lib/childProcess.mts';
import { debianProgram } from '../lib/debianPackages.mts';
import { durableWorkflow, productsOf } from './durableWorkflow.mts';
import { Example } from './example.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { freePort, portAnswers } from '../lib/ports.mts';
import { type Postgres, startPostgres } from '../n8n/postgres.mts';
import { queueSettings } from '../n8n/queueMode.mts';
import { writeTable } from './table.mts';
import { pause, until } from '../lib/until.mts';
import { chain, manualTrigger, products, replaceAndWait, webhookTrigger } from '../n8n/workflow.mts';
import { World } from './world.mts';

const EXECUTIONS = 100;

/** 100 executions on two cores, shared with two workers, a main and Redis. */
const ALL_DONE_WITHIN_MS = 300_000;

/**
 * n8n notices a dead worker after about 35 s with these; its defaults take about 110 s. For the test's sake alone: with
 * so short a lock a worker that is only busy is taken for dead.
 */
const QUICK_TO_NOTICE = {
	QUEUE_WORKER_LOCK_DURATION: '5000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '1000',
	QUEUE_WORKER_STALLED_INTERVAL: '2000',
};

let world: World;
let redis: StartedProcess;
let postgres: Postgres;
let workers: StartedProcess[];
let rest: N8nRest;
let credential: { id: string; name: string };
let queue: Record<string, string>;
const rows: string[][] = [];

before(async () => {
	const redisServer = await debianProgram('redis');
	world = await World.open({ name: 'workers', emulator: { queueMs: 300, runMs: 1_500 } });
	const port = await freePort();
	redis = await startProcess(
		redisServer,
		['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
		{ env: {}, cwd: world.folder, logFile: join(world.folder, 'redis.log') },
	);
	await until('Redis', async () => await portAnswers(port));
	postgres = await startPostgres(join(world.folder, 'postgres.log'));
	queue = queueSettings({
		...postgres.env,
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: String(port),
		...QUICK_TO_NOTICE,
	});
	({ rest } = await world.start(queue));
	workers = [await world.n8n.startWorker('worker-1', queue), await world.n8n.startWorker('worker-2', queue)];
	credential = await world.createCredential(rest);
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => {
	await world.close();
	await redis.stop();
	await postgres.stop();
	writeTable('workers', {
		title: 'Workers',
		text: 'Queue mode with a main, two workers (concurrency 5 each), Redis and Postgres; one picture per execution.',
		head: ['Workers killed', 'Executions', 'By worker', 'Succeeded', 'Submits', 'Charged twice', 'Lost'],
		rows,
	});
});

/** Executions that a worker says it finished. */
function finishedBy(name: string): number {
	return readFileSync(join(world.folder, `${name}.log`), 'utf8').split(/Worker finished execution/).length - 1;
}

function report(context: TestContext, row: Array<string | number>): void {
	rows.push(row.map(String));
	context.diagnostic(row.join(' | '));
}

const boughtTwice = () => {
	const photos = world.emulator.requests().map(({ input }) => String(input.image));
	return photos.length - new Set(photos).size;
};

async function replaceOnWebhook(path: string): Promise<string> {
	const parameters = { imageUrl: '={{ $json.body.photo }}' };
	const id = await rest.createWorkflow(
		chain(path, [webhookTrigger(path, 'onReceived'), replaceAndWait(credential, { parameters })]),
	);
	await rest.activate(id);
	return id;
}

async function untilAllEnded(id: string, count: number) {
	return await until(
		`${count} executions to end`,
		async () => {
			const list = await rest.executions(id);
			const ended = list.filter(({ status }) => !['new', 'running', 'waiting'].includes(status));
			return ended.length >= count && list;
		},
		ALL_DONE_WITHIN_MS,
	);
}

test(`${EXECUTIONS} executions are spread over two workers, each buys once`, async (context) => {
	const id = await replaceOnWebhook('spread');
	await Promise.all(
		Array.from({ length: EXECUTIONS }, async (_, index) => {
			await rest.webhook('spread', { photo: `https://images.example.com/spread-${index}.jpg` });
		}),
	);
	const executions = await untilAllEnded(id, EXECUTIONS);
	const succeeded = executions.filter(({ status }) => status === 'success').length;
	const byWorker = [finishedBy('worker-1'), finishedBy('worker-2')];
	const { submitsReceived } = world.emulator.counts();
	report(context, ['0', EXECUTIONS, byWorker.join(' + '), succeeded, submitsReceived, boughtTwice(), 0]);
	assert.equal(succeeded, EXECUTIONS);
	assert.equal(submitsReceived, EXECUTIONS);
	assert.equal(boughtTwice(), 0);
	for (const share of byWorker) assert.ok(share > 0, 'a worker had nothing to do');
});

test("Stop in the middle of a worker's wait cancels what is queued", async () => {
	world.emulator.reset();
	world.emulator.set({ queueMs: 60_000 });
	const id = await rest.createWorkflow(chain('stopped', [manualTrigger(), products(1), replaceAndWait(credential)]));
	const executionId = await rest.run(id, 'Start');
	await until('the submit', () => world.emulator.counts().submitsAccepted === 1);
	await rest.stop(executionId);
	await until('the cancel', () => world.emulator.counts().cancelsGranted === 1);
	assert.equal((await rest.untilEnded(executionId)).status, 'canceled');
	assert.equal(world.emulator.counts().submitsReceived, 1);
	world.emulator.set({ queueMs: 300 });
});

test('a worker killed in the middle: its executions fail and nothing is bought twice', async (context) => {
	world.emulator.reset();
	world.emulator.set({ runMs: 20_000 });
	const id = await replaceOnWebhook('killed');
	await Promise.all(
		Array.from({ length: 10 }, async (_, index) => {
			await rest.webhook('killed', { photo: `https://images.example.com/killed-${index}.jpg` });
		}),
	);
	await until('10 submits', () => world.emulator.counts().submitsAccepted === 10);
	await workers[0].kill9();
	const executions = await untilAllEnded(id, 10);
	const succeeded = executions.filter(({ status }) => status === 'success').length;
	const { submitsReceived } = world.emulator.counts();
	const lost = executions.length - succeeded;
	const told = `${lost} (charged, the IDs not saved)`;
	report(context, ['1', 10, '–', succeeded, submitsReceived, boughtTwice(), told]);
	assert.equal(submitsReceived, 10);
	assert.ok(succeeded >= 1 && succeeded <= 9, `${succeeded} succeeded`);
});

test('the durable workflow loses nothing when a worker is killed while it waits', async (context) => {
	workers[0] = await world.n8n.startWorker('worker-3', queue);
	world.emulator.reset();
	const id = await rest.createWorkflow(durableWorkflow(credential, 'durable'));
	await rest.activate(id);
	for (let run = 0; run < 10; run += 1) await rest.webhook('durable', { products: productsOf(`durable-${run}`, 2) });
	// They share one table: a run buys what it finds there, and some find nothing left.
	await until('all purchases, and every run waiting or ended', async () => {
		const runs = await rest.executions(id);
		const isIdle = runs.length === 10 && runs.every(({ status }) => ['waiting', 'success'].includes(status));
		return isIdle && world.emulator.counts().submitsReceived === 20;
	});
	await workers[1].kill9();
	await pause(1_000);
	const executions = await untilAllEnded(id, 10);
	let pictures = 0;
	for (const { id: executionId } of executions) {
		pictures += Example.allItems(await rest.execution(executionId), 'Pictures').length;
	}
	const { submitsReceived } = world.emulator.counts();
	const succeeded = executions.filter(({ status }) => status === 'success').length;
	report(context, ['1 (durable workflow)', 10, '–', succeeded, submitsReceived, boughtTwice(), 20 - pictures]);
	assert.equal(submitsReceived, 20);
	assert.equal(pictures, 20);
});
