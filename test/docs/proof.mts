/**
 * `npm run proof`: runs the commands whose numbers `docs/proof.md` tells, one after the other, and writes what they said into
 * its table. With names of commands, only those, the rest of the table stays: `npm run proof -- test test:e2e`.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = join(ROOT, 'docs', 'proof.md');

/** Between these lines of the page the table stands. */
const TABLE = /(<!-- proof -->\n)([^]*?)(<!-- end of proof -->)/;

const HEAD = '| command | what it said | took |\n| --- | --- | --- |';

interface Proof {
	script: string;
	args: string[];
	/** The lines worth telling, of all that it printed. */
	tells: RegExp;
}

/** In the order in which they are run: what fails most easily comes first. */
const PROOFS: Proof[] = [
	{ script: 'test:lint', args: [], tells: /^Tests: .*$/ },
	{ script: 'test', args: [], tells: /^Tests: .*$/ },
	{ script: 'test:engines', args: [], tells: /^n8n-core .* passed, \d+ failed/ },
	{ script: 'test:e2e:full', args: [], tells: /^e2e: \d+ passed, \d+ failed$/ },
	{
		script: 'chaos',
		args: ['--jobs', '10000', '--seed', '21'],
		tells: /submits received|double submits|lost ids|false sentences|wrong or missing|rejections/i,
	},
];

interface Said {
	lines: string[];
	code: number | null;
	seconds: number;
}

async function run({ script, args, tells }: Proof): Promise<Said> {
	const startedMs = Date.now();
	const more = args.length > 0 ? ['--', ...args] : [];
	const child = spawn('npm', ['run', script, ...more], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
	const lines: string[] = [];
	for (const stream of [child.stdout, child.stderr]) {
		createInterface(stream).on('line', (line) => {
			console.log(line);
			const plain = line
				.replace(/\u001b\[[\d;]*m/g, '')
				.replace(/\s+/g, ' ')
				.trim();
			if (tells.test(plain)) lines.push(plain);
		});
	}
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	return { lines, code, seconds: Math.round((Date.now() - startedMs) / 1000) };
}

const commandOf = ({ script, args }: Proof) =>
	`npm ${script === 'test' ? 'test' : `run ${script}`}${args.length > 0 ? ` -- ${args.join(' ')}` : ''}`;

function rowOf(proof: Proof, { lines, code, seconds }: Said): string {
	const told =
		lines.length > 0 ? lines.join('; ').replaceAll('|', '\\|') : code === 0 ? 'nothing to complain about' : '';
	const ending = code === 0 ? '' : ` **failed** (${code ?? 'ended by a signal'})`;
	return `| \`${commandOf(proof)}\` | ${told}${ending} | ${seconds} s |`;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !PROOFS.some(({ script }) => script === name));
if (unknown.length > 0) {
	console.error(`No proof ${unknown.join(', ')}: there are ${PROOFS.map(({ script }) => script).join(', ')}`);
	process.exit(1);
}
const chosen = PROOFS.filter(({ script }) => asked.length === 0 || asked.includes(script));
for (const proof of chosen) {
	const said = await run(proof);
	if (said.code !== 0) process.exitCode = 1;
	const page = readFileSync(PAGE, 'utf8');
	const [, , table] = TABLE.exec(page) ?? [];
	if (table === undefined) throw new Error('docs/proof.md has no place for the table');
	const rows = new Map(
		table
			.split('\n')
			.filter((line) => line.startsWith('| `'))
			.map((line) => [/`([^`]+)`/.exec(line)?.[1] ?? '', line]),
	);
	rows.set(commandOf(proof), rowOf(proof, said));
	const sorted = PROOFS.flatMap((one) => rows.get(commandOf(one)) ?? []);
	const written = [HEAD, ...sorted].join('\n');
	writeFileSync(
		PAGE,
		page.replace(TABLE, (_all, open: string, _table, close: string) => `${open}${written}\n${close}`),
	);
}
