/**
 * Every sentence the node says, as a person reads it. Writes them all into `coverage/sentences.md`, to be read aloud once in a
 * while.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { afterAll, describe, expect, test } from '@jest/globals';

import * as hintLines from '../../nodes/RunComfy/errors/hintLines.ts';
import * as logLines from '../../nodes/RunComfy/errors/logLines.ts';
import { somethingBetween } from '../../nodes/RunComfy/errors/accountErrors.ts';
import * as fileRules from '../../nodes/RunComfy/errors/fileRules.ts';
import { invalidInput, type Problem, problemOf, type Rule } from '../../nodes/RunComfy/errors/problem.ts';
import * as valueRules from '../../nodes/RunComfy/errors/valueRules.ts';
import { unreachable } from '../../nodes/RunComfy/errors/requestErrors.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import {
	whyUnknown,
	noSlot,
	submitNotAccepted,
	submitOutcomeUnknown,
} from '../../nodes/RunComfy/errors/submitErrors.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ERRORS = join(ROOT, 'nodes', 'RunComfy', 'errors');
const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');

type Maker = (...blanks: unknown[]) => unknown;
type Examples<M> = { [name in keyof M]: string[] };

const ID = '2c1d4e5f';
/** Reported for all requests, or for one of three. */
const cost = (usd: number, isWhole = true) => ({ usd, reported: isWhole ? 3 : 1, requests: 3 });
const pictures = (image: number) => ({ image, video: 0, audio: 0, file: 0 });

/** An example of every sentence: what is exported and has none is an error of types. */
const HINTS: Examples<typeof hintLines> = {
	PAID_REQUESTS: [hintLines.PAID_REQUESTS],
	PAID_CALLS: [hintLines.PAID_CALLS],
	filesAndCost: [
		hintLines.filesAndCost(pictures(5), cost(0.3)),
		hintLines.filesAndCost(pictures(3), cost(0.06, false)),
		hintLines.filesAndCost({ image: 1, video: 2, audio: 3, file: 1 }, cost(0.004)),
		hintLines.filesAndCost({ image: 0, video: 0, audio: 1, file: 0 }, cost(0)),
		hintLines.filesAndCost(pictures(8), cost(0.06, false), { number: 5, all: 8, time: '22:46', runs: 1 }),
		hintLines.filesAndCost(pictures(20), cost(0.9), { number: 5, all: 20, time: '22:46', runs: 1 }),
		hintLines.filesAndCost(pictures(20), cost(0), { number: 5, all: 20, time: '22:46', runs: 2 }),
		hintLines.filesAndCost(pictures(1), cost(0), { number: 1, all: 1, time: '22:46', runs: 1 }),
		hintLines.filesAndCost(pictures(0), cost(0), { number: 2, all: 2, time: '22:46', runs: 2 }),
	],
	firstShown: [hintLines.firstShown(12)],
	fileLink: [
		hintLines.fileLink('video', 1, { name: 'mug.mp4', size: '3.2 MB' }),
		hintLines.fileLink('audio', 2, { name: 'song.mp3' }),
	],
	previewName: [hintLines.previewName('image', 1), hintLines.previewName('audio', 2)],
	itemsFailed: [
		hintLines.itemsFailed([0, 2, 3], 5, "RunComfy cannot reach 'Image URL'"),
		hintLines.itemsFailed([4], 5, 'RunComfy refused the input: no'),
		hintLines.itemsFailed([0, 0, 0], 1, 'RunComfy refused the input: no'),
	],
	withoutMedia: [hintLines.withoutMedia(1, 'image'), hintLines.withoutMedia(2, 'video')],
	unfinished: [hintLines.unfinished(1), hintLines.unfinished(2)],
	notDownloaded: [hintLines.notDownloaded(1), hintLines.notDownloaded(2)],
	costOfAll: [
		hintLines.costOfAll({ items: 3, good: 2, sumUsd: 0.12, balanceUsd: 5 }),
		hintLines.costOfAll({ items: 2, good: 2, sumUsd: 0.12, balanceUsd: 0.1 }),
		hintLines.costOfAll({ items: 1, good: 1, sumUsd: 0.06, balanceUsd: 0 }),
		hintLines.costOfAll({
			items: 1,
			good: 1,
			whyUnknown: whyUnknown({ words: '$0.42 per second', missing: 'duration' }),
		}),
		hintLines.costOfAll({ items: 1, good: 1, whyUnknown: whyUnknown({ words: '$0.42 per second' }), balanceUsd: 5 }),
		hintLines.costOfAll({ items: 1, good: 1, whyUnknown: whyUnknown({}), balanceUsd: 5 }),
		hintLines.costOfAll({ items: 1, good: 1, whyUnknown: whyUnknown({}), balanceUsd: 0 }),
		hintLines.costOfAll({ items: 3, good: 0, sumUsd: 0, balanceUsd: 5 }),
		hintLines.costOfAll({ items: 1, good: 0, sumUsd: 0, balanceUsd: 5 }),
	],
	downloadProblem: [hintLines.downloadProblem('the server answered with HTTP 404')],
};

