import { paintBackdrop } from './backdrop.mts';
import { firstImage } from './catalogue/mediaInputs.mts';
import { nowMs } from './clock.mts';
import { cutSubject } from './cutout.mts';
import type { FileStore } from './fileStore.mts';
import { loadImage } from './imageSource.mts';
import { fileNames } from './outputs.mts';
import { colorByPalette, paperColor } from './palette.mts';
import { hashText, seededRandom } from './random.mts';
import type { StoredRequest } from './requests.mts';
import { readScene } from './scene.mts';
import { castShadow, mirror } from './shadow.mts';
import { findStand } from './stand.mts';

/** Longer sides are scaled down to this many pixels. */
const MAX_SIDE = 1_600;

/** Bombs of a few kilobytes can unpack to gigabytes. */
const MAX_INPUT_PIXELS = 100_000_000;

/** Sides of a picture that is made of words alone. */
const BLANK_SIDE = 768;

/** Requests that give more files than this show the same pictures again. */
const MAX_DRAWN = 8;

/** Makes the pictures of requests, one after the other, off the beaten path of the calls. */
export class PictureMaker {
	readonly #files: FileStore;
	readonly #allowPrivate: boolean;
	readonly #stop = new AbortController();
	#last: Promise<void> = Promise.resolve();

	constructor(files: FileStore, allowPrivate: boolean) {
		this.#files = files;
		this.#allowPrivate = allowPrivate;
	}

	/** Starts on a request's pictures. The request is told when they are there, or why they are not. */
	begin(request: StoredRequest, input: Record<string, unknown>): void {
		const names = fileNames(request).filter((name) => name.endsWith('.png'));
		if (names.length === 0 || request.life.jobOutcome !== 'succeeded') return;
		request.expectPicture();
		const image = firstImage(request.model, input);
		const loading =
			image === undefined ? Promise.resolve(undefined) : loadImage(image, this.#allowPrivate, this.#stop.signal);
		// Loading goes on for all at once, drawing for one at a time: it keeps the processor busy.
		loading.catch(() => undefined);
		this.#last = this.#last.then(async () => {
			try {
				const bytes = await loading;
				if (this.#stop.signal.aborted || request.isFinished(nowMs())) return;
				await this.#draw(request, input, bytes, names);
				request.pictureDone(nowMs());
			} catch (error) {
				request.pictureDone(nowMs(), error instanceof Error ? error.message : String(error));
			}
		});
	}

	/** Gives up what is under way; resolves when nothing is. */
	async close(): Promise<void> {
		this.#stop.abort();
		await this.#last;
	}

	async #draw(
		request: StoredRequest,
		input: Record<string, unknown>,
		bytes: Buffer | undefined,
		names: string[],
	): Promise<void> {
		const prepared = bytes === undefined ? undefined : await prepareSubject(bytes);
		if (bytes !== undefined && prepared !== undefined) {
			this.#files.put(`${request.id}/input`, { bytes, contentType: prepared.contentType });
		}
		for (const [index, name] of names.slice(0, MAX_DRAWN).entries()) {
			const picture = await compose(prepared?.subject, input, index);
			this.#files.put(pictureKey(request, name), { bytes: picture, contentType: 'image/png' });
		}
	}
}

/** Where the picture behind the name of an output is kept. */
export function pictureKey({ id }: StoredRequest, fileName: string): string {
	return `${id}/${parseInt(fileName, 10) % MAX_DRAWN}.png`;
}

/**
 * One picture: the product of `image` in the scene that the prompt's words ask for.
 * @throws Error when it is no image.
 */
export async function replaceBackground(image: Buffer, input: Record<string, unknown>): Promise<Buffer> {
	const { subject } = await prepareSubject(image);
	return compose(subject, input, 0);
}

interface Subject {
	data: Buffer;
	width: number;
	height: number;
}

async function prepareSubject(bytes: Buffer): Promise<{ subject: Subject; contentType: string }> {
	const { default: sharp } = await import('sharp');
	try {
		const image = sharp(bytes, { limitInputPixels: MAX_INPUT_PIXELS });
		const { format } = await image.metadata();
		const { data, info } = await image
			.autoOrient()
			.resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true })
			.toColourspace('srgb')
			.ensureAlpha()
			.raw()
			.toBuffer({ resolveWithObject: true });
		cutSubject({ data, width: info.width, height: info.height });
		return { subject: { data, width: info.width, height: info.height }, contentType: `image/${format}` };
	} catch {
		throw new Error('The image could not be read: it is not a JPEG, PNG or WebP image.');
	}
}

/** Without a subject it is the backdrop alone. */
async function compose(subject: Subject | undefined, input: Record<string, unknown>, index: number): Promise<Buffer> {
	const { width, height } = subject ?? { width: BLANK_SIDE, height: BLANK_SIDE };
	const { default: sharp } = await import('sharp');
	const prompt = String(input.prompt ?? '');
	const random = seededRandom(hashText(`${prompt} ${String(input.seed)} ${index}`));
	const scene = readScene(prompt, random);
	const stand = findStand({ data: subject?.data ?? Buffer.alloc(width * height * 4), width, height });
	const backdrop = await paintBackdrop(scene, stand, paperColor(input), random);
	if (subject !== undefined) {
		await mirror(subject, stand, backdrop);
		await castShadow(subject, stand, backdrop, scene.side);
	}
	colorByPalette(backdrop.pixels, input);
	const scenery = Buffer.from(Uint8Array.from(backdrop.pixels, Math.round));
	return await sharp(scenery, { raw: { width, height, channels: 3 } })
		.composite(subject === undefined ? [] : [{ input: subject.data, raw: { width, height, channels: 4 } }])
		.removeAlpha()
		.png()
		.toBuffer();
}
