/** The checklist of `examples/README.md`, as far as a workflow's JSON can show it. The rest is in `test/e2e/examples`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { SAMPLE_PHOTO } from '../lib/photos.mts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'examples');

/** n8n keeps shorter waits in memory only: a restart loses them. */
const SHORTEST_STORED_WAIT_SECONDS = 65;

/** More beside each other and nothing can be read at the width of a page. */
const LONGEST_ROW = 9;
const COLUMN_WIDTH = 220;

const GREEN = 4;
const RED = 3;
const YELLOW = 1;

interface Node {
	name: string;
	type: string;
	position: [number, number];
	parameters: Record<string, unknown>;
	onError?: string;
	retryOnFail?: boolean;
	credentials?: object;
	settings?: object;
}

interface Workflow {
	nodes: Node[];
	connections: Record<string, Record<string, Array<Array<{ node: string }>>>>;
	settings: object;
	pinData?: object;
}

const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Workflow;
const namesOf = (tier: string) =>
	readdirSync(join(FOLDER, tier))
		.filter((file) => file.endsWith('.json'))
		.map((file) => `${tier}/${file.slice(0, -'.json'.length)}`);

const START = namesOf('start');
const OVERNIGHT = namesOf('overnight');

const isNote = ({ type }: Node) => type.endsWith('.stickyNote');
const isTrigger = ({ type }: Node) => type.endsWith('Trigger');
const isOurs = ({ type }: Node) => type.startsWith('n8n-nodes-runcomfy.');
const textOf = (value: unknown) => JSON.stringify(value);

/** What comes with n8n and asks nobody else. */
const OWN = ['code', 'dataTable', 'filter', 'form', 'if', 'noOp', 'set', 'splitOut', 'stickyNote', 'switch', 'wait'];
const isThirdParty = (node: Node) =>
	!isTrigger(node) && !isOurs(node) && !OWN.includes(node.type.slice('n8n-nodes-base.'.length));

const wiresOf = ({ connections }: Workflow, name: string) =>
	(connections[name]?.main ?? []).map((branch) => (branch ?? []).map(({ node }) => node));

/** All that can be reached from a node by wires, without going through one of `blocked`. */
function reached(workflow: Workflow, from: string[], blocked: (name: string) => boolean = () => false): Set<string> {
	const seen = new Set<string>();
	const open = from.flatMap((name) => wiresOf(workflow, name).flat());
	while (open.length > 0) {
		const name = open.pop() as string;
		if (seen.has(name) || blocked(name)) continue;
		seen.add(name);
		open.push(...wiresOf(workflow, name).flat());
	}
	return seen;
}

