import type { StoredRequest } from './requests.mts';
import type { Switches } from './switches.mts';

type OutputShape = Switches['output'];

const VIDEO_SHAPES: ReadonlySet<OutputShape> = new Set<OutputShape>(['video', 'videos']);
const SINGLE_SHAPES: ReadonlySet<OutputShape> = new Set<OutputShape>(['image', 'video', 'string']);

/** Names of the files a request gives: 0.png, 1.png, … (or .mp4). */
export function fileNames({ life }: StoredRequest): string[] {
	if (life.output === 'none') return [];
	const extension = VIDEO_SHAPES.has(life.output) ? 'mp4' : 'png';
	const count = SINGLE_SHAPES.has(life.output) ? Math.min(1, life.outputCount) : life.outputCount;
	return Array.from({ length: count }, (_, index) => `${index}.${extension}`);
}

/** URLs of the files a request gives. `ownBase` is the emulator's own address. */
export function fileUrls(request: StoredRequest, ownBase: string): string[] {
	const base = request.life.fileBase || ownBase;
	return fileNames(request).map((name) => `${base}/files/${request.id}/${name}`);
}

/** The `output` member of a succeeded result, in the shape the request's switches ask for. */
export function outputOf(request: StoredRequest, ownBase: string): unknown {
	const urls = fileUrls(request, ownBase);
	const [first] = urls;
	switch (request.life.output) {
		case 'image':
			return first === undefined ? {} : { image: first };
		case 'video':
			return first === undefined ? {} : { video: first };
		case 'string':
			return first ?? '';
		case 'images':
			return { images: urls };
		case 'videos':
			return { videos: urls };
		case 'both':
			return first === undefined ? { images: [] } : { image: first, images: urls };
		case 'array':
			return urls;
		case 'objects':
			return { images: urls.map((url) => ({ url })) };
		case 'none':
			return {};
	}
}
