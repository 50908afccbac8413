import sharp from 'sharp';

const HEIGHT_PX = 480;
const GAP_PX = 12;

/** Puts pictures of any size next to each other on white, all of one height. Gives a PNG of 256 colours, for the README. */
export async function sideBySide(pictures: Buffer[]): Promise<Buffer> {
	const resized = await Promise.all(
		pictures.map(async (picture) => {
			return await sharp(picture).resize({ height: HEIGHT_PX }).png().toBuffer({ resolveWithObject: true });
		}),
	);
	const width = resized.reduce((sum, { info }) => sum + info.width + GAP_PX, -GAP_PX);
	let left = 0;
	const layers = resized.map(({ data, info }) => {
		const layer = { input: data, left, top: 0 };
		left += info.width + GAP_PX;
		return layer;
	});
	return await sharp({ create: { width, height: HEIGHT_PX, channels: 3, background: '#ffffff' } })
		.composite(layers)
		.png({ palette: true, effort: 10 })
		.toBuffer();
}
