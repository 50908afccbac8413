/** The workflows in `examples/` as a user takes them: imported as they are, then the credentials chosen, then run. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { type Execution, itemsOf, type N8nRest } from '../n8n/n8nRest.mts';
import { until } from '../lib/until.mts';
import type { Workflow, WorkflowNode } from '../n8n/workflow.mts';

const FOLDER = join(import.meta.dirname, '..', '..', 'examples');

/** For a first picture, and for what must not go wrong while nobody looks. */
const TIERS = ['start', 'overnight'];

/**
 * What a workflow has that came in by the editor's menu: n8n's own settings for new workflows, whatever the file says.
 * `import.e2e.mts` proves it for every example.
 */
export const IMPORTED_SETTINGS = { executionOrder: 'v1', binaryMode: 'separate' };

/** Short enough for a test, and not so short that a workflow hammers. */
const SPED_UP_WAIT_SECONDS = 1;

/** How executions are called that a person started. */
const BY_HAND = new Set(['manual', 'retry']);

const UNFINISHED = new Set(['new', 'running', 'waiting', 'unknown']);

/** The saved credentials by their type, as in `{ runComfyApi: … }`. */
export type Credentials = Record<string, { id: string; name: string }>;

interface ExampleOptions {
	/** By node type: which credential is chosen in it. One of a node's own `nodeCredentialType` wins. */
	credentials: Record<string, Credentials>;
	/** Names of Wait nodes that wait for a second only; nothing else of the example is changed. */
	fastWaits?: string[];
}

/** All examples by folder and file, as in `start/every-monday`. */
export const exampleNames = () =>
	TIERS.flatMap((tier) =>
		readdirSync(join(FOLDER, tier))
			.filter((file) => file.endsWith('.json'))
			.map((file) => `${tier}/${basename(file, '.json')}`),
	);

/** The file, for who chooses it in a dialog. */
export const exampleFile = (name: string) => join(FOLDER, `${name}.json`);

/** The file, as it is. */
export function readExample(name: string): Workflow {
	return JSON.parse(readFileSync(exampleFile(name), 'utf8')) as Workflow;
}

/** An example in a running n8n. */
export class Example {
	readonly id: string;
	readonly workflow: Workflow;
	#rest: N8nRest;
	readonly #seen = new Set<string>();

	private constructor(rest: N8nRest, id: string, workflow: Workflow) {
		this.#rest = rest;
		this.id = id;
		this.workflow = workflow;
	}

	/**
	 * Creates a workflow as the editor's import of `examples/<name>.json` leaves it, then chooses the credentials.
	 * @throws AssertionError when n8n keeps something else than what is in the file, or a named wait is not there
	 */
	static async import(rest: N8nRest, name: string, { credentials, fastWaits = [] }: ExampleOptions): Promise<Example> {
		const file = { ...readExample(name), settings: IMPORTED_SETTINGS };
		const id = await rest.createWorkflow(file);
		const kept = await rest.call<Workflow & { versionId: string }>('GET', `/rest/workflows/${id}`);
		assert.deepEqual(kept.nodes, file.nodes, `${name}: the nodes as n8n keeps them`);
		assert.deepEqual(kept.connections, file.connections, `${name}: the connections as n8n keeps them`);

		const waits = fastWaits.map((wait) => kept.nodes.find((one) => one.name === wait));
		assert.ok(
			waits.every((wait) => wait?.type === 'n8n-nodes-base.wait'),
			`${name} has the waits ${fastWaits.join()}`,
		);
		const nodes = kept.nodes
			.map((one) => withCredential(one, credentials[one.type]))
			.map((one) => (fastWaits.includes(one.name) ? fast(one) : one));
		const { versionId, connections, settings } = kept;
		await rest.call('PATCH', `/rest/workflows/${id}`, { name: kept.name, nodes, connections, settings, versionId });
		return new Example(rest, id, { ...file, nodes });
	}

	/** All items of a node in all its runs, in order. */
	static allItems(execution: Execution, name: string): Array<Record<string, unknown>> {
		const runs = execution.data?.resultData.runData[name] ?? [];
		return runs.flatMap((_, run) => itemsOf(execution, name, { run }).map(({ json }) => json));
	}

	/** A user edits nodes. */
	async change(edit: (node: WorkflowNode) => WorkflowNode): Promise<void> {
		const path = `/rest/workflows/${this.id}`;
		const kept = await this.#rest.call<Workflow & { versionId: string }>('GET', path);
		const { name, connections, settings, versionId } = kept;
		const nodes = kept.nodes.map(edit);
		await this.#rest.call('PATCH', path, { name, nodes, connections, settings, versionId });
	}

	/** n8n was started again. */
	moveTo(rest: N8nRest): void {
		this.#rest = rest;
	}

	/** Switches it on: its triggers listen, or poll. Polling triggers look once at once. */
	async activate(): Promise<void> {
		await this.#rest.activate(this.id);
	}

	async deactivate(): Promise<void> {
		await this.#rest.deactivate(this.id);
	}

	/** Executes it by hand from one of its triggers, and waits until it has ended. */
	async run(trigger: string, timeoutMs?: number): Promise<Execution> {
		const id = String(await this.#rest.run(this.id, trigger));
		this.#seen.add(id);
		return await this.#rest.untilEnded(id, timeoutMs);
	}

	/** Waits for the next execution that a trigger started and nobody has been given yet, and until it has ended. */
	async nextExecution(timeoutMs = 90_000): Promise<Execution> {
		const started = await until(
			'an execution of the example',
			async () =>
				(await this.#rest.executions(this.id))
					.reverse()
					.find(({ id, mode }) => !this.#seen.has(id) && !BY_HAND.has(mode)),
			timeoutMs,
		);
		this.#seen.add(started.id);
		return await this.#rest.untilEnded(started.id, timeoutMs);
	}

	/** Waits until n8n has found out after a restart that an execution of this example crashed; gives its id. */
	async crashed(): Promise<string> {
		return await until('a crashed execution', async () => {
			return (await this.#rest.executions(this.id)).find(({ status }) => status === 'crashed')?.id;
		});
	}

	/** Waits until nothing runs: a poll of its own minute may have started an execution beside the one that was waited for. */
	async settled(): Promise<void> {
		await this.executionCount();
		for (const { id } of await this.#rest.executions(this.id)) this.#seen.add(id);
	}

	/** How many executions there are in all, once none of them is running. */
	async executionCount(): Promise<number> {
		return await until('the executions to end', async () => {
			const all = await this.#rest.executions(this.id);
			return all.every(({ status }) => !UNFINISHED.has(status)) && all.length;
		});
	}
}

function withCredential(node: WorkflowNode, chosen: Credentials | undefined): WorkflowNode {
	if (chosen === undefined) return node;
	const { nodeCredentialType } = node.parameters;
	if (typeof nodeCredentialType !== 'string') return { ...node, credentials: chosen };
	const credential = chosen[nodeCredentialType];
	assert.ok(credential !== undefined, `${node.name} needs a credential of the type ${nodeCredentialType}`);
	return { ...node, credentials: { [nodeCredentialType]: credential } };
}

function fast(wait: WorkflowNode): WorkflowNode {
	return { ...wait, parameters: { ...wait.parameters, amount: SPED_UP_WAIT_SECONDS, unit: 'seconds' } };
}
