/**
 * Runs the package in the folder given, as it was packed, in n8n's real engine against the emulator. Prints one line of
 * JSON. A process of its own, so that nothing of the test's module system is in the way.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ICredentialType, INodeType } from 'n8n-workflow';

import { startEmulator } from '../emulator/emulator.mts';
import { createEngine, runNode } from '../engine/index.mts';

const folder = process.argv[2];
const require = createRequire(join(folder, 'package.json'));

const { name, n8n } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
	name: string;
	n8n: { nodes: string[]; credentials: string[] };
};

/** As n8n loads a class: from the file that package.json names, by the name of the file. */
function load<T>(file: string): new () => T {
	const [className] = String(file.split('/').pop()).split('.');
	return (require(`./${file}`) as Record<string, new () => T>)[className];
}

const Node = load<INodeType>(n8n.nodes[0]);
const Credential = load<ICredentialType>(n8n.credentials[0]);
const fromIndex = Object.keys(require(folder) as object);

const emulator = await startEmulator({ queueMs: 100, runMs: 200, spreadMs: 0 });
const engine = await createEngine({
	nodeTypes: { [`${name}.runComfy`]: Node },
	credentialTypes: { runComfyApi: new Credential() },
});
const { items, error } = await runNode(engine, {
	items: [{ json: {} }, { json: {} }],
	parameters: {
		imageUrl: 'https://images.example.com/shoe.jpg',
		prompt: 'on a marble table',
		modelOptions: { renderingSpeed: 'TURBO' },
		options: { downloadImages: true },
	},
	credentials: {
		runComfyApi: emulator.credential,
	},
});
process.stdout.write(`${JSON.stringify({ fromIndex, items, error: error?.message, counts: emulator.counts() })}\n`);
await engine.close();
await emulator.close();
process.exit(0);
