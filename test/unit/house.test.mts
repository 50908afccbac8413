/** The house keeps itself: its floors, its one way out, its one list, and its sentences. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { resources } from '../../nodes/RunComfy/resources/index.ts';
import { loadOperation } from '../../nodes/RunComfy/resources/loadOperation.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HOUSE = join(ROOT, 'nodes', 'RunComfy');

/** From the roof to the ground; rooms of one floor may use each other. */
const FLOORS = [
	['.'],
	['resources', 'methods'],
	['catalogue'],
	['batch'],
	['values', 'purchase', 'wait', 'output'],
	['api'],
	['errors'],
	['timing'],
];

/** A newcomer still reads this in one go. A budget and no wall: a longer file is listed below, with its reason. */
const LINES_BUDGET = 300;

const LONGER_FOR_A_REASON: Record<string, string> = {
	'purchase/journal.ts': 'the ledger: every way in and out of it stands side by side, with its entries and keys',
};

const files = readdirSync(HOUSE, { recursive: true, encoding: 'utf8' })
	.filter((name) => name.endsWith('.ts'))
	.map((name) => name.split(sep).join('/'))
	.sort();

const sourceOf = (file: string): string => readFileSync(join(HOUSE, file), 'utf8');

/** The files of the house that a file imports, types included, lazily or not. */
function importsOf(file: string): string[] {
	const found = sourceOf(file).matchAll(/(?:from|import\()\s*'(\.[^']*)'/g);
	return [...found].flatMap(([, specifier]) => {
		const path = posix.join(posix.dirname(file), specifier);
		return files.filter((other) => other === `${path}.ts` || other === `${path}/index.ts`);
	});
}

const floorOf = (file: string): number => {
	const [room] = file.includes('/') ? file.split('/') : ['.'];
	return FLOORS.findIndex((rooms) => rooms.includes(room));
};

describe('the floors', () => {
	test('every room has one', () => expect(files.filter((file) => floorOf(file) < 0)).toEqual([]));

	test('no file uses anything above itself', () => {
		const upward = files.flatMap((file) =>
			importsOf(file)
				.filter((other) => floorOf(other) < floorOf(file))
				.map((other) => `${file} imports ${other}`),
		);
		expect(upward).toEqual([]);
	});

	test('no file needs itself, by whatever way', () => {
		const eager = (file: string) => {
			const lazy = [...sourceOf(file).matchAll(/import\(\s*'(\.[^']*)'/g)].map(([, specifier]) => specifier);
			return importsOf(file).filter((other) => !lazy.some((name) => other.includes(name.replace('./', ''))));
		};
		const circles: string[][] = [];
		const done = new Set<string>();
		const walk = (file: string, way: string[]) => {
			if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file]);
			if (way.includes(file) || done.has(file)) return;
			for (const other of eager(file)) walk(other, [...way, file]);
			done.add(file);
		};
		for (const file of files) walk(file, []);
		expect(circles).toEqual([]);
	});
});

test('the map in CONTRIBUTING.md shows every room, every file that resources share, and nothing else', () => {
	const [, map] =
		/## The house on one page\n\n```\n(.*?)```/s.exec(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')) ?? [];
	const named = new Set(map.match(/(?<![\w>/])\w+(?:\.node)?\.ts\b/g));
	const rooms = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
	const shared = files.filter((file) => /^(?:resources\/)?[^/]+$/.test(file)).map((file) => posix.basename(file));
	expect([...rooms].filter((room) => !map.includes(`${room}/`))).toEqual([]);
	expect(shared.filter((file) => !named.has(file))).toEqual([]);
	expect([...named].filter((name) => !files.some((file) => posix.basename(file) === name))).toEqual([]);
});

test('nothing is exported that no other file uses', () => {
	const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.mts'),
	);
	const others = [...tests.map((name) => join('test', name)), join('credentials', 'RunComfyApi.credentials.ts')];
	const sources = [...files.map(sourceOf), ...others.map((name) => readFileSync(join(ROOT, name), 'utf8'))];
	const filesWith = new Map<string, number>();
	for (const word of sources.flatMap((source) => [...new Set(source.match(/\w+/g))])) {
		filesWith.set(word, (filesWith.get(word) ?? 0) + 1);
	}
	const exported = files.flatMap((file) => [
		...sourceOf(file).matchAll(/^export (?:async )?(?:const|class|function|interface|type) (\w+)/gm),
	]);
	expect(exported.map(([, name]) => name).filter((name) => filesWith.get(name) === 1)).toEqual([]);
});

test('only api/transport.ts speaks HTTP', () => {
	const speaksHttp = (file: string) => /httpRequest|requestWithAuth|\bfetch\(|helpers\.request\b/.test(sourceOf(file));
	expect(files.filter(speaksHttp)).toEqual(['api/transport.ts']);
});

test(`no file has more than ${LINES_BUDGET} lines without a reason`, () => {
	const tooLong = files.filter((file) => sourceOf(file).split('\n').length - 1 > LINES_BUDGET);
	expect(tooLong).toEqual(Object.keys(LONGER_FOR_A_REASON).sort());
});

describe('the registry', () => {
	const operations = resources.flatMap(({ value: resource, operations }) =>
		operations.map(({ value: operation }) => [resource, operation] as const),
	);

	test.each(operations)('%s → %s loads', async (resource, operation) => {
		expect((await loadOperation(resource, operation)).execute).toBeInstanceOf(Function);
	});

	test('what it does not know is named', async () => {
		await expect(loadOperation('weather', 'get')).rejects.toThrow("the resource 'weather'");
		await expect(loadOperation('request', 'paint')).rejects.toThrow("the operation 'paint' of the resource 'request'");
	});
});

/** Whatever a sentence asks for, as a text that shows where it stands. */
const BLANK = '…';
const anything = (requestId: string | undefined) =>
	Object.assign(new String(BLANK), { requestId, status: BLANK, doing: BLANK, join: () => BLANK });

/** What a maker of errors makes; undefined for one of phrases that wants other things than texts. */
function made(maker: unknown, requestId: string | undefined): unknown {
	try {
		return (maker as (...blanks: unknown[]) => unknown)(...Array.from({ length: 8 }, () => anything(requestId)));
	} catch {
		return undefined;
	}
}

const errorFiles = files.filter((file) => file.startsWith('errors/') && file.endsWith('Errors.ts'));

describe.each(errorFiles)('%s', (file) => {
	test('each of its messages stands in docs/errors.md', async () => {
		const makers = (await import(relative(import.meta.dirname, join(HOUSE, file)))) as Record<string, unknown>;
		const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
		const messages = Object.values(makers)
			.filter((maker) => typeof maker === 'function')
			.flatMap((maker) => [made(maker, BLANK), made(maker, undefined)])
			.filter((error) => error instanceof RunComfyError)
			.map(({ message }) => message)
			// Those that need a request are never made without one.
			.filter((message) => !message.includes('undefined'));
		expect(messages.filter((message) => !page.includes(message))).toEqual([]);
	});
});
