import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { pages, ROOT, textOf } from './pages.mts';

/** Anchors as GitHub makes them out of headings. */
const anchorsOf = (path: string): string[] =>
	[...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, '')
			.replaceAll(' ', '-'),
	);

/** The files of this repository as GitHub hands them out. */
const RAW = 'https://raw.githubusercontent.com/n8n-nodes-runcomfy/n8n-nodes-runcomfy/HEAD/';

/** Where a page leads to, and the pictures that it shows. */
const linksOf = (page: string): string[] =>
	[...textOf(page).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)]
		.map(([, link, picture]) => link ?? picture)
		.map((target) => (target.startsWith(RAW) ? relative(dirname(page), target.slice(RAW.length)) : target));

describe.each(pages)('%s', (page) => {
	const local = linksOf(page).filter((target) => !/^[a-z]+:/.test(target));

	test('links lead to files and headings that exist', () => {
		const dead = local.filter((target) => {
			const [path, anchor] = target.split('#');
			const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
			if (!existsSync(join(ROOT, file))) return true;
			return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
		});
		expect(dead).toEqual([]);
	});

	test('tables it shows are those of the last run', () => {
		for (const [, name, table] of textOf(page).matchAll(/<!-- results: (\w+) -->\n([^]*?)\n<!-- end of results -->/g)) {
			expect(textOf(`test/e2e/results/${name}.md`)).toContain(table);
		}
	});

	test('npm scripts it names exist', () => {
		const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
		const named = [...textOf(page).matchAll(/npm run ([a-z:0-9-]+)/g)].map(([, name]) => name);
		expect(named.filter((name) => !(name in scripts))).toEqual([]);
	});
});

test('npm, which completes the other links of the README, finds its srcset complete', () => {
	const sources = [...textOf('README.md').matchAll(/srcset="([^"]+)"/g)].map(([, source]) => source);
	expect(sources.filter((source) => !source.startsWith(RAW))).toEqual([]);
});

describe('pictures', () => {
	const folder = join('docs', 'images');
	const pictures = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => /\.\w+$/.test(name))
		.map((name) => join(folder, name));

	test.each(pictures)('%s is shown on a page', (picture) => {
		const shown = pages.flatMap((page) => linksOf(page).map((target) => join(dirname(page), target)));
		expect(shown).toContain(picture);
	});
});
