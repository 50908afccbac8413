/**
 * Every example through the editor's own menu, ⋯ → Import → From file: what n8n keeps of it is what the other tests
 * start from.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';

import type { INodeParameters, INodeTypeDescription, NodeHelpers as Helpers } from 'n8n-workflow';

import { type Browser, openBrowser } from '../../n8n/browser.mts';
import { Editor } from '../../n8n/editor.mts';
import type { N8nRest } from '../../n8n/n8nRest.mts';
import type { Workflow, WorkflowNode } from '../../n8n/workflow.mts';
import { exampleFile, exampleNames, IMPORTED_SETTINGS, readExample } from '../example.mts';
import { World } from '../world.mts';

// Its ES modules name files without their ending, which Node.js does not find.
const { NodeHelpers } = createRequire(import.meta.url)('n8n-workflow') as { NodeHelpers: typeof Helpers };

let world: World;
let rest: N8nRest;
let browser: Browser;
let editor: Editor;
let descriptions: INodeTypeDescription[];

before(async () => {
	world = await World.open({ name: 'import' });
	({ rest } = await world.start());
	descriptions = await rest.call('GET', '/types/nodes.json');
	browser = await openBrowser();
	editor = await Editor.open(browser, rest);
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => {
	await browser.close();
	await world.close();
});

/** What n8n knows of a node's parameters. */
function descriptionOf({ type, typeVersion }: WorkflowNode): INodeTypeDescription {
	const found = descriptions.find(({ name, version }) => name === type && [version].flat().includes(typeVersion));
	assert.ok(found !== undefined, `n8n knows no ${type} ${typeVersion}`);
	return found;
}

/** What a node is and does. The editor gives new ids, may move the whole, and leaves out what is n8n's default. */
function essence(node: WorkflowNode): object {
	const { name, type, typeVersion, onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData } =
		node;
	const description = descriptionOf(node);
	const parameters = NodeHelpers.getNodeParameters(
		description.properties,
		node.parameters as INodeParameters,
		true,
		false,
		node as never,
		description,
	);
	const settings = { onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData };
	return JSON.parse(JSON.stringify({ name, type, typeVersion, parameters, ...settings })) as object;
}

const byName = (nodes: WorkflowNode[]) => [...nodes].sort((a, b) => a.name.localeCompare(b.name)).map(essence);

for (const name of exampleNames()) {
	test(name, async () => {
		const file = readExample(name);
		const id = await editor.importFile(exampleFile(name));
		const kept = await rest.call<Workflow>('GET', `/rest/workflows/${id}`);
		assert.deepEqual(kept.settings, IMPORTED_SETTINGS);
		assert.deepEqual(byName(kept.nodes), byName(file.nodes));
		assert.deepEqual(kept.connections, file.connections);
	});
}

test('the editor threw no error', () => assert.deepEqual(editor.errors, []));
