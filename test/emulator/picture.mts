import { backdropSvg } from './backdrop.mts';
import { firstImage } from './catalogue/mediaInputs.mts';
import { nowMs } from './clock.mts';
import { cutSubject } from './cutout.mts';
import type { FileStore } from './fileStore.mts';
import { loadImage } from './imageSource.mts';
import { fileNames } from './outputs.mts';
import { colorsFor } from './palette.mts';
import { hashText, seededRandom } from './random.mts';
import type { StoredRequest } from './requests.mts';

/** Longer sides are scaled down to this many pixels. */
const MAX_SIDE = 1_600;

/** Bombs of a few kilobytes can unpack to gigabytes. */
const MAX_INPUT_PIXELS = 100_000_000;

const SHADOW_OPACITY = 0.38;

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
 * One picture: the subject of `image` on a new background.
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
	const random = seededRandom(hashText(`${String(input.prompt)} ${String(input.seed)} ${index}`));
	const backdrop = backdropSvg(width, height, colorsFor(input), random);
	if (subject === undefined) return sharp(Buffer.from(backdrop)).removeAlpha().png().toBuffer();
	const { data } = subject;
	const raw = { width, height, channels: 4 as const };
	const shadow = await castShadow(data, width, height);
	return sharp(Buffer.from(backdrop))
		.composite([
			{ input: shadow, raw },
			{ input: data, raw },
		])
		.removeAlpha()
		.png()
		.toBuffer();
}

/** The subject's outline in black, moved a little down and aside, out of focus. */
async function castShadow(data: Buffer, width: number, height: number): Promise<Buffer> {
	const { default: sharp } = await import('sharp');
	const side = Math.min(width, height);
	const right = Math.round(side * 0.018);
	const down = Math.round(side * 0.022);
	const outline = Buffer.alloc(data.length);
	for (let y = down; y < height; y++) {
		for (let x = right; x < width; x++) {
			const from = ((y - down) * width + (x - right)) * 4 + 3;
			outline[(y * width + x) * 4 + 3] = Math.round(data[from] * SHADOW_OPACITY);
		}
	}
	const sigma = Math.max(0.5, side * 0.014);
	return sharp(outline, { raw: { width, height, channels: 4 } })
		.blur(sigma)
		.raw()
		.toBuffer();
}
