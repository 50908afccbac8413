/** Workflows as JSON, built in a few words. */
import { randomUUID } from 'node:crypto';

export const OUR_NODE = 'n8n-nodes-runcomfy.runComfy';

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	[setting: string]: unknown;
}

type Connection = { node: string; type: string; index: number };

export interface Workflow {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, Record<string, Connection[][]>>;
	settings: Record<string, unknown>;
}

/** A node; `settings` are the things beside its parameters, such as credentials or onError. */
export function node(
	name: string,
	type: string,
	parameters: Record<string, unknown> = {},
	{ typeVersion = 1, ...settings }: Record<string, unknown> & { typeVersion?: number } = {},
): WorkflowNode {
	return { id: randomUUID(), name, type, typeVersion, position: [0, 0], parameters, ...settings };
}

/** A wire `[from, to]`, with the branches it leaves by and comes in at, and its kind (`ai_tool`, …). */
export type Wire = [from: string, to: string, how?: { output?: number; input?: number; type?: string }];

export function workflow(
	name: string,
	nodes: WorkflowNode[],
	wires: Wire[],
	settings: Record<string, unknown> = {},
): Workflow {
	const connections: Workflow['connections'] = {};
	for (const [from, to, { output = 0, input = 0, type = 'main' } = {}] of wires) {
		const branches = ((connections[from] ??= {})[type] ??= []);
		while (branches.length <= output) branches.push([]);
		branches[output].push({ node: to, type, index: input });
	}
	nodes.forEach((one, index) => {
		one.position = [240 * index, 300];
	});
	return { name, nodes, connections, settings: { executionOrder: 'v1', ...settings } };
}

/** The nodes one after the other. */
export function chain(name: string, nodes: WorkflowNode[], settings?: Record<string, unknown>): Workflow {
	const wires = nodes.slice(1).map((one, index): Wire => [nodes[index].name, one.name]);
	return workflow(name, nodes, wires, settings);
}

export const manualTrigger = () => node('Start', 'n8n-nodes-base.manualTrigger');

/** A webhook that answers with the last node's items. */
export const webhookTrigger = (path: string, responseMode = 'lastNode') =>
	node(
		'Webhook',
		'n8n-nodes-base.webhook',
		{ path, httpMethod: 'POST', responseMode, ...(responseMode === 'lastNode' && { responseData: 'allEntries' }) },
		{ typeVersion: 2, webhookId: randomUUID() },
	);

/** Makes items with JavaScript. */
export const code = (name: string, jsCode: string) => node(name, 'n8n-nodes-base.code', { jsCode }, { typeVersion: 2 });

/** Items `{ sku, photo }`; the photo's address passes the node's check, and the emulator does not fetch it. */
export const products = (count: number) =>
	code(
		'Products',
		`return Array.from({ length: ${count} }, (_, index) => ({
	json: { sku: 'sku-' + index, photo: 'https://images.example.com/' + index + '.jpg' },
}));`,
	);

/** What n8n writes into a workflow for a chosen credential. */
export const credentialOf = (credential: { id: string; name: string }) => ({
	credentials: { runComfyApi: credential },
});

/** Our node as Replace and Wait for the items of `products`. */
export const replaceAndWait = (
	credential: { id: string; name: string },
	{ parameters = {}, ...settings }: { parameters?: Record<string, unknown>; [setting: string]: unknown } = {},
) =>
	node(
		'RunComfy',
		OUR_NODE,
		{
			resource: 'background',
			operation: 'replaceAndWait',
			imageSource: 'url',
			imageUrl: '={{ $json.photo }}',
			prompt: 'on a marble table',
			...parameters,
		},
		{ ...credentialOf(credential), ...settings },
	);
