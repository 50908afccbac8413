/**
 * Runs the end-to-end tests: `node test/e2e/run.mts [--full] [--n8n version] [file …]`. Installs what is missing, packs the
 * project once, runs file after file (they share two cores), and ends with one line of counts.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

import { installN8n, n8nVersions, newestN8n } from '../n8n/installN8n.mts';
import { packProject } from '../n8n/packageUnderTest.mts';
import { say } from '../lib/say.mts';
import { openScratch } from '../lib/scratch.mts';

/** What every change is worth: the newest n8n, its server, the editor's main way, one kill, `npm run n8n`. */
const QUICK = [
	'smoke',
	'server',
	'crash',
	'editor',
	'deployment',
	'examples/variants',
	'examples/form-to-picture',
	'tryOut',
];

/** A file that takes longer hangs: the longest waits out 20 kills. */
const FILE_TIMEOUT_MS = 3_600_000;

const { values, positionals: wanted } = parseArgs({
	options: { full: { type: 'boolean', default: false }, n8n: { type: 'string', default: newestN8n } },
	allowPositionals: true,
});
if (!n8nVersions.includes(values.n8n)) {
	throw new Error(`There is no lockfile of n8n ${values.n8n}. There are ${n8nVersions.join(', ')}`);
}

const ENDING = '.e2e.mts';

/** `server` for `server.e2e.mts`, `examples/variants` for a file of the subfolder. */
const all = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
	.filter((path) => path.endsWith(ENDING) && !path.includes('artifacts'))
	.map((path) => path.slice(0, -ENDING.length).replaceAll('\\', '/'))
	.sort();

/** A name with or without its folder and ending; the name of a folder means all that is in it. */
function found(name: string): string[] {
	const bare = name.endsWith(ENDING) ? name.slice(0, -ENDING.length) : name;
	const files = all.filter((one) => one === bare || one.endsWith(`/${bare}`) || one.startsWith(`${bare}/`));
	if (files.length === 0) throw new Error(`There is no test ${name}. There are ${all.join(', ')}`);
	return files;
}

const names = wanted.length > 0 ? wanted.flatMap(found) : values.full ? all : QUICK;
const files = names.map((name) => join(import.meta.dirname, `${name}${ENDING}`));

const startedMs = Date.now();
const scratch = openScratch('package');
await installN8n(values.n8n);
process.env.RUNCOMFY_E2E_N8N = values.n8n;
process.env.RUNCOMFY_E2E_TARBALL = await packProject(scratch.folder);

let passed = 0;
let failed = 0;
const tests = run({ files, concurrency: 1, timeout: FILE_TIMEOUT_MS });
tests.on('test:summary', ({ file, counts }) => {
	if (file !== undefined) return;
	passed = counts.passed;
	failed = counts.tests - counts.passed;
});
tests.compose(spec).pipe(process.stdout);
await new Promise((resolve) => tests.once('end', resolve));
scratch.close(false);

say(`${names.join(', ')} took ${Math.round((Date.now() - startedMs) / 1000)} s`);
process.stdout.write(`e2e: ${passed} passed, ${failed} failed\n`);
if (failed > 0 || passed === 0) process.exitCode = 1;
