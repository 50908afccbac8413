import { nowMs } from './clock.mts';
import { compose } from './compose.mts';
import { cutSubject, type Pixels } from './cutout.mts';
import { firstImage } from './modelInput.mts';
import { fileNames } from './outputs.mts';
import type { RecentStore } from './recentStore.mts';
import type { StoredRequest } from './requests.mts';
import type { StoredFile } from './sampleFiles.mts';

/** Longer sides are scaled down to this many pixels. */
const MAX_SIDE = 1_600;

/** Bombs of a few kilobytes can unpack to gigabytes. */
const MAX_INPUT_PIXELS = 100_000_000;

const FETCH_TIMEOUT_MS = 15_000;

/** Requests that give more files than this show the same pictures again. */
const MAX_DRAWN = 4;

/** Makes the pictures of requests, one after the other, off the beaten path of the calls. */
export class PictureMaker {
	readonly #files: RecentStore<StoredFile>;
	readonly #stop = new AbortController();
	#last: Promise<void> = Promise.resolve();

	constructor(files: RecentStore<StoredFile>) {
		this.#files = files;
	}

	/** Starts on a request's pictures. The request is told when they are there, or why they are not. */
	begin(request: StoredRequest, input: Record<string, unknown>): void {
		const names = fileNames(request).filter((name) => name.endsWith('.png'));
		if (names.length === 0 || request.life.jobOutcome !== 'succeeded') return;
		request.expectPicture();
		const image = firstImage(request.model, input);
		const loading = image === undefined ? Promise.resolve(undefined) : loadImage(image, this.#stop.signal);
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
		{ prompt = '', color_palette: palette = '' }: Record<string, unknown>,
		bytes: Buffer | undefined,
		names: string[],
	): Promise<void> {
		const prepared = bytes === undefined ? undefined : await prepareSubject(bytes);
		if (bytes !== undefined && prepared !== undefined) {
			this.#files.put(`${request.id}/input`, { bytes, contentType: prepared.contentType });
		}
		for (const [index, name] of names.slice(0, MAX_DRAWN).entries()) {
			const picture = await compose(prepared?.subject, String(prompt), JSON.stringify(palette), index);
			this.#files.put(pictureKey(request, name), { bytes: picture, contentType: 'image/png' });
		}
	}
}

/** Where the picture behind the name of an output is kept. */
export function pictureKey({ id }: StoredRequest, fileName: string): string {
	return `${id}/${parseInt(fileName, 10) % MAX_DRAWN}.png`;
}

/** The bytes behind a URL or a data URI; an error is worded for the failed result. */
async function loadImage(image: string, stop: AbortSignal): Promise<Buffer> {
	const signal = AbortSignal.any([stop, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
	const response = await fetch(image, { signal }).catch(() => undefined);
	if (response === undefined) throw new Error('The image could not be fetched: its host did not answer.');
	if (!response.ok) throw new Error(`The image could not be fetched: its host answered ${response.status}.`);
	return Buffer.from(await response.arrayBuffer());
}

async function prepareSubject(bytes: Buffer): Promise<{ subject: Pixels; contentType: string }> {
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
		const subject = { data, width: info.width, height: info.height };
		await cutSubject(subject);
		return { subject, contentType: `image/${format}` };
	} catch {
		throw new Error('The image could not be read: it is not a JPEG, PNG or WebP image.');
	}
}
