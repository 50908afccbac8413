import { describe, expect, test } from '@jest/globals';
import type { IBinaryData, IDataObject, IExecuteFunctions } from 'n8n-workflow';

import {
	asDataUri,
	dataUriBytes,
	limitsOf,
	nameOfFile,
	readDataUri,
	readFile,
} from '../../nodes/RunComfy/values/inputFile.ts';
import { type FileLimits, fileTooLarge } from '../../nodes/RunComfy/errors/fileRules.ts';
import { TINY_MP3, TINY_MP4, TINY_PNG, TINY_WAV } from '../emulator/sampleFiles.mts';
import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
import type { SchemaInput } from '../../nodes/RunComfy/values/schema.ts';
import { forms } from './schemas/forms.mts';

const MB = 1024 * 1024;
const input = (name: string, property: unknown) =>
	readModelSchema({ properties: { [name]: property } })!.inputs.get(name)!;
const image = input('image', { type: 'string' });
const video = input('video', { type: 'string' });
const audio = input('audio', { type: 'string' });
const file = input('weights', { type: 'string', format: 'file_uri' });
const ruled = (value: unknown) =>
	input('video', { type: 'string', validations: [{ validation_rule: 'file_size_mb<', validation_value: value }] });

describe('size', () => {
	test.each([
		['an image', image, 6 * MB],
		['a video', video, 32 * MB],
		['a sound', audio, 16 * MB],
		['any file', file, 32 * MB],
		['a rule of the schema, in decimal megabytes and less than', ruled(16), 15_999_999],
		['a rule above the limit of the house', ruled(100), 32 * MB],
		['a rule that is none', ruled('16'), 32 * MB],
		['a rule of nothing', ruled(0), 32 * MB],
		['a list', readModelSchema(forms.references)!.inputs.get('image_urls')!, 2_999_999],
	])('%s', (_what, of, limit) => {
		expect(limitsOf(of)?.maxBytes).toBe(limit);
	});
});

const PDF = Buffer.from('%PDF-1.7\n%\u00e2\u00e3');
const PAGE = Buffer.from('<!doctype html><html><body>Please sign in</body></html>');
const JSON_TEXT = Buffer.from('{"error": "expired"}');
const HEIC = Buffer.concat([Buffer.from('0000001c', 'hex'), Buffer.from('ftypheic'), Buffer.alloc(40)]);
const ZIP = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(40)]);
/** Of a kind that is not known by its content. */
const RARE = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');

/** A file in n8n's store, with what n8n knows of it. */
const stored = (id: string, { length: bytes }: Buffer): IBinaryData => ({
	mimeType: 'application/octet-stream',
	data: 'filesystem-v2',
	id,
	bytes,
});

/** A file that travels in the item. */
const inItem = (bytes: Buffer): IBinaryData => ({
	mimeType: 'application/octet-stream',
	data: bytes.toString('base64'),
});

interface Item {
	json?: IDataObject;
	/** Content of the store, by id. Undefined: it cannot be read. */
	store?: Record<string, Buffer | undefined>;
	/** Sizes that the store tells, by id. */
	sizes?: Record<string, number>;
}

/** n8n's context of one item with these files. `reads`: how often one was read. */
function item(binary?: Record<string, IBinaryData>, { json = {}, store = {}, sizes = {} }: Item = {}) {
	const helpers = {
		assertBinaryData: (_itemIndex: number, path: string) => {
			const found = path.split('.').reduce<unknown>((at, name) => (at as IDataObject)?.[name], { ...json, ...binary });
			if (found === undefined) throw new Error(`No file in '${path}'`);
			return found;
		},
		getBinaryMetadata: async (id: string) => {
			if (!(id in sizes)) throw new Error(`The store does not tell the size of '${id}'`);
			return { fileSize: sizes[id] };
		},
		// Older versions of n8n take what has no `data` for no file.
		getBinaryDataBuffer: async (_itemIndex: number, { id, data }: Partial<IBinaryData>) => {
			context.reads += 1;
			if (data === undefined) throw new Error('Not a file');
			if (id === undefined || id === '') return Buffer.from(data, 'base64');
			const content = store[id];
			if (content === undefined) throw new Error('The file is gone from the store');
			return content;
		},
	};
	const context = { getInputData: () => [{ json, binary }], helpers, reads: 0 };
	return context as unknown as IExecuteFunctions & { reads: number };
}

const PNG = TINY_PNG.bytes;
const DIGEST = /^[\w-]{43}$/;

