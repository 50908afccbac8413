/** Which inputs of a model take media. */

import { mediaOfName } from '../api/outputFiles';
import type { FileKind } from '../errors/fileRules';

export interface Media {
	type: FileKind;
	/** Whether it takes a list of addresses. */
	isList: boolean;
}

/** How RunComfy's catalogue marks them: image_uri, image_uris, video_uri … */
const FORMAT_MARK = /^(image|video|audio|file)_ur[il](s?)$/;

/**
 * Names of media inputs in schemas that do not mark them, as the older ones. Counted in RunComfy's catalogue; anything
 * else stays text, since a wrong guess would refuse what the model takes.
 */
const NAMED_MEDIA: ReadonlyArray<[RegExp, Media]> = [
	[/^(reference_)?image_url(_\d{1,2})?$/, { type: 'image', isList: false }],
	[/^(image|mask|end_image|last_image|first_frame|last_frame)$/, { type: 'image', isList: false }],
	[/^(start_image|end_image|mask|mask_image)_url$/, { type: 'image', isList: false }],
	[/^(images|image_urls|reference_images|reference_image_urls)$/, { type: 'image', isList: true }],
	[/^(video|video_url)$/, { type: 'video', isList: false }],
	[/^(videos|reference_videos|reference_video_urls)$/, { type: 'video', isList: true }],
	[/^(audio|audio_url)$/, { type: 'audio', isList: false }],
	[/^(audios|audio_urls|reference_audios)$/, { type: 'audio', isList: true }],
];

/**
 * The media an input takes; undefined if it takes none or that is not known. The format counts first, the name second. Whether
 * it is a list, its types decide, if it has any: `image` is a list in one model.
 *
 * @param types JSON types of the input; none if the schema does not say.
 * @param formats `format` of the input and of its list's entries.
 */
export function mediaOf(name: string, types: readonly string[], formats: readonly unknown[]): Media | undefined {
	const takesText = types.includes('string');
	const takesList = types.includes('array');
	if (types.length > 0 && !takesText && !takesList) return undefined;
	const known = mediaOfFormat(formats) ?? NAMED_MEDIA.find(([pattern]) => pattern.test(name))?.[1];
	if (known === undefined || takesText === takesList) return known;
	return { type: known.type, isList: takesList };
}

function mediaOfFormat(formats: readonly unknown[]): Media | undefined {
	for (const format of formats) {
		const [, type, plural] = (typeof format === 'string' && FORMAT_MARK.exec(format)) || [];
		if (type !== undefined) return { type: type as FileKind, isList: plural === 's' };
	}
	return undefined;
}

/** ComfyUI's nodes that load a file, by the start of their class: `LoadImageMask`, `VHS_LoadVideo` … */
const LOADER = /^(?:\w+_)?Load(Image|Video|Audio)/;

/** The inputs by which they name it. */
const LOADED: readonly string[] = ['image', 'video', 'audio', 'file'];

/** The media that an input of a workflow's node loads; undefined if it loads none. */
export function mediaOfLoader(classType: string, name: string): FileKind | undefined {
	const [, type] = LOADER.exec(classType) ?? [];
	return type !== undefined && LOADED.includes(name) ? (type.toLowerCase() as FileKind) : undefined;
}

/** The media that a node of another name seems to load, by the file that was saved in it. */
export const mediaOfSaved = (classType: string, saved: unknown): FileKind | undefined =>
	/load/i.test(classType) && typeof saved === 'string' ? mediaOfName(saved.replace(/ \[\w+\]$/, '')) : undefined;
