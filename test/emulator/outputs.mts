import type { Medium } from './catalogue/model.mts';
import type { StoredRequest } from './requests.mts';
import type { Switches } from './switches.mts';

type OutputShape = Switches['output'];

/** Shapes that are of one medium, whatever the model makes. */
const MEDIUM_OF_SHAPE: { [Shape in OutputShape]?: Medium } = {
	image: 'image',
	images: 'image',
	both: 'image',
	video: 'video',
	videos: 'video',
	audio: 'audio',
	audios: 'audio',
	text: 'text',
};

const SINGLE_SHAPES: ReadonlySet<OutputShape> = new Set<OutputShape>(['image', 'video', 'audio', 'string']);

/** Inputs by which models are asked for several images. */
const COUNT_INPUTS = ['num_images', 'max_images'] as const;

/** More than any model makes at once: a lenient check lets any number through. */
const MAX_ASKED_FOR = 20;

/** Names of the files a request gives: 0.png, 1.png, … (or .mp4, .mp3, .wav). */
export function fileNames(request: StoredRequest): string[] {
	const extension = extensionOf(request);
	return Array.from({ length: fileCount(request) }, (_, index) => `${index}.${extension}`);
}

/** URLs of the files a request gives. `ownBase` is the emulator's own address. */
export function fileUrls(request: StoredRequest, ownBase: string): string[] {
	const base = request.life.fileBase || ownBase;
	return fileNames(request).map((name) => `${base}/files/${request.id}/${name}`);
}

/** How many files a request gives. */
export function fileCount(request: StoredRequest): number {
	const { output, outputCount } = request.life;
	if (output === 'none' || mediumOf(request) === 'text') return 0;
	if (output === 'preview') return Math.min(1, outputCount) * 2;
	if (SINGLE_SHAPES.has(output)) return Math.min(1, outputCount);
	return output === 'byKind' && outputCount === 1 ? askedFor(request) : outputCount;
}

/** The `output` member of a succeeded result, in the shape of the model's kind or of the request's switches. */
export function outputOf(request: StoredRequest, ownBase: string): unknown {
	const urls = fileUrls(request, ownBase);
	const [first] = urls;
	const medium = mediumOf(request);
	const single = first === undefined ? {} : { [medium]: first };
	switch (request.life.output) {
		case 'byKind':
			if (medium === 'text') return { text: textOf(request) };
			return urls.length > 1 ? { [`${medium}s`]: urls } : single;
		case 'text':
			return { text: textOf(request) };
		case 'image':
		case 'video':
		case 'audio':
			return single;
		case 'string':
			return first ?? '';
		case 'images':
		case 'videos':
		case 'audios':
			return { [`${medium}s`]: urls };
		case 'both':
			return { ...single, images: urls };
		case 'array':
			return urls;
		case 'objects':
			return { images: urls.map((url) => ({ url })) };
		case 'preview':
			return { ...single, preview: { url: urls[1] } };
		case 'outputs':
			return { outputs: urls.map((url) => ({ type: medium, url })) };
		case 'nested':
			return { result: { groups: urls.map((url) => ({ files: [{ file: { url } }] })), note: 'as wished' } };
		case 'repeated':
			return { ...single, [`${medium}s`]: [...urls, ...urls], outputs: urls.map((url) => ({ url })) };
		case 'none':
			return {};
	}
}

/** A model of text has no files of its own: asked for another shape it gives images. */
function mediumOf({ life, model }: StoredRequest): Medium {
	const ownShape = MEDIUM_OF_SHAPE[life.output];
	if (ownShape !== undefined) return ownShape;
	return model.gives === 'text' && life.output !== 'byKind' ? 'image' : model.gives;
}

function extensionOf(request: StoredRequest): string {
	switch (mediumOf(request)) {
		case 'video':
			return 'mp4';
		case 'audio':
			return String(request.input.output_format).startsWith('wav') ? 'wav' : 'mp3';
		default:
			return 'png';
	}
}

function askedFor({ model, input }: StoredRequest): number {
	const name = COUNT_INPUTS.find((known) => Object.hasOwn(model.input_schema.properties, known));
	const count = name === undefined ? 1 : Number(input[name] ?? 1);
	return Number.isInteger(count) && count >= 1 ? Math.min(count, MAX_ASKED_FOR) : 1;
}

function textOf({ input }: StoredRequest): string {
	return `What the emulator says to ${JSON.stringify(input.prompt ?? 'nothing')}.`;
}