describe('where a file is found', () => {
	const store = { photo: PNG };
	const photo = stored('photo', PNG);

	test.each<[what: string, given: unknown]>([
		['by the name of its field', 'photo'],
		['by a name with blanks around it', ' photo\n'],
		['as n8n gives it to an expression', photo],
		['as older versions give it to an expression, without `data`', { mimeType: 'image/png', id: 'photo' }],
		['as an expression gives one that travels in the item', inItem(PNG)],
	])('%s', async (_what, given) => {
		expect(await readFile(item({ photo }, { store }), 0, given, limitsOf(image))).toStrictEqual({
			bytes: PNG,
			facts: { type: 'image/png', bytes: PNG.length },
			digest: expect.stringMatching(DIGEST),
		});
	});

	test.each([undefined, null, '', ' '])('without a name (%j) in the usual field', async (given) => {
		expect(await readFile(item({ data: photo }, { store }), 0, given)).toHaveProperty('facts');
	});

	test('in a field whose name is a number', async () => {
		expect(await readFile(item({ 7: photo }, { store }), 0, 7)).toHaveProperty('facts');
	});

	test('in the JSON, where files travel in it, behind text of the same name', async () => {
		const context = item(undefined, { json: { photo: 'shoe.png', _files: { photo: { ...photo } } as never }, store });
		expect(await readFile(context, 0, 'photo')).toHaveProperty('facts');
	});

	test('with its name, which no other field has', async () => {
		const context = item({ photo: { ...photo, fileName: 'shoe.png' } }, { store });
		expect(await readFile(context, 0, 'photo')).toHaveProperty('facts.name', 'shoe.png');
		expect(nameOfFile(context, 0, 'photo')).toBe('shoe.png');
		expect(nameOfFile(context, 0, 'data')).toBeUndefined();
	});

	test('the same content has the same digest, another content another one', async () => {
		const others = { a: PNG, b: Buffer.from(PNG), c: PDF };
		const files = Object.fromEntries(Object.entries(others).map(([id, bytes]) => [id, stored(id, bytes)]));
		const read = async (field: string) => await readFile(item(files, { store: others }), 0, field);
		const [a, b, c] = (await Promise.all(['a', 'b', 'c'].map(read))) as Array<{ digest: string }>;
		expect(b.digest).toBe(a.digest);
		expect(c.digest).not.toBe(a.digest);
	});

	test.each<[what: string, given: unknown]>([
		['a list', ['photo']],
		['a switch', true],
		['what is no file', { name: 'photo' }],
		['a type alone', { mimeType: 'image/png' }],
		['content without a type', { data: PNG.toString('base64') }],
		['the same with an id', { data: 'filesystem-v2', id: 'photo', mimeType: null }],
	])('not as %s', async (_what, given) => {
		expect(await said(item({ photo }, { store }), given)).toMatch(
			/^'it' must be the name of a field, or a file \| .*Enter the name of the field that holds the file/,
		);
		expect(nameOfFile(item({ photo }, { store }), 0, given)).toBeUndefined();
	});

	test('where there is none, the fields with files are named', async () => {
		const NONE = "The input item has no file in the field 'data' | ";
		const EMPTY = `${NONE}The item has no files at all. Add a node before this one that reads or downloads the file.`;
		const json = { title: 'Shoe', _files: { front: {}, back: {} } };
		expect(await said(item({ photo, film: photo }), 'data')).toBe(
			`${NONE}The item has files in these fields: photo, film.`,
		);
		expect(await said(item(undefined, { json }), 'data')).toBe(
			`${NONE}The item has files in these fields: front, back.`,
		);
		expect(await said(item(undefined, { json: { _files: 'none' } }), 'data')).toBe(EMPTY);
		expect(await said(item(), 'data')).toBe(EMPTY);
		expect('broken' in (await readFile(item(), 1, 'data'))).toBe(true);
	});

	test.each<[what: string, found: object]>([
		['a type alone', { mimeType: 'image/png' }],
		['content without a type', { data: 'iVBORw0KGgo=' }],
	])('%s in a field is no file', async (_what, found) => {
		expect(await said(item({ photo: found as IBinaryData }), 'photo')).toMatch(/^The input item has no file in/);
	});
});

/** What is said of a file that may not be sent, and what to do about it. */
async function said(context: IExecuteFunctions, given: unknown, limits?: FileLimits): Promise<string> {
	const read = await readFile(context, 0, given, limits);
	return 'broken' in read ? `${read.broken.messageFor("'it'")} | ${read.broken.advice}` : 'nothing';
}

