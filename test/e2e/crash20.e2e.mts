/** kill -9 of n8n at 20 random moments while durable workflows run: what is paid, delivered, paid twice, lost. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, test } from 'node:test';

import { durableWorkflow, productsOf } from './durableWorkflow.mts';
import { itemsOf, type N8nRest } from '../n8n/n8nRest.mts';
import type { N8nServer } from '../n8n/n8nHome.mts';
import { writeTable } from './table.mts';
import { pause, until } from '../lib/until.mts';
import { World } from './world.mts';

const KILLS = Number(process.env.RUNCOMFY_E2E_KILLS ?? 20);
const EXECUTIONS_PER_LIFE = 2;
const ITEMS_PER_EXECUTION = 10;

/** A life of n8n ends this long after its executions began: while they submit, wait, read or have ended. */
const SHORTEST_LIFE_MS = 100;
const LONGEST_LIFE_MS = 5_000;

/** Longer than this between RunComfy's acceptance and the kill, and n8n must have saved the request's id. */
const WINDOW_MS = 2_000;

let world: World;
let server: N8nServer;
let rest: N8nRest;
let workflowId: string;
const kills: number[] = [];
const rows: string[][] = [];

before(async () => {
	world = await World.open({ name: 'crash20' });
	server = await world.start();
	({ rest } = server);
	workflowId = await rest.createWorkflow(durableWorkflow(await world.createCredential(rest), 'durable'));
	await rest.activate(workflowId);
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => {
	await world.close();
	writeTable('crashes', {
		title: 'kill -9',
		text: [
			`${kills.length} kills of n8n at random moments while \`examples/durable-replace.json\` ran.`,
			'Crashed executions were retried after each restart.',
		].join(' '),
		head: ['What', 'Count'],
		rows,
	});
});

/** What a person does after a crash: Retry on each execution that is listed as crashed. */
async function retryCrashed(alreadyRetried: Set<string>): Promise<void> {
	for (const { id, status } of await rest.executions(workflowId)) {
		if (!['crashed', 'error'].includes(status) || alreadyRetried.has(id)) continue;
		await rest.call('POST', `/rest/executions/${id}/retry`, { loadWorkflow: false });
		alreadyRetried.add(id);
	}
}

test("how long a request id is at risk: from RunComfy's acceptance to n8n's save", async (context) => {
	const database = new DatabaseSync(join(world.folder, 'home', '.n8n', 'database.sqlite'), { readOnly: true });
	const saved = database.prepare('SELECT 1 AS found FROM execution_data WHERE data LIKE ? LIMIT 1');
	const atRiskMs: number[] = [];
	await rest.webhook('durable', { products: productsOf('window', 10) });
	const seen = new Set<string>();
	await until(
		'10 saved ids',
		async () => {
			for (const { id, acceptedAtMs } of world.emulator.requests()) {
				if (seen.has(id) || saved.get(`%${id}%`) === undefined) continue;
				seen.add(id);
				atRiskMs.push(Date.now() - acceptedAtMs);
			}
			return seen.size === 10;
		},
		30_000,
		2,
	);
	database.close();
	atRiskMs.sort((a, b) => a - b);
	const median = Math.round(atRiskMs[5]);
	const longest = Math.round(atRiskMs[9]);
	context.diagnostic(`median ${median} ms, longest ${longest} ms`);
	rows.push(['Window between acceptance and save (10 requests)', `median ${median} ms, longest ${longest} ms`]);
	assert.ok(longest < WINDOW_MS, `${longest} ms`);
});

test(`${KILLS} kills: nothing is lost or paid twice outside that window`, async (context) => {
	const retried = new Set<string>();
	for (let kill = 0; kill < KILLS; kill += 1) {
		for (let execution = 0; execution < EXECUTIONS_PER_LIFE; execution += 1) {
			await rest.webhook('durable', { products: productsOf(`life-${kill}-${execution}`, ITEMS_PER_EXECUTION) });
		}
		await pause(SHORTEST_LIFE_MS + Math.random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
		kills.push(Date.now());
		await server.process.kill9();
		server = await world.start();
		({ rest } = server);
		await retryCrashed(retried);
	}
	const executions = await until(
		'all executions to end',
		async () => {
			await retryCrashed(retried);
			const list = await rest.executions(workflowId);
			return list.every(({ id, status }) => status === 'success' || retried.has(id)) && list;
		},
		600_000,
		2_000,
	);

	const deliveries = new Map<string, number>();
	const skuOf = new Map<string, unknown>();
	const histories: object[] = [];
	for (const { id, status, retryOf } of executions) {
		const execution = await rest.execution(id);
		const ran = Object.entries(execution.data?.resultData.runData ?? {}).map(
			([name, runs]) => `${name} ${runs.length}`,
		);
		histories.push({ id, status, retryOf, ran, error: execution.data?.resultData.error?.message });
		if (status !== 'success') continue;
		const runs = execution.data?.resultData.runData.Pictures?.length ?? 0;
		for (let run = 0; run < runs; run += 1) {
			for (const { json } of itemsOf(execution, 'Pictures', { run })) {
				skuOf.set(String(json.request_id), json.sku);
				deliveries.set(String(json.request_id), (deliveries.get(String(json.request_id)) ?? 0) + 1);
			}
		}
	}

	writeFileSync(
		join(world.folder, 'executions.json'),
		JSON.stringify({ kills, histories, requests: world.emulator.requests() }, null, '\t'),
	);

	const requests = world.emulator.requests();
	const timesPaid = new Map<unknown, number>();
	for (const { input } of requests) timesPaid.set(input.image, (timesPaid.get(input.image) ?? 0) + 1);
	const lost = requests.filter(({ id }) => !deliveries.has(id));
	const hitsOfTheWindow = lost.map(({ acceptedAtMs }) => {
		return Math.min(...kills.filter((atMs) => atMs >= acceptedAtMs - 50).map((atMs) => atMs - acceptedAtMs));
	});
	const mixedUp = requests.filter(({ id, input }) => {
		return skuOf.has(id) && input.image !== `https://images.example.com/${skuOf.get(id)}.jpg`;
	}).length;
	const photosTwice = [...timesPaid.values()].filter((times) => times > 1).length;
	const deliveredTwice = [...deliveries.values()].filter((times) => times > 1).length;
	const outsideTheWindow = hitsOfTheWindow.filter((ms) => !(ms < WINDOW_MS)).length;

	const originals = executions.filter(({ retryOf }) => retryOf === null).length;
	const forgotten = 1 + kills.length * EXECUTIONS_PER_LIFE - originals;
	const hits = hitsOfTheWindow.map((ms) => `${Math.round(ms)} ms`).join(', ') || 'none';
	rows.push(
		['Kills', String(kills.length)],
		['Executions started', String(1 + kills.length * EXECUTIONS_PER_LIFE)],
		['Executions that n8n knew nothing of after the kill', String(forgotten)],
		['Retries of crashed executions', String(executions.filter(({ retryOf }) => retryOf !== null).length)],
		['Requests paid', String(requests.length)],
		['Delivered once', String([...deliveries.values()].filter((times) => times === 1).length)],
		['Delivered twice', String(deliveredTwice)],
		['Delivered under the wrong SKU', String(mixedUp)],
		['Requests hit between acceptance and save', `${lost.length} (killed so long after acceptance: ${hits})`],
		['Photos paid twice, outside of that', String(Math.max(0, photosTwice - lost.length + outsideTheWindow))],
		['Paid and lost, outside of that', String(outsideTheWindow)],
	);
	for (const row of rows) context.diagnostic(row.join(': '));
	assert.equal(outsideTheWindow, 0);
	assert.equal(deliveredTwice, 0);
	assert.equal(mixedUp, 0);
	assert.ok(photosTwice <= lost.length, 'a photo was paid twice although its id was saved');
	assert.ok(lost.length <= kills.length * EXECUTIONS_PER_LIFE, 'a kill can hit one request per execution');
});