const LOG_LINES: Examples<typeof logLines> = {
	acceptedLine: [logLines.acceptedLine(ID, 0)],
	perhapsAcceptedLine: [logLines.perhapsAcceptedLine(ID, 0)],
	filesLeftOut: [logLines.filesLeftOut(ID, 1_000, 20)],
	progressLine: [logLines.progressLine(14, 20, 0, cost(0.84)), logLines.progressLine(3, 20, 0, cost(0.06, false))],
	goesOnAfterStop: [logLines.goesOnAfterStop(ID)],
	notKeptByN8n: [logLines.notKeptByN8n([ID, '7a8b9c0d'])],
	afterStop: [
		logLines.afterStop(ID, 'cancelled'),
		logLines.afterStop(ID, 'not_cancellable'),
		logLines.afterStop(ID, undefined),
	],
	itemFailed: [
		logLines.itemFailed(
			3,
			'It is not known whether RunComfy accepted this image. It may have been charged. Reason: there was no answer in time.',
		),
		logLines.itemFailed(3, 'The RunComfy account has no balance left'),
	],
};

const BLANK = '…';
/** Whatever a sentence asks for, as text that shows where it stands. */
const anything = (requestId: string | undefined) =>
	Object.assign(new String(BLANK), { requestId, status: BLANK, doing: BLANK, join: () => BLANK });

/** What a maker makes; undefined for one of phrases that wants other things than texts. */
function made(maker: Maker, requestId: string | undefined): unknown {
	try {
		return maker(...Array.from({ length: 8 }, () => anything(requestId)));
	} catch {
		return undefined;
	}
}

/** The errors of a file, each once, as message and description. */
async function errorsOf(file: string): Promise<Array<[message: string, description: string]>> {
	const makers = (await import(relative(import.meta.dirname, join(ERRORS, file)))) as Record<string, unknown>;
	const errors = Object.values(makers)
		.filter((maker): maker is Maker => typeof maker === 'function')
		.flatMap((maker) => [BLANK, undefined].map((requestId) => made(maker, requestId)))
		.filter((error) => error instanceof RunComfyError)
		.map(({ message, description }): [string, string] => [message, String(description)])
		// Those that need a request are never made without one.
		.filter((words) => !words.join().includes('undefined'));
	return [...new Map(errors)];
}

