/**
 * Every example through the editor's own menu, ⋯ → Import → From file: what n8n keeps of it is what the other tests
 * start from.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { type Browser, openBrowser } from '../../n8n/browser.mts';
import { Editor } from '../../n8n/editor.mts';
import type { N8nRest } from '../../n8n/n8nRest.mts';
import type { Workflow, WorkflowNode } from '../../n8n/workflow.mts';
import { exampleFile, exampleNames, IMPORTED_SETTINGS, readExample } from '../example.mts';
import { World } from '../world.mts';

let world: World;
let rest: N8nRest;
let browser: Browser;
let editor: Editor;

before(async () => {
	world = await World.open({ name: 'import' });
	({ rest } = await world.start());
	browser = await openBrowser();
	editor = await Editor.open(browser, rest);
});
afterEach((context) => world.noticed(context as { passed?: boolean }));
after(async () => {
	await browser.close();
	await world.close();
});

/** What a node is and does; the editor gives new ids and may move the whole. */
const essence = ({ name, type, typeVersion, parameters, ...more }: WorkflowNode) => {
	const { onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData } = more;
	const settings = { onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData };
	return { name, type, typeVersion, parameters, ...JSON.parse(JSON.stringify(settings)) };
};

const byName = (nodes: WorkflowNode[]) => nodes.map(essence).sort((a, b) => a.name.localeCompare(b.name));

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
