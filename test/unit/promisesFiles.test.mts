import { expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { promisesFiles } from '../../nodes/RunComfy/catalogue/modelCatalogue.ts';

test.each([
	[['text-to-image'], true],
	[['text-to-video', 'image-to-video', 'edit-video'], true],
	[['Text-To-Audio '], true],
	[['image-to-3d'], true],
	[['text-to-image', 'text-to-video'], true],
	[['image-to-text'], false],
	[['text-to-image', 'image-to-text'], false],
	[['upscale'], false],
	[[], false],
	[undefined, false],
	[['constructor', 7, null], false],
])('%j', (categories, expected) => expect(promisesFiles(categories)).toBe(expected));

test('whatever comes, nothing is thrown', () => {
	fc.assert(fc.property(fc.anything(), (categories) => void promisesFiles(categories)));
});
