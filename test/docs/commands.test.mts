/** Every command that a page names goes through an npm script, and leads to something that is there. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { pages, ROOT, textOf } from './pages.mts';

const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** Programs that a reader starts; anything else in code is a value, a file or a name. */
const PROGRAM = /^(bash|cd|cp|curl|docker|git|n8n-node|node|npm|npx|tsc)$/;

/** `NAME=value` before a command. */
const SETTING = /^[A-Z_]+=\S*$/;

/** The commands of a page: the lines of its blocks, and what stands between backticks; joined ones are taken apart. */
function commandsOf(page: string): string[][] {
	const text = textOf(page);
	const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
		.filter(([, language]) => ['', 'bash', 'sh'].includes(language))
		.flatMap(([, , block]) => block.split('\n'));
	const inline = [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
	return [...blocks, ...inline]
		.flatMap((line) => line.replace(/\s#\s.*$/, '').split(/&&|;|\|/))
		.map((command) => command.trim().split(/\s+/))
		.map((words) => words.slice(words.findIndex((word) => !SETTING.test(word))))
		.filter(([program, ...rest]) => PROGRAM.test(program) && rest.length > 0);
}

/** The file that a script hands its arguments to. */
function entryOf(script: string): string | undefined {
	return scripts[script].match(/\S+\.mts/g)?.at(-1);
}

const filesIn = (folder: string) => readdirSync(join(ROOT, folder));

/** Whether a script knows an argument that is no option. */
const KNOWS: Record<string, (argument: string) => boolean> = {
	test: (path) =>
		existsSync(join(ROOT, path)) || filesIn(join(path, '..')).some((name) => path.endsWith(name.split('.')[0])),
	'test:e2e': (name) =>
		existsSync(join(ROOT, 'test/e2e', name)) ||
		['test/e2e', 'test/e2e/examples'].some((folder) => filesIn(folder).includes(`${name}.e2e.mts`)),
	mutants: (room) => textOf('test/mutants/rooms.mts').includes(`name: '${room}'`),
	'test:engines': (version) => filesIn('test/engine/versions').includes(version),
	'n8n-node': (command) => ['build', 'dev', 'lint'].includes(command),
	screenshots: (part) => textOf('test/e2e/screenshots.mts').includes(`'${part}'`),
};

/** Is asked about a published version, so it is no script of this project. */
const SCANNER = '@n8n/scan-community-package';

const OF_NPM = [
	...['ci', 'deprecate', 'i', 'init', 'install', 'login', 'pack'],
	...['publish', 'trust', 'uninstall', 'update', 'version', 'view'],
];

/** What is wrong with a command of npm, if anything. */
function faultOf([verb, ...rest]: string[]): string | undefined {
	if (OF_NPM.includes(verb)) return undefined;
	const script = verb === 'run' ? rest[0] : verb;
	if (!(script in scripts)) return `no script ${script}`;
	const entry = entryOf(script);
	const options = rest.slice(rest.indexOf('--') + 1 || rest.length);
	for (const [index, argument] of options.entries()) {
		if (argument === '…' || argument.startsWith('[')) continue;
		const isValue = options[index - 1]?.startsWith('--') && !argument.startsWith('-');
		const name = argument.replace(/^--/, '').split('=')[0];
		const isKnown = argument.startsWith('--')
			? entry !== undefined && new RegExp(`--${name}\\b|\\b'?${name}'?: \\{`).test(textOf(entry))
			: isValue || KNOWS[script]?.(argument) === true;
		if (!isKnown) return `${script} does not know ${argument}`;
	}
	return undefined;
}

describe('scripts', () => {
	test.each(Object.keys(scripts))('%s: the files it runs are there', (name) => {
		for (const file of scripts[name].match(/\S+\.(mts|json|js|mjs)/g) ?? [])
			expect(existsSync(join(ROOT, file))).toBe(true);
	});
});

describe.each(pages)('%s', (page) => {
	test('its commands can be run as they stand', () => {
		const faults = commandsOf(page).flatMap(([program, ...words]) => {
			// The scripts' Node.js is the project's own; another one may not know the tests' language.
			if (['node', 'npx', 'tsc', 'n8n-node'].includes(program) && words[0] !== SCANNER)
				return [`${program} ${words.join(' ')}: no npm script`];
			if (program === 'bash' && !existsSync(join(ROOT, words[0]))) return [`no file ${words[0]}`];
			const fault = program === 'npm' ? faultOf(words) : undefined;
			return fault === undefined ? [] : [fault];
		});
		expect(faults).toEqual([]);
	});
});

describe('a command that cannot be run is found', () => {
	test.each([
		['run nothing', 'no script nothing'],
		['run test:e2e -- nothing', 'test:e2e does not know nothing'],
		['run demo -- --nothing', 'demo does not know --nothing'],
		['test -- test/nothing', 'test does not know test/nothing'],
	])('npm %s', (command, fault) => expect(faultOf(command.split(' '))).toBe(fault));

	test.each(['run chaos -- --jobs 10000 --seed 1', 'run test:engines -- 2.0.0', 'test -- test/node/fuzz', 'ci'])(
		'npm %s can',
		(command) => expect(faultOf(command.split(' '))).toBeUndefined(),
	);
});
