import { describe, expect, test } from '@jest/globals';

import {
	dataUriBytes,
	fileInDataUri,
	maxFileBytes,
	tooLarge,
	wrongKind,
} from '../../nodes/RunComfy/values/fileRules.ts';
import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
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
		expect(maxFileBytes(of)).toBe(limit);
		expect(tooLarge(of, limit)).toBeUndefined();
		expect(tooLarge(of, limit + 1)).toBe(limit);
	});
});

describe('kind', () => {
	test.each([
		[image, 'image/png', false],
		[image, 'IMAGE/JPEG; q=1', false],
		[image, 'video/mp4', true],
		[image, 'text/html', true],
		[image, 'application/pdf', true],
		[image, 'application/octet-stream', false],
		[image, '', false],
		[video, 'application/mp4', false],
		[audio, 'application/ogg', false],
		[image, 'application/ogg', true],
		[file, 'text/html', false],
		[input('seed', { type: 'integer' }), 'image/png', true],
	])('%#: %s', (of, type, wrong) => expect(wrongKind(of, type)).toBe(wrong));
});

test('data URIs are measured by their head and their length', () => {
	for (const bytes of [0, 1, 2, 3, 1000]) {
		const uri = `data:image/png;base64,${Buffer.alloc(bytes).toString('base64')}`;
		expect(uri).toHaveLength(dataUriBytes({ type: 'image/png', bytes }));
		const found = fileInDataUri(uri)!;
		expect(found.type).toBe('image/png');
		expect(found.bytes - bytes).toBeLessThan(3);
		expect(found.bytes).toBeGreaterThanOrEqual(bytes);
	}
	expect(fileInDataUri('data:text/plain;charset=utf-8,abc')).toEqual({ type: 'text/plain', bytes: 3 });
	expect(fileInDataUri('data:,abc')).toEqual({ type: '', bytes: 3 });
	for (const text of ['https://example.com/a.png', 'data:', 'datax:image/png,', '']) {
		expect(fileInDataUri(text)).toBeUndefined();
	}
});
