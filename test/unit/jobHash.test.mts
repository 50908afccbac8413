/** The hash of a job is what its input is recognised by in another run: all that is sent counts. */
import { expect, test } from '@jest/globals';

import { canonicalJson, inputHash } from '../../nodes/RunComfy/purchase/job.ts';
import { backgroundJobs } from '../../nodes/RunComfy/resources/background/backgroundJobs.ts';
import { pngBefore } from '../lib/photos.mts';
import { fakeContext } from './fakeContext.mts';

const connection = { environment: 'custom', modelApiUrl: 'https://runcomfy.example' } as never;

const PHOTO = pngBefore(Buffer.from('one'));
const OTHER_PHOTO = pngBefore(Buffer.from('two'));

async function hashOf(parameters: Record<string, unknown>, photo = PHOTO): Promise<string> {
	const context = fakeContext({
		parameters: { imageSource: 'binary', binaryPropertyName: 'data', prompt: 'a beach', ...parameters },
		files: { data: photo },
	});
	const { hash } = await backgroundJobs().readJob({ context, connection } as never, 0);
	return hash;
}

test('a file: its bytes, the prompt and each option tell it from others, and nothing else does', async () => {
	const all = await Promise.all([
		hashOf({}),
		hashOf({ prompt: 'a wood' }),
		hashOf({ modelOptions: { seed: 7 } }),
		hashOf({ modelOptions: { seed: 8 } }),
		hashOf({ modelOptions: { renderingSpeed: 'TURBO' } }),
	]);
	expect(new Set(all).size).toBe(all.length);
	expect(await hashOf({})).toBe(all[0]);
	expect(await hashOf({}, OTHER_PHOTO)).not.toBe(all[0]);
});

test('the order of keys tells nothing apart, at whatever depth; the order of a list does', () => {
	const inOrder = canonicalJson({ a: 1, b: { c: [2, 3], d: 4, e: 5 }, f: 6 });
	expect(canonicalJson({ f: 6, b: { e: 5, d: 4, c: [2, 3] }, a: 1 })).toBe(inOrder);
	expect(canonicalJson({ b: { d: 4, e: 5, c: [2, 3] }, a: 1, f: 6 })).toBe(inOrder);
	expect(canonicalJson({ a: 1, b: { c: [3, 2], d: 4, e: 5 }, f: 6 })).not.toBe(inOrder);
});

test('where one part ends and the next begins tells inputs apart, and a hash is short', () => {
	expect(inputHash('ab', 'c')).not.toBe(inputHash('a', 'bc'));
	expect(inputHash('ab', 'c')).toMatch(/^[\w-]{22}$/);
});
