import { describe, expect, it } from '@jest/globals';

import { readScene } from './scene.mts';

describe('a prompt is read by its words', () => {
	it.each([
		['on a marble table in soft morning light, a blurred kitchen behind', 'marble'],
		['On a wooden table in soft morning light', 'wood'],
		['on a dark rustic table in a café', 'wood'],
		['pastel pink studio background', 'studio'],
		['something nobody thought of', 'studio'],
	])('%s: %s', (prompt, place) => expect(readScene({ prompt }, 0).place).toBe(place));

	it.each([
		[{ prompt: 'pastel pink studio' }, ['pink']],
		[{ prompt: 'pink', color_palette: { name: 'Ultramarine' } }, ['#4a6fd8']],
		[
			{
				color_palette: {
					members: [{ color_hex: '#00AA00' }, { color_hex: '1f6feb', color_weight: 1 }, { color_hex: 'red' }],
				},
			},
			['#1f6feb'],
		],
		[{ prompt: 'on oak' }, []],
	])('%j has the colors %j', (input, colors) => {
		expect(readScene(input, 0).tints.map(({ color }) => color)).toEqual(colors);
	});

	it('knows where the light comes from when it is said', () => {
		expect(readScene({ prompt: 'light from the left' }, 1).isFlopped).toBe(false);
		expect(readScene({ prompt: 'light from the right' }, 0).isFlopped).toBe(true);
	});
});