describe('what cannot be read, is empty or too large', () => {
	const film = Buffer.concat([TINY_MP4.bytes, Buffer.alloc(100)]);
	const { length } = film;
	const limits = { media: 'video', maxBytes: length } as const;
	const less = { media: 'video', maxBytes: length - 1 } as const;
	const TOO_LARGE = /^The file in 'film' is too large: a little over 0 MB \| The limit is /;

	test('a file that is gone from the store: what n8n says', async () => {
		expect(await said(item({ film: stored('film', film) }), 'film', limits)).toBe(
			"The file in 'film' could not be read | n8n said: The file is gone from the store.",
		);
	});

	test.each<[what: string, given: unknown, place: string]>([
		['in the store', 'film', 'film'],
		['in the item', inItem(Buffer.alloc(0)), 'Input Data Field Name'],
		['an id of nothing', { mimeType: 'image/png', id: '' }, 'Input Data Field Name'],
	])('an empty file: %s', async (_what, given, place) => {
		const empty = Buffer.alloc(0);
		const context = item({ film: stored('film', empty) }, { store: { film: empty } });
		const words = `The file in '${place}' is empty | Check the node that reads or downloads it.`;
		for (const limit of [limits, undefined]) expect(await said(context, given, limit)).toBe(words);
	});

	const { bytes: _bytes, ...ofUnknownSize } = stored('film', film);
	test.each<[what: string, file: IBinaryData, sizes: Record<string, number>]>([
		['n8n wrote it beside the file', stored('film', film), {}],
		['the store tells it', ofUnknownSize, { film: length }],
		['the file travels in the item', inItem(film), {}],
		['the file travels in the item, with an id of nothing', { ...inItem(film), id: '' }, {}],
	])('a file whose size is known is refused unread: %s', async (_what, file, sizes) => {
		const context = item({ film: file }, { store: { film }, sizes });
		expect(await said(context, 'film', less)).toMatch(TOO_LARGE);
		expect(context.reads).toBe(0);
		expect(await said(context, 'film', limits)).toBe('nothing');
		expect(context.reads).toBe(1);
	});

	test('a file whose size nobody tells is read, and refused then', async () => {
		const context = item({ film: ofUnknownSize }, { store: { film } });
		expect(await said(context, 'film', limits)).toBe('nothing');
		expect(await said(context, 'film', less)).toMatch(TOO_LARGE);
		expect(context.reads).toBe(2);
	});

	test('a file that has grown in the store is refused', async () => {
		const context = item({ film: stored('film', film) }, { store: { film: Buffer.concat([film, film]) } });
		expect(await said(context, 'film', limits)).toMatch(TOO_LARGE);
	});

	test.each([10, 11, 12])('%i bytes of base64 are as many as they are', async (count) => {
		const context = item({ any: inItem(Buffer.alloc(count)) });
		expect(await said(context, 'any', { media: 'file', maxBytes: count })).toBe('nothing');
		expect(await said(context, 'any', { media: 'file', maxBytes: count - 1 })).toMatch(/ is too large: /);
		expect(context.reads).toBe(1);
	});
});

/** The type under which a file is sent, or what is said of it. */
async function outcome(of: SchemaInput, bytes: Buffer, mimeType: string): Promise<string> {
	const context = item({}, { store: { data: bytes } });
	const read = await readFile(context, 0, { ...stored('data', bytes), mimeType }, limitsOf(of));
	return 'broken' in read ? read.broken.messageFor("'it'") : read.facts.type;
}

const CHECK = 'Check the node that reads or downloads it.';

/** What is said about a file that is no image, beside that it is none. */
async function adviceOn(bytes: Buffer): Promise<string> {
	const read = await readFile(item({}), 0, { ...inItem(bytes), mimeType: 'image/png' }, limitsOf(image));
	return 'broken' in read ? read.broken.advice : 'nothing';
}

