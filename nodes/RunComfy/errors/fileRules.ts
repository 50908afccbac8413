/** What can be wrong with a file of the item, or with one that is given as a data URI. */

import { listNames, named, plain, type Problem, rule, type Rule } from './problem';
import { quoteSentence, sentences } from './sentences';
import { wrongShape } from './shape';

const MEGABYTE = 1024 * 1024;

/** For a file that RunComfy cannot fetch, in resources with 'Files'. */
export const USE_FILES = "For a file that only n8n can read, use 'Files'.";

/** Where a file in the request may be what was refused. */
export const IF_FILE_REFUSED = 'If a file was refused, put it at a public URL and use that URL instead.';

/** `place`: the field that holds the file; where there is none, the input that it was given for. */
const aboutFile = (place: string | undefined, words: string, advice: string): Rule => ({
	messageFor: (name) => `The file in ${place === undefined ? name : named(place)} ${words}`,
	advice,
});

export type FileKind = 'image' | 'video' | 'audio' | 'file';

/** What an input takes as a file. */
export interface FileLimits {
	media: FileKind;
	maxBytes: number;
}

const KIND_WORDS: Record<FileKind, string> = {
	image: 'a JPEG, PNG or WebP image',
	video: 'a video',
	audio: 'an audio file',
	file: 'a file',
};

const CHECK_SOURCE = 'Check the node that reads or downloads it.';

/** Megabytes, rounded down to one decimal, so that a size over the limit never reads like the limit. */
const inMegabytes = (bytes: number) => Math.floor((bytes / MEGABYTE) * 10) / 10;

/** `field` as it was given; `available`: the fields of the item that hold files. */
export const fileMissing = (field: string, available: readonly string[]): Rule => ({
	messageFor: () => `The input item has no file in the field ${named(field)}`,
	advice:
		available.length === 0
			? 'The item has no files at all. Add a node before this one that reads or downloads the file.'
			: `The item has files in these fields: ${listNames(available)}.`,
});

export const notAFile = (value: unknown) =>
	rule(
		'must be the name of a field, or a file',
		`${wrongShape(value)} Enter the name of the field that holds the file, such as data. To use a file from another node, enter an expression like {{ $('Node').item.binary.data }}.`,
	);

export const fileUnreadable = (place: string, reason: string) =>
	aboutFile(place, 'could not be read', `n8n said: ${quoteSentence(reason)}`);

export const fileEmpty = (place: string | undefined) => aboutFile(place, 'is empty', CHECK_SOURCE);

export const fileIncomplete = (place: string | undefined) =>
	aboutFile(
		place,
		'is incomplete: its end is missing',
		'RunComfy would still charge for it. Download or upload it again.',
	);

/** What to do with a file that is not what the input takes. */
function wayToKind(kind: FileKind, content: string): string {
	if (kind !== 'image' || !content.startsWith('image/')) return CHECK_SOURCE;
	if (/hei[cf]$/.test(content))
		return 'Export it as JPEG (on an iPhone: Settings → Camera → Formats → Most Compatible).';
	return /(gif|bmp|tiff)$/.test(content)
		? "Turn it into JPEG with n8n's Edit Image node (Options → Format)."
		: 'Convert it to JPEG, PNG or WebP.';
}

/** `content`: what the file shows itself to be, such as a web page; empty where it shows nothing. */
export const fileOfWrongKind = (place: string | undefined, kind: FileKind, content: string) =>
	aboutFile(
		place,
		`is not ${KIND_WORDS[kind]}`,
		sentences(
			content === '' ? 'The content counts, not the file name.' : `It is ${plain(content)}, whatever its name says.`,
			wayToKind(kind, content),
		),
	);

export const fileTooLarge = (place: string | undefined, bytes: number, { media, maxBytes }: FileLimits) => {
	const rounded = (bytes / MEGABYTE).toFixed(1);
	const isOver = Number(rounded) * MEGABYTE > maxBytes;
	return aboutFile(
		place,
		`is too large: ${isOver ? `${rounded} MB` : `a little over ${inMegabytes(maxBytes)} MB`}`,
		sentences(
			`The limit is ${inMegabytes(maxBytes)} MB.`,
			media === 'image'
				? "Make the image smaller with n8n's Edit Image node (Resize), or use its public URL instead."
				: 'Put the file at a public URL and use that URL instead.',
		),
	);
};

export const tooManyFiles = (given: number) => rule(`takes one file, not ${given}`);

/** `inputs`: those that take files. */
export const takesNoFile = (inputs: readonly string[]) =>
	rule(
		'takes no file',
		inputs.length === 0 ? 'No other input takes one either.' : `These inputs do: ${listNames(inputs)}.`,
	);

/** Of an input of the owner's own node: neither its name nor ComfyUI says what it takes. */
export const fileInputUnclear = (input: string, label: string): Problem => ({
	input,
	message: `It is not known whether ${named(label)} takes a file`,
	advice:
		'The description of its node could not be read from RunComfy. Try again later, or let a Load Image node load the file in the workflow: those always take files.',
});

/** A line of 'Files' that names no input. */
export const fileWithoutInput = (): Problem => ({
	input: '',
	message: "'Files' contains a file without an input",
	advice: 'Choose the input that gets the file.',
});

export const bodyTooLarge = (input: string, bytes: number, maxBytes: number): Problem => ({
	input,
	message: `All inputs together are too large: ${Math.ceil((bytes / MEGABYTE) * 10) / 10} MB, and the limit is ${inMegabytes(maxBytes)} MB`,
	advice: 'Put the largest file at a public URL and use that URL instead.',
});