const errorFiles = readdirSync(ERRORS).filter((name) => name.endsWith('Errors.ts'));
const tables: string[] = [];
const table = (title: string, head: string[], rows: string[][]) => {
	const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	tables.push([`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n'));
};

const flat = (examples: Record<string, string[]>) => Object.values(examples).flat();

/** What makes a sentence hard to read, wherever it stands. */
function expectReadable(text: string): void {
	expect(text).not.toMatch(/ {2}|\.\.(?!\.)|\.,|: *\.|\bundefined\b|\bnull\b|\[object|^ | $/);
	// n8n writes itself so, at the beginning of a sentence too.
	expect(text).toMatch(/^(['A-Z0-9$…]|n8n )/);
}

describe.each([
	['In the output pane', HINTS],
	["In n8n's log", LOG_LINES],
])('%s', (title, examples) => {
	table(
		title,
		['sentence'],
		flat(examples).map((text) => [text]),
	);
	test.each(flat(examples))('"%s" is readable', (text) => expectReadable(text));
	test.each(flat(examples))('"%s" stands in docs/errors.md', (text) => expect(page).toContain(text));
});

describe.each(errorFiles)('%s', (file) => {
	test('each error is readable, and its text does not repeat its title', async () => {
		const errors = await errorsOf(file);
		expect(errors.length).toBeGreaterThan(0);
		table(file, ['message', 'description'], errors);
		for (const [message, description] of errors) {
			expectReadable(message);
			expect(message).not.toMatch(/\.$/);
			expect(page).toContain(`| ${message} |`);
			if (description === '') continue;
			expectReadable(description);
			expect(description).toMatch(/[.!?…]$/);
			// A sentence begins after a full stop and nowhere else.
			expect(description).not.toMatch(/[a-z0-9)] (RunComfy said|The request goes on|Nothing was|Try |Check )/);
			for (const sentence of description.split(/(?<=\.) /)) expect(`${message}.`).not.toBe(sentence);
		}
	});
});

const { ADDRESS_FAULT } = valueRules;
const PAGE = valueRules.unreachableAddress(ADDRESS_FAULT.page('GitHub'), '');
const LEFTOVERS = ['expression', 'trace', 'encoding'].map((kind) => ({ kind, found: BLANK }) as valueRules.Leftover);

/** An example of every rule that a value can break. */
const RULES: Array<Rule | Problem> = [
	...[1, 2].flatMap((many) => [
		valueRules.tooShort(many, many),
		valueRules.tooLong(many, many),
		valueRules.tooFewEntries(many, many),
		valueRules.tooManyEntries(many, many),
		valueRules.unknownInputs(Array<string>(many).fill(BLANK), Array<string>(many - 1).fill(BLANK), 'this model'),
	]),
	...LEFTOVERS.map(valueRules.containsLeftover),
	valueRules.isRequired(),
	valueRules.mustBeText([]),
	valueRules.isInvisible(),
	valueRules.mustBeColor('red'),
	valueRules.mustBeNumber(true, { minimum: 0, maximum: 9 }, 'x'),
	valueRules.mustBeNumber(false, { exclusiveMinimum: 0 }, 'x'),
	valueRules.mustBeNumber(false, {}, {}),
	valueRules.mustBeSwitch(1),
	valueRules.mustBeOneOf([BLANK], 'x'),
	valueRules.mustBeOneOf([BLANK, 2], 'x'),
	valueRules.notJson({ line: 1, column: 2, before: '{', after: '' }),
	valueRules.notJson({ line: 1, column: 2, before: '{', after: ']' }),
	valueRules.mustBeObject(),
	valueRules.mustBeList(true),
	valueRules.mustBeList(false),
	valueRules.mustBeJson(),
	valueRules.mustBeAnyOf(['text'], 1),
	valueRules.mustBeInputs([]),
	valueRules.givesNoLimit(),
	valueRules.isUnsendable(),
	valueRules.containsUnsendable('constructor'),
	valueRules.mustBeAddresses(7),
	valueRules.mustBeAddresses([{ url: 'a' }]),
	valueRules.takesOneAddress(['a', 'b']),
	valueRules.isGivenTwice(BLANK, BLANK),
	valueRules.cannotBeCombined(BLANK),
	valueRules.cannotBeEmpty(),
	valueRules.promptNotTaken([]),
	fileRules.fileMissing(BLANK, []),
	fileRules.fileMissing(BLANK, ['a']),
	fileRules.notAFile([]),
	fileRules.fileUnreadable(BLANK, 'gone.'),
	fileRules.fileEmpty(BLANK),
	fileRules.fileIncomplete(BLANK),
	...(['image', 'video', 'audio', 'file'] as const).map((kind) => fileRules.fileOfWrongKind(BLANK, kind, 'a web page')),
	fileRules.fileTooLarge(BLANK, 11_000_000, { media: 'image', maxBytes: 1_000_000 }),
	fileRules.tooManyFiles(2),
	fileRules.takesNoFile([]),
	fileRules.takesNoFile(['a']),
	fileRules.fileWithoutInput(),
	fileRules.bodyTooLarge(BLANK, 70_000_000, 64_000_000),
	...[
		...Object.values(ADDRESS_FAULT).filter((one) => typeof one !== 'function'),
		ADDRESS_FAULT.notText({ url: 'a' }),
		ADDRESS_FAULT.page('GitHub'),
		...LEFTOVERS.map(ADDRESS_FAULT.leftover),
	].map((one) => valueRules.unreachableAddress(one, 'Use a file.')),
];

describe('the rules that a value can break', () => {
	const problems = RULES.map((one) => ('message' in one ? one : problemOf('a', BLANK, one)));
	table(
		'rules',
		['message', 'advice'],
		problems.map(({ message, advice }) => [message, advice]),
	);
	/** A sentence as the page has it: what differs is three dots. */
	const shape = (text: string) =>
		text
			.replace(/(?<![a-z])\d[\d.]*/g, BLANK)
			.replace(/…(, ('?)…)+\2/g, BLANK)
			.replace(/'…'(, '…')+/g, "'…'")
			.replace(/characters?/g, 'characters')
			.replace(/entry but|entries but/g, 'entries but')
			.replace(
				/(object, like) \{"name".*|(not an input of this model|not inputs of this model|of these types: ).*/,
				'$1$2',
			);
	const rows = page.split('\n').map(shape);

	test.each(problems)('$message', ({ message, advice }) => {
		expectReadable(message);
		expect(message).not.toMatch(/\.$/);
		if (advice !== '') {
			expectReadable(advice);
			expect(advice).toMatch(/[.!?…]$/);
		}
		const reason = /: (it .*)$/.exec(message)?.[1];
		const start = `| ${shape(reason ?? message).replace('page of GitHub', `page of ${BLANK}`)}`;
		expect(rows.filter((row) => row.startsWith(start))).not.toEqual([]);
	});
});

describe("somebody else's words end as they like", () => {
	test.each([
		unreachable({ doing: 'read the balance' }, 'HTTP 503, Come back later.', {}),
		submitNotAccepted('image', 'HTTP 503, Come back later.', 1, {}),
		submitOutcomeUnknown('image', 'HTTP 502, Bad gateway.', {}),
		somethingBetween(403, 'Blocked', {}),
		invalidInput([problemOf('image', 'Image', valueRules.isRequired()), problemOf('page', 'Page', PAGE)], 'Checked.'),
		invalidInput([problemOf('page', 'Page', PAGE), problemOf('image', 'Image', valueRules.isRequired())]),
	])('$description', ({ description }) => {
		expectReadable(String(description));
		expect(description).not.toMatch(/Blocked RunComfy/);
	});

	test('one second is one', () => {
		expect(noSlot('image', 1).message).toMatch(/for 1 second$/);
		expect(noSlot('image', 2).message).toMatch(/for 2 seconds$/);
	});
});

afterAll(() => {
	const folder = join(ROOT, 'coverage');
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'sentences.md'), `# Every sentence of the node\n\n${tables.join('\n')}`);
});
