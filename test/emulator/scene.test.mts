import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';

import { productPhoto } from '../lib/productPhoto.mts';
import { replaceBackground } from './picture.mts';
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

describe('a picture', () => {
	async function brightnessAt(picture: Buffer, left: number, top: number, side: number): Promise<number> {
		const area = await sharp(picture).extract({ left, top, width: side, height: side }).greyscale().png().toBuffer();
		return (await sharp(area).stats()).channels[0].mean;
	}
	const make = async (prompt: string) => await replaceBackground(await productPhoto(), { prompt, seed: 1 });

	it('is the same for the same words and seed, and another for another seed', async () => {
		const small = await sharp(await productPhoto())
			.resize(240)
			.png()
			.toBuffer();
		const of = async (seed: number) => await replaceBackground(small, { prompt: 'on a table', seed });
		const [first, again, other] = await Promise.all([of(1), of(1), of(2)]);
		expect(first.equals(again)).toBe(true);
		expect(first.equals(other)).toBe(false);
	}, 60_000);

	it('is dark at night', async () => {
		const [day, night] = await Promise.all([make('on marble'), make('on marble at night')]);
		expect(await brightnessAt(night, 20, 20, 60)).toBeLessThan((await brightnessAt(day, 20, 20, 60)) * 0.6);
	}, 60_000);

	it('has the darkest ground where the product touches it', async () => {
		const picture = await make('white studio');
		const [under, away] = await Promise.all([brightnessAt(picture, 395, 728, 10), brightnessAt(picture, 395, 838, 10)]);
		expect(under).toBeLessThan(away - 15);
	}, 60_000);
});