describe('the content decides, whatever the file is called', () => {
	const NO_IMAGE = "The file in 'Input Data Field Name' is not a JPEG, PNG or WebP image";
	const NO_VIDEO = "The file in 'Input Data Field Name' is not a video";
	const NO_AUDIO = "The file in 'Input Data Field Name' is not an audio file";
	test.each<[what: string, of: SchemaInput, bytes: Buffer, mimeType: string, outcome: string]>([
		['a PNG', image, TINY_PNG.bytes, 'image/png', 'image/png'],
		['a PNG called JPEG', image, TINY_PNG.bytes, 'image/jpeg', 'image/png'],
		['a PNG out of a store', image, TINY_PNG.bytes, 'binary/octet-stream', 'image/png'],
		['a PNG without a type', image, TINY_PNG.bytes, '', 'image/png'],
		[
			'half a PNG',
			image,
			TINY_PNG.bytes.subarray(0, -4),
			'image/png',
			"The file in 'Input Data Field Name' is incomplete: its end is missing",
		],
		['a login page called JPEG', image, PAGE, 'image/jpeg', NO_IMAGE],
		['JSON called PNG', image, JSON_TEXT, 'image/png', NO_IMAGE],
		['a PDF called PNG', image, PDF, 'image/png', NO_IMAGE],
		['HEIC called JPEG', image, HEIC, 'image/jpeg', NO_IMAGE],
		['HEIC', image, HEIC, 'image/heic', NO_IMAGE],
		['a video for an image', image, TINY_MP4.bytes, 'image/png', NO_IMAGE],
		['a video', video, TINY_MP4.bytes, 'video/mp4', 'video/mp4'],
		['a video out of a store', video, TINY_MP4.bytes, 'application/octet-stream', 'video/mp4'],
		['a rare video', video, RARE, 'video/x-ms-wmv', 'video/x-ms-wmv'],
		['a rare video in capitals, with a parameter', video, RARE, 'Video/X-MS-WMV ; charset=binary', 'video/x-ms-wmv'],
		['a video without a zero in its head', video, Buffer.from('RIFF    AVI LIST'), 'video/avi', 'video/x-msvideo'],
		['a rare file out of a store', video, RARE, 'application/octet-stream', NO_VIDEO],
		['a picture for a video, out of a store', video, TINY_PNG.bytes, 'application/octet-stream', NO_VIDEO],
		['a picture for a video', video, TINY_PNG.bytes, 'video/mp4', NO_VIDEO],
		['a login page called MP4', video, PAGE, 'video/mp4', NO_VIDEO],
		['JSON called MP4', video, JSON_TEXT, 'video/mp4', NO_VIDEO],
		['a PDF called MP4', video, PDF, 'video/mp4', NO_VIDEO],
		['a ZIP called MP4', video, ZIP, 'video/mp4', NO_VIDEO],
		['a sound', audio, TINY_MP3.bytes, 'audio/mpeg', 'audio/mpeg'],
		['a sound called a video', audio, TINY_WAV.bytes, 'video/mp4', 'audio/wav'],
		['a sound in a container of films', audio, TINY_MP4.bytes, 'audio/mp4', 'audio/mp4'],
		['the same out of a store', audio, TINY_MP4.bytes, 'application/octet-stream', 'audio/mp4'],
		['the same of a type of its own', audio, TINY_MP4.bytes, 'x-video/mp4', 'audio/mp4'],
		['a video for a sound', audio, TINY_MP4.bytes, 'video/mp4', NO_AUDIO],
		['any file', file, RARE, 'application/x-weights', 'application/x-weights'],
		['any file without a type', file, RARE, '', 'application/octet-stream'],
		['any file that shows what it is', file, TINY_PNG.bytes, 'application/x-weights', 'image/png'],
		[
			'a login page in place of any file',
			file,
			PAGE,
			'application/x-weights',
			"The file in 'Input Data Field Name' is not a file",
		],
	])('%s', async (_what, of, bytes, mimeType, said) => expect(await outcome(of, bytes, mimeType)).toBe(said));

	test.each([
		['what it shows', TINY_PNG.bytes, 'text/plain', 'image/png'],
		['what it is called', PDF, 'application/pdf', 'application/pdf'],
		['bytes', PDF, '', 'application/octet-stream'],
	])('where nothing is known of the input, any file is sent as %s', async (_what, bytes, mimeType, type) => {
		const context = item({ data: { ...inItem(bytes), mimeType } });
		expect(await readFile(context, 0, 'data')).toMatchObject({ facts: { type, bytes: bytes.length } });
	});

	test.each([
		['a login page', `It is a web page, whatever its name says. ${CHECK}`, PAGE],
		['a PDF', `It is a PDF, whatever its name says. ${CHECK}`, PDF],
		['a ZIP', `It is a ZIP archive, or a document of an office suite, whatever its name says. ${CHECK}`, ZIP],
		['a video', `It is video/mp4, whatever its name says. ${CHECK}`, TINY_MP4.bytes],
		['HEIC', 'It is image/heic, whatever its name says. Export it as JPEG (on an iPhone: Settings', HEIC],
		[
			'GIF',
			"It is image/gif, whatever its name says. Turn it into JPEG with n8n's Edit Image node",
			Buffer.from('GIF89a'),
		],
		[
			'AVIF',
			'It is image/avif, whatever its name says. Convert it to JPEG, PNG or WebP.',
			Buffer.concat([Buffer.from([0, 0, 0, 28]), Buffer.from('ftypavif'), Buffer.alloc(40)]),
		],
		['an object', 'It is JSON, whatever', JSON_TEXT],
		[
			'a list on a line of its own',
			'It is JSON, whatever',
			Buffer.from('\r\n [{"url": "https://example.com/shoe.png"}]'),
		],
		['a message', 'It is text, whatever', Buffer.from('See {details}')],
		['a table', 'It is text, whatever', Buffer.from('name\tprice\r\nshoe\t9\r\n')],
		['what a terminal shows in color', 'It is text, whatever', Buffer.from('\x1b[31mnot found\x1b[0m')],
	])('%s for an image: %s', async (_what, said, bytes) => {
		expect((await adviceOn(bytes)).startsWith(said)).toBe(true);
	});

	test.each([0, 8, 14, 26])('a file with a byte %i in its head is not said to be anything', async (byte) => {
		expect(await adviceOn(Buffer.from([0x61, byte, 0x62]))).toBe(`The content counts, not the file name. ${CHECK}`);
	});

	test('an input without media takes no file', () =>
		expect(limitsOf(input('seed', { type: 'integer' }))).toBeUndefined());
});

