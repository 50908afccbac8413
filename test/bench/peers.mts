/**
 * What the benchmark compares with and draws with: n8n's own nodes and a plotting library. They are large, so they are
 * installed when first needed, outside the checkout, in a folder named by their lock's hash.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { INodeType } from 'n8n-workflow';

const MANIFESTS = join(import.meta.dirname, 'peers');
const FINISHED = 'installed';

/** 0.8 GB; two minutes on a usual line. */
const INSTALL_TIMEOUT_MS = 15 * 60_000;

/** Modules of which the engine and the nodes must have the very same copy. */
const SHARED_WITH_ENGINE = ['n8n-core', 'n8n-workflow', '@n8n/di'];

/** The folder of the peers, installed if need be. Throws when that fails. */
export function installPeers(): string {
	const lock = readFileSync(join(MANIFESTS, 'package-lock.json'));
	const hash = createHash('sha256').update(lock).digest('hex').slice(0, 12);
	const folder = join(homedir(), '.cache', 'n8n-nodes-runcomfy-bench', hash);
	if (existsSync(join(folder, FINISHED))) return folder;
	console.error(`Installing n8n's own nodes and a plotting library into ${folder}, once`);
	mkdirSync(folder, { recursive: true });
	for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(MANIFESTS, name), join(folder, name));
	const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
		cwd: folder,
		encoding: 'utf8',
		timeout: INSTALL_TIMEOUT_MS,
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	if (status !== 0) throw new Error(`npm ci failed: ${stderr?.trim().split('\n').at(-1) ?? 'no answer in time'}`);
	writeFileSync(join(folder, FINISHED), '');
	return folder;
}

/** n8n's own nodes for the engine of this process. Load the engine first. */
export function n8nNodeTypes(folder: string): Record<string, new () => INodeType> {
	const peersUrl = pathToFileURL(join(folder, 'node_modules')).href;
	const requireFromCore = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
	registerHooks({
		resolve(specifier, context, next) {
			const isShared = SHARED_WITH_ENGINE.includes(specifier) && context.parentURL?.startsWith(peersUrl);
			if (!isShared) return next(specifier, context);
			const url = pathToFileURL(requireFromCore.resolve(specifier)).href;
			return { url, format: 'commonjs', shortCircuit: true };
		},
	});
	const require = createRequire(join(folder, 'package.json'));
	const load = (name: string) => require(`n8n-nodes-base/dist/nodes/${name}/${name}.node.js`)[name];
	return {
		'n8n-nodes-base.httpRequest': load('HttpRequest'),
		'n8n-nodes-base.if': load('If'),
		'n8n-nodes-base.wait': load('Wait'),
	};
}
