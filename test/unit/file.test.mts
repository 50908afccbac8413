import { describe, expect, test } from '@jest/globals';

import {
	asDataUri,
	dataUriBytes,
	isDataUri,
	limitsOf,
	readDataUri,
	readFile,
} from '../../nodes/RunComfy/values/file.ts';
import { accepted } from '../../nodes/RunComfy/errors/fileRules.ts';
import { TINY_MP3, TINY_MP4, TINY_PNG, TINY_WAV } from '../emulator/tinyFiles.mts';
import { fakeContext } from './fakeContext.mts';
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

/** The type under which a file is sent, or what is said of it. */
async function outcome(of: SchemaInput, bytes: Buffer, mimeType: string): Promise<string> {
	const context = fakeContext({ files: { data: bytes } });
	const known = context.helpers.assertBinaryData(0, 'data');
	const read = await readFile(context, 0, { ...known, mimeType }, limitsOf(of));
	return 'broken' in read ? read.broken.about("'it'") : read.facts.type;
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
		['a rare file out of a store', video, RARE, 'application/octet-stream', NO_VIDEO],
		['a picture for a video', video, TINY_PNG.bytes, 'video/mp4', NO_VIDEO],
		['a login page called MP4', video, PAGE, 'video/mp4', NO_VIDEO],
		['JSON called MP4', video, JSON_TEXT, 'video/mp4', NO_VIDEO],
		['a PDF called MP4', video, PDF, 'video/mp4', NO_VIDEO],
		['a ZIP called MP4', video, ZIP, 'video/mp4', NO_VIDEO],
		['a sound', audio, TINY_MP3.bytes, 'audio/mpeg', 'audio/mpeg'],
		['a sound called a video', audio, TINY_WAV.bytes, 'video/mp4', 'audio/wav'],
		['a sound in a container of films', audio, TINY_MP4.bytes, 'audio/mp4', 'audio/mp4'],
		['the same out of a store', audio, TINY_MP4.bytes, 'application/octet-stream', 'audio/mp4'],
		['a video for a sound', audio, TINY_MP4.bytes, 'video/mp4', NO_AUDIO],
		['any file', file, RARE, 'application/x-weights', 'application/x-weights'],
		[
			'a login page in place of any file',
			file,
			PAGE,
			'application/x-weights',
			"The file in 'Input Data Field Name' is not a file",
		],
	])('%s', async (_what, of, bytes, mimeType, said) => expect(await outcome(of, bytes, mimeType)).toBe(said));

	test('where nothing is known of the input, any file is sent as what it is', async () => {
		const context = fakeContext({ files: { data: PDF } });
		expect(await readFile(context, 0, 'data')).toMatchObject({
			facts: { type: 'application/octet-stream', bytes: PDF.length },
		});
	});

	test('an input without media takes no file', () =>
		expect(limitsOf(input('seed', { type: 'integer' }))).toBeUndefined());
});

test('what is accepted is said with the limit', () => {
	expect(accepted('image', 6 * MB)).toMatch(/^JPEG, PNG and WebP images of at most 6 MB are accepted\. .*Edit Image/);
	expect(accepted('video', 2_999_999)).toMatch(/^Videos of at most 2\.8 MB are accepted\. .*public URL/);
});

test('data URIs: their length is known, and their content decides', () => {
	for (const bytes of [0, 1, 2, 3, 1000]) {
		const facts = { type: 'image/png', bytes };
		expect(asDataUri({ bytes: Buffer.alloc(bytes), facts })).toHaveLength(dataUriBytes(facts));
	}
	for (const text of ['data:,abc', 'data:text/plain;charset=utf-8,abc']) expect(isDataUri(text)).toBe(true);
	for (const text of ['https://example.com/a.png', 'data:', 'datax:image/png,', ''])
		expect(isDataUri(text)).toBe(false);
	const limits = limitsOf(image)!;
	const mislabelled = `data:image/jpeg;base64,${TINY_PNG.bytes.toString('base64')}`;
	expect(readDataUri(mislabelled, limits)).toEqual({ value: mislabelled.replace('jpeg', 'png') });
	expect(readDataUri('data:image/svg+xml,<svg/>', limits)).toHaveProperty('broken');
	expect(readDataUri(`data:image/png;base64,${'A'.repeat(9 * MB)}`, limits)).toHaveProperty('broken');
});
