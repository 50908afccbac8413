/** What n8n 3.0 takes away, by its published list of breaking changes: neither the node nor an example may rest on it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');

const filesOf = (...patterns: string[]): string[] =>
	execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
		cwd: ROOT,
		encoding: 'utf8',
	})
		.split('\n')
		.filter((path) => path !== '');
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Node {
	name: string;
	type: string;
	typeVersion: number;
	alwaysOutputData?: boolean;
	parameters: Record<string, unknown>;
}

const examples = filesOf('examples/*.json');
const nodesOf = (path: string): Node[] => (JSON.parse(textOf(path)) as { nodes: Node[] }).nodes;

const REMOVED: Record<string, string[]> = {
	'n8n-nodes-base': [
		...[
			'aiTransform',
			'cron',
			'function',
			'functionItem',
			'htmlExtract',
			'iCal',
			'interval',
			'itemLists',
			'moveBinaryData',
		],
		...['openAi', 'orbit', 'readBinaryFile', 'readBinaryFiles', 'readPDF', 'workflowTrigger', 'writeBinaryFile'],
	],
	'@n8n/n8n-nodes-langchain': [
		...['code', 'documentBinaryInputLoader', 'documentGithubLoader', 'documentJsonInputLoader', 'lmOpenAi'],
		...[
			'manualChatTrigger',
			'memoryChatRetriever',
			'memoryMotorhead',
			'memoryZep',
			'openAiAssistant',
			'toolHttpRequest',
		],
		...['toolSerpApi', 'vectorStoreInMemoryInsert', 'vectorStoreInMemoryLoad', 'vectorStorePineconeInsert'],
		...['vectorStorePineconeLoad', 'vectorStoreSupabaseInsert', 'vectorStoreSupabaseLoad', 'vectorStoreZep'],
		...['vectorStoreZepInsert', 'vectorStoreZepLoad'],
	],
};

const SEVERAL_OUTPUTS = ['if', 'switch', 'filter', 'splitInBatches', 'compareDatasets', 'textClassifier'];

const REMOVED_HELPERS = /\$getPairedItem|\$evaluateExpression/;

describe.each(examples)('%s', (path) => {
	const nodes = nodesOf(path);

	test('has no node that is removed', () => {
		const removed = nodes.filter(({ type }) => {
			const [from, name] = type.split('.');
			return REMOVED[from]?.includes(name);
		});
		expect(removed).toEqual([]);
		const oldAgents = nodes.filter(({ type, typeVersion }) => type.endsWith('langchain.agent') && typeVersion < 2);
		expect(oldAgents).toEqual([]);
		const modes = nodes.filter(
			({ type, parameters }) =>
				type.endsWith('.executeWorkflow') &&
				(parameters.mode === 'each' || ['localFile', 'url'].includes(String(parameters.source))),
		);
		expect(modes).toEqual([]);
	});

	test('sets Always Output Data on nodes with one output only', () => {
		const outputs = nodes
			.filter(({ alwaysOutputData }) => alwaysOutputData === true)
			.map(({ type }) => type.split('.').at(-1));
		expect(outputs.filter((type) => SEVERAL_OUTPUTS.includes(type ?? ''))).toEqual([]);
	});

	test('uses no removed helper, and its code waits for nothing', () => {
		expect(textOf(path)).not.toMatch(REMOVED_HELPERS);
		const code = nodes.filter(({ type }) => type.endsWith('.code')).map(({ parameters }) => String(parameters.jsCode));
		expect(code.filter((script) => /setTimeout|while \(true\)|\bfetch\(|httpRequest|await /.test(script))).toEqual([]);
	});
});

test('the node uses no removed helper', () => {
	const used = filesOf('nodes/*.ts', 'credentials/*.ts').filter((path) =>
		/\$getPairedItem|\$evaluateExpression|helpers\.request\b/.test(textOf(path)),
	);
	expect(used).toEqual([]);
});

test('no page tells users to import from a URL', () => {
	const pages = filesOf('*.md').filter((path) => path !== 'docs/n8n-3.md');
	expect(pages.filter((path) => /import from url/i.test(textOf(path)))).toEqual([]);
});

test('the compose file switches unverified packages on, and installs what was packed', () => {
	const { services } = parse(textOf('examples/n8n-3/compose.yaml'), { merge: true }) as {
		services: Record<string, { image: string; entrypoint?: string[]; environment?: Record<string, string> }>;
	};
	const { install, n8n } = services;
	expect(install.image).toBe(n8n.image);
	expect(install.entrypoint?.at(-1)).toContain('n8n-nodes-runcomfy-*.tgz');
	expect(n8n.environment?.N8N_UNVERIFIED_PACKAGES_ENABLED).toBe('${N8N_UNVERIFIED_PACKAGES_ENABLED:-true}');
});
