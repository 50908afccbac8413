/** The example `overnight/durable-replace` on the newest n8n and on n8n 1: bought once, taken up, told. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { type Column, createDataTable, DataTable } from '../../n8n/dataTable.mts';
import type { N8nServer } from '../../n8n/n8nHome.mts';
import { itemsOf, type N8nRest } from '../../n8n/n8nRest.mts';
import { newestN8n } from '../../n8n/installN8n.mts';
import { node, type WorkflowNode } from '../../n8n/workflow.mts';
import { until } from '../../lib/until.mts';
import { Example, readExample } from '../example.mts';
import { World } from '../world.mts';

const NAME = 'overnight/durable-replace';
const TABLE = 'RunComfy durable';

/** The n8n 1 whose Data Table node knows rows only. */
const WITHOUT_TABLE_RESOURCE = '1.123.81';

/** Longer than a kill takes. */
const ANSWER_NEVER_SEEN_MS = 60_000;

const photoOf = (item: string) => `https://images.example.com/${item}.jpg`;

for (const version of [newestN8n, WITHOUT_TABLE_RESOURCE]) {
	describe(version, () => {
		let world: World;
		let server: N8nServer;
		let rest: N8nRest;
		let example: Example;
		let table: DataTable;

		before(async () => {
			// n8n 1 has one connection to SQLite unless told otherwise, and two runs at once then break its transactions.
			world = await World.open({ name: 'durable', version, env: { DB_SQLITE_POOL_SIZE: '2' } });
			server = await world.start();
			({ rest } = server);
			example = await Example.import(rest, NAME, {
				credentials: { 'n8n-nodes-runcomfy.runComfy': { runComfyApi: await world.createCredential(rest) } },
				fastWaits: ['Wait 70 Seconds'],
			});
			table = new DataTable(world.folder, TABLE);
			if (version === WITHOUT_TABLE_RESOURCE) await makeTableByHand();
		});
		beforeEach(() => {
			world.emulator.reset();
			table.empty();
		});
		afterEach((context) => world.noticed(context as { passed?: boolean }));
		after(async () => await world.close());

		/** As the note on the canvas says for n8n 1. */
		async function makeTableByHand(): Promise<void> {
			const make = readExample(NAME).nodes.find((one) => one.name === 'Make Table') as WorkflowNode;
			const { column } = make.parameters.columns as { column: Column[] };
			const id = await createDataTable(rest, TABLE, column);
			const assignments = [{ id: 'id', name: 'id', type: 'string', value: id }];
			const edit = node('Make Table', 'n8n-nodes-base.set', { assignments: { assignments } }, { typeVersion: 3.4 });
			await example.change((one) => (one.name === 'Make Table' ? { ...edit, position: one.position } : one));
		}

		/** The list that a user puts in place of the sample. */
		async function list(...items: string[]): Promise<void> {
			const products = items.map((item) => ({ json: { item, photo: photoOf(item), prompt: 'on oak' } }));
			const jsCode = `return ${JSON.stringify(products)};`;
			await example.change((one) => (one.name === 'Products' ? { ...one, parameters: { jsCode } } : one));
		}

		const submits = () => world.emulator.counts().submitsReceived;
		const boughtFor = (item: string) => world.emulator.requests().filter(({ input }) => input.image === photoOf(item));
		const statuses = () => table.rows().map(({ status }) => status);

		/** Bought once, and the table has the picture of their own request. */
		function assertDone(...items: string[]): void {
			for (const item of items) {
				const [request, ...others] = boughtFor(item);
				assert.deepEqual(others, [], `${item} was bought more than once`);
				const { status, request_id, picture, cost } = table.row(item);
				assert.deepEqual([status, request_id, picture, cost], ['done', request.id, request.outputs[0], 0.06]);
			}
		}

		test('each product is bought once and handed on with its name; a second run buys nothing', async () => {
			await list('A', 'B', 'C');
			const execution = await example.run('Run by Hand');
			assert.equal(execution.status, 'success', execution.data?.resultData.error?.message);
			assert.equal(submits(), 3);
			assertDone('A', 'B', 'C');
			const handedOn = Example.allItems(execution, 'Pictures').map(({ item, request_id }) => [item, request_id]);
			assert.deepEqual(handedOn.sort(), ['A', 'B', 'C'].map((item) => [item, boughtFor(item)[0].id]).sort());
			assert.match(String(itemsOf(execution, 'Report')[0].json.summary), /^3 delivered for \$0\.18, 0 failed$/);

			assert.equal((await example.run('Run by Hand')).status, 'success');
			assert.equal(submits(), 3);
		});

		test('two runs at the same time: each product is bought once and handed on once', async () => {
			const items = Array.from({ length: 8 }, (_, index) => `twice-${index}`);
			await list(...items);
			const executions = await Promise.all([example.run('Run by Hand'), example.run('Run by Hand')]);
			for (const { status } of executions) assert.equal(status, 'success');
			assert.equal(submits(), 8);
			assertDone(...items);
			const handedOn = executions.flatMap((execution) => Example.allItems(execution, 'Pictures'));
			assert.equal(handedOn.length, 8);
		});

		test('a refused photo, a failed and an unclear purchase do not hold up the others, and the run says so', async () => {
			await list('fails', 'unclear', 'good');
			world.emulator.onCall = ({ phase, nth }) => {
				if (phase !== 'submit') return undefined;
				if (nth === 1) world.emulator.set({ jobOutcome: 'failed', failureMessage: 'No subject.' }, { next: 1 });
				return nth === 2 ? { kind: 'cutAfter' } : undefined;
			};
			const execution = await example.run('Run by Hand');
			assert.equal(submits(), 3);
			assert.deepEqual(statuses(), ['failed', 'check', 'done']);
			assert.match(String(table.row('fails').note), /No subject/);
			assert.equal(execution.status, 'error');
			const said = String(execution.data?.resultData.error?.message);
			assert.match(said, /1 delivered for \$0\.06, 1 failed\. Needs you – unclear – It is not known whether/);

			// A person has looked, and wants both again.
			for (const item of ['fails', 'unclear']) table.write(item, 'status', 'again');
			assert.equal((await example.run('Run by Hand')).status, 'success');
			assert.equal(submits(), 5);
			assert.deepEqual(statuses(), ['done', 'done', 'done']);
		});

		test('without balance it stops buying, delivers what is bought, and goes on when there is balance', async () => {
			await list('A', 'B', 'C');
			world.emulator.onCall = ({ phase, nth }) =>
				phase === 'submit' && nth === 2
					? { kind: 'status', status: 402, body: { error_code: 400002, error_message: 'No balance left' } }
					: undefined;
			const execution = await example.run('Run by Hand');
			assert.equal(execution.status, 'error');
			assert.match(String(execution.data?.resultData.error?.message), /1 delivered.*B – not sent/);
			assertDone('A');
			world.emulator.onCall = undefined;
			assert.equal((await example.run('Run by Hand')).status, 'success');
			assertDone('A', 'B', 'C');
		});

		test('killed while it buys: what was bought is fetched by a later run, what was not is bought', async () => {
			await list('A', 'B', 'C');
			world.emulator.onCall = ({ phase, nth }) =>
				phase === 'submit' && nth === 2 ? { kind: 'slow', ms: ANSWER_NEVER_SEEN_MS } : undefined;
			await rest.run(example.id, 'Run by Hand');
			await until('the second purchase', () => submits() === 2);
			await server.process.kill9();
			world.emulator.onCall = undefined;
			assert.deepEqual(statuses(), ['bought', 'buying', null]);
			table.age(100);
			server = await world.start();
			({ rest } = server);
			example.moveTo(rest);
			const execution = await example.run('Run by Hand');
			assert.equal(execution.status, 'error');
			assert.match(String(execution.data?.resultData.error?.message), /B – n8n stopped while this was being sent/);
			assert.equal(submits(), 3);
			assertDone('A', 'C');
		});
	});
}
