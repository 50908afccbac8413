import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';

import { productPhoto } from '../lib/productPhoto.mts';
import { replaceBackground } from './picture.mts';
import { seededRandom } from './random.mts';
import { readScene } from './scene.mts';

describe('a prompt is read by its words', () => {
	it.each([
		['on a marble table in soft morning light, a blurred kitchen behind', 'home', 'marble'],
		['on mossy ground in a deep green forest', 'forest', 'moss'],
		['in front of a warm orange evening sky over the sea', 'sea', 'stone'],
		['at the beach', 'sea', 'sand'],
		['on a wooden table', 'home', 'wood'],
		['on a dark rustic wooden table in a café', 'cafe', 'darkWood'],
		['on concrete', 'loft', 'concrete'],
		['on a linen tablecloth by the window', 'home', 'linen'],
		['a showroom', 'showroom', 'marble'],
		['pastel pink studio background', 'studio', undefined],
		['on a marble podium, plain backdrop', 'studio', 'marble'],
		['something nobody thought of', 'studio', undefined],
	])('%s: %s, %s', (prompt, place, surface) => {
		expect(readScene(prompt, seededRandom(1))).toMatchObject({ place, surface });
	});

	it('knows from where the light comes where it is said', () => {
		for (const seed of [1, 2, 3, 4]) {
			expect(readScene('light from the left', seededRandom(seed)).side).toBe(-1);
			expect(readScene('light from the right', seededRandom(seed)).side).toBe(1);
		}
	});
});

describe('a picture', () => {
	/** Mean red, green and blue of a square. */
	async function colorAt(picture: Buffer, left: number, top: number, side = 60): Promise<number[]> {
		const area = await sharp(picture).extract({ left, top, width: side, height: side }).png().toBuffer();
		return (await sharp(area).stats()).channels.map(({ mean }) => mean);
	}
	const brightness = ([red, green, blue]: number[]) => (red + green + blue) / 3;
	const paint = async (prompt: string) => await replaceBackground(await productPhoto(), { prompt, seed: 1 });

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

	it('is dark at night, has grass in a park and its sky above it', async () => {
		const [day, night] = await Promise.all([paint('in a park'), paint('in a park at night')]);
		expect(brightness(await colorAt(night, 20, 20))).toBeLessThan(brightness(await colorAt(day, 20, 20)) * 0.6);
		const [red, green, blue] = await colorAt(day, 60, 820);
		expect(green).toBeGreaterThan(Math.max(red, blue) + 10);
		const sky = await colorAt(day, 20, 20);
		expect(sky[2]).toBeGreaterThan(sky[0]);
	}, 60_000);

	it('has the darkest ground where the product touches it', async () => {
		const picture = await paint('white studio');
		const [under, away] = await Promise.all([colorAt(picture, 395, 728, 10), colorAt(picture, 395, 838, 10)]);
		expect(brightness(under)).toBeLessThan(brightness(away) - 15);
	}, 60_000);
});