describe.each([...START, ...OVERNIGHT])('%s', (name) => {
	const workflow = read(name);
	const nodes = workflow.nodes.filter((node) => !isNote(node));
	const called = new Map(nodes.map((node) => [node.name, node]));

	test('rests on no setting: it has those that n8n gives every new workflow', () => {
		expect(workflow.settings).toEqual({ executionOrder: 'v1' });
		expect(workflow).not.toHaveProperty('pinData');
	});

	test('has no credential, and no photo but the public sample', () => {
		expect(nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
		const photos = [...textOf(workflow).matchAll(/https?:\/\/[^\s"'\\)*]+\.(?:jpe?g|png|webp|heic)/g)].map(
			([url]) => url,
		);
		expect(photos.filter((url) => url !== SAMPLE_PHOTO)).toEqual([]);
		expect(textOf(workflow)).not.toContain('example.com');
	});

	test('wires and expressions lead to nodes that exist; no node lies loose or over another', () => {
		const named = [...textOf(nodes).matchAll(/\$\('([^']+)'\)/g)].map(([, one]) => one);
		const wired = Object.values(workflow.connections).flatMap((kinds) => Object.values(kinds).flat(2));
		expect([...named, ...wired.map(({ node }) => node)].filter((one) => !called.has(one))).toEqual([]);
		const targets = new Set(wired.map(({ node }) => node));
		const loose = nodes.filter(
			(node) => !isTrigger(node) && !targets.has(node.name) && !(node.name in workflow.connections),
		);
		expect(loose).toEqual([]);
		expect(new Set(nodes.map(({ position }) => position.join())).size).toBe(nodes.length);
	});

	test('each loop ends: every way round counts its rounds', () => {
		const counts = (one: string) => textOf(called.get(one)?.parameters ?? {}).includes('$runIndex');
		const endless = nodes.filter((node) => !counts(node.name) && reached(workflow, [node.name], counts).has(node.name));
		expect(endless.map((node) => node.name)).toEqual([]);
	});

	test('ends with an error only where nothing follows, and never by Stop and Error', () => {
		expect(nodes.filter(({ type }) => type.endsWith('.stopAndError'))).toEqual([]);
		const throwing = nodes.filter(({ parameters }) => textOf(parameters).includes('throw '));
		expect(throwing.filter((node) => wiresOf(workflow, node.name).flat().length > 0)).toEqual([]);
	});

	test('is tried in a whole n8n', () => {
		const file = `${name.split('/')[1]}.e2e.mts`;
		expect(existsSync(join(ROOT, 'test', 'e2e', 'examples', file))).toBe(true);
	});

	test('is in the list', () => {
		expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).toContain(`](${name}.json)`);
	});
});

describe.each(START)('%s', (name) => {
	const { nodes, connections } = read(name);

	test('has 3 to 6 nodes on its way', () => {
		const isBelow = (node: Node) => Object.keys(connections[node.name] ?? {}).some((kind) => kind.startsWith('ai_'));
		const agents = nodes.filter(({ type }) => type.endsWith('.agent')).length;
		const onTheWay = nodes.filter((node) => !isNote(node) && !isBelow(node)).length;
		expect(onTheWay + agents).toBeGreaterThanOrEqual(3);
		expect(onTheWay).toBeLessThanOrEqual(6);
	});

	test('has one note, which says what it is not protected against', () => {
		const notes = nodes.filter(isNote);
		expect(notes.map(({ parameters }) => parameters.color)).toEqual([GREEN]);
		expect(notes[0].parameters.content).toMatch(/^## [^]*\*\*Not protected against:\*\*/);
	});
});

describe.each(OVERNIGHT)('%s', (name) => {
	const workflow = read(name);
	const nodes = workflow.nodes.filter((node) => !isNote(node));
	const one = (wanted: string) => nodes.find((node) => node.name === wanted) as Node;
	const triggers = nodes.filter(isTrigger).map((node) => node.name);
	const afterPurchase = reached(workflow, ['Submit']);

	test('buys by Submit only, and waits only where n8n stores the wait', () => {
		const buying = nodes.filter((node) => isOurs(node) && node.parameters.operation !== 'getResult');
		expect(buying.map((node) => [node.name, node.parameters.operation])).toEqual([['Submit', 'submit']]);
		const waits = nodes.filter(({ type }) => type.endsWith('.wait')).map(({ parameters }) => parameters);
		for (const { unit, amount } of waits) {
			expect(unit).toBe('seconds');
			expect(amount).toBeGreaterThanOrEqual(SHORTEST_STORED_WAIT_SECONDS);
		}
	});

	test('buys what its table says, by hand too, instead of taking up what an earlier test run bought', () => {
		expect(one('Submit').parameters.options).toEqual({ reuseInTestRuns: false });
	});

	test('marks a photo before it buys: every way to Submit leads through the mark, and through who has won it', () => {
		for (const gate of ['Claim', 'Ours?']) {
			expect(reached(workflow, triggers, (node) => node === gate).has('Submit')).toBe(false);
			expect(reached(workflow, ['Submit'], (node) => node === gate).has('Submit')).toBe(false);
		}
		const { type, parameters } = one('Claim');
		expect(type).toBe('n8n-nodes-base.dataTable');
		expect(textOf(parameters)).toMatch(/"keyName":"status"[^]*"status":"buying","run":"={{ \$execution.id }}"/);
		expect(textOf(one('Ours?').parameters)).toContain('$json.run === $execution.id');
	});

	test('writes the request ID, or why there is none, before anything else', () => {
		const next = wiresOf(workflow, 'Submit').flat().map(one);
		expect(next.map((node) => [node.type, node.retryOnFail])).toEqual([
			['n8n-nodes-base.dataTable', true],
			['n8n-nodes-base.dataTable', true],
		]);
		expect(textOf(next[0].parameters)).toContain('"request_id":"={{ $json.request_id }}"');
	});

	test('takes up what an earlier run has left, before it buys', () => {
		for (const trigger of triggers) expect(reached(workflow, [trigger]).has('Take Over')).toBe(true);
		expect(reached(workflow, triggers, (node) => node === 'Take Over').has('Submit')).toBe(false);
	});

	test('who asks to come back later ends no run', () => {
		const stopping = nodes.filter((node) => isThirdParty(node) && !node.onError?.startsWith('continue'));
		expect(
			stopping.filter((node) => afterPurchase.has(node.name) || !node.retryOnFail).map((node) => node.name),
		).toEqual([]);
		const tables = nodes.filter(({ type }) => type.endsWith('.dataTable'));
		expect(tables.filter(({ retryOnFail }) => !retryOnFail)).toEqual([]);
	});

	test('reports only when nothing bought is open, or the time for it is over', () => {
		expect(reached(workflow, triggers, (node) => node === 'Still Open?').has('Report')).toBe(false);
	});

	test('keeps to the legend: green what it is, red money, yellow trouble', () => {
		const notes = workflow.nodes.filter(isNote).map(({ parameters }) => parameters);
		expect(notes.map(({ color }) => color)).toEqual([GREEN, RED, YELLOW]);
		expect(notes.map(({ content }) => String(content).split('\n')[0].replace(/ .*/, ''))).toEqual(['##', '###', '###']);
	});

	test('has short rows', () => {
		const right = Math.max(...nodes.map(({ position }) => position[0]));
		expect(right).toBeLessThan(LONGEST_ROW * COLUMN_WIDTH);
	});
});

/** What these do is played once, in `test/e2e/examples/durable-replace`. */
const SHARED = [
	'Claim',
	'Take Over',
	'Next Photo',
	'Write Request ID',
	'Write Failure',
	'Write Problem',
	'Read Report',
];

test.each(SHARED)('%s is the same node in every overnight example', (name) => {
	const kinds = OVERNIGHT.map((example) => {
		const { type, parameters } = read(example).nodes.find((node) => node.name === name) as Node;
		return textOf({ type, parameters });
	});
	expect(new Set(kinds).size).toBe(1);
});

test.each(OVERNIGHT)('%s writes money as money: two decimals, or more where there are more', (name) => {
	const code = read(name)
		.nodes.map(({ parameters }) => String(parameters.jsCode ?? ''))
		.join('\n');
	const [, words = ''] = /const usd = (.*);/.exec(code) ?? [];
	const usd = new Function(`return ${words}`)() as (amount: number) => string;
	expect([0, 0.3, 2.1, 0.06, 11.94, 0.125, 0.0045, 30].map(usd)).toEqual([
		'$0.00',
		'$0.30',
		'$2.10',
		'$0.06',
		'$11.94',
		'$0.125',
		'$0.0045',
		'$30.00',
	]);
	expect(code).not.toMatch(/\$' \+ (cost|\(Number)/);
});
