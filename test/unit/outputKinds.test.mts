import { expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { outputPromise } from '../../nodes/RunComfy/catalogue/outputKinds.ts';

test.each([
	[['text-to-image'], { expectsFiles: true, kind: 'image' }],
	[['text-to-video', 'image-to-video', 'edit-video'], { expectsFiles: true, kind: 'video' }],
	[['Text-To-Audio '], { expectsFiles: true, kind: 'audio' }],
	[['image-to-3d'], { expectsFiles: true, kind: 'file' }],
	[['text-to-image', 'text-to-video'], { expectsFiles: true }],
	[['image-to-text'], { expectsFiles: false }],
	[['text-to-image', 'image-to-text'], { expectsFiles: false }],
	[['upscale'], { expectsFiles: false }],
	[[], { expectsFiles: false }],
	[undefined, { expectsFiles: false }],
	[['constructor', 7, null], { expectsFiles: false }],
])('%j', (categories, promise) => expect(outputPromise(categories)).toEqual(promise));

test('whatever comes, nothing is thrown', () => {
	fc.assert(fc.property(fc.anything(), (categories) => void outputPromise(categories)));
});