test.each([
	['image', 6 * MB, /^The limit is 6 MB\. Make the image smaller with n8n's Edit Image node/],
	['video', 2_999_999, /^The limit is 2\.8 MB\. Put the file at a public URL/],
] as const)('%s of more than %i bytes: the limit and a way out', (kind, maxBytes, words) => {
	expect(fileTooLarge('data', maxBytes + 1, { media: kind, maxBytes }).advice).toMatch(words);
});

test("a file's length as a data URI is known beforehand", () => {
	for (const bytes of [0, 1, 2, 3, 1000]) {
		const facts = { type: 'image/png', bytes };
		expect(asDataUri({ bytes: Buffer.alloc(bytes), facts })).toHaveLength(dataUriBytes(facts));
	}
});

describe('a data URI', () => {
	const base64 = PNG.toString('base64');
	const ofImage = limitsOf(image)!;
	const read = (text: string, limits = ofImage) => {
		const outcome = readDataUri(text, limits);
		return outcome !== undefined && 'broken' in outcome ? outcome.broken.messageFor("'Image'") : outcome?.value;
	};

	test.each([
		['as it was given', `data:image/png;base64,${base64}`, 'image/png;base64'],
		['with its parameters', `data:image/png;name=shoe.png;BASE64,${base64}`, 'image/png;name=shoe.png;BASE64'],
		['with the type that its content shows', `data:image/jpeg;base64,${base64}`, 'image/png;base64'],
		['with a type where it has none', `data:;base64,${base64}`, 'image/png;base64'],
	])('is sent %s', (_what, text, head) => expect(read(text)).toBe(`data:${head},${base64}`));

	test('is sent as it was given, in capitals too', () => {
		const text = `DATA:image/png;base64,${base64}`;
		expect(read(text)).toBe(text);
	});

	test.each([
		['half a PNG', `data:image/png;base64,${base64.slice(0, -8)}`, 'is incomplete: its end is missing'],
		['a drawing', 'data:image/svg+xml,<svg/>', 'is not a JPEG, PNG or WebP image'],
		['base64 that is not said to be', `data:image/png,${base64}`, 'is not a JPEG, PNG or WebP image'],
		['base64 that is said to be amid', `data:image/png;base64;x=1,${base64}`, 'is not a JPEG, PNG or WebP image'],
		['nothing', 'data:image/png;base64,', 'is empty'],
		['9 MB', `data:image/png;base64,${'A'.repeat(12 * MB)}`, 'is too large: 9.0 MB'],
	])('of %s is refused', (_what, text, words) => expect(read(text)).toBe(`The file in 'Image' ${words}`));

	test.each([
		['data:text/plain;base64,aGVsbG8=', 5],
		['data:text/plain,hello', 5],
		['data:text/plain,h%C3%A4', 7],
		['data:,hällo', 6],
	])('%s has %i bytes', (text, bytes) => {
		expect(read(text, { media: 'file', maxBytes: bytes })).toMatch(/^data:/);
		expect(read(text, { media: 'file', maxBytes: bytes - 1 })).toMatch(/ is too large: /);
	});

	test.each(['https://example.com/a.png', 'see data:text/plain,abc', 'data:', 'datax:image/png,', ''])(
		'is not what %j is',
		(text) => expect(readDataUri(text, ofImage)).toBeUndefined(),
	);
});
