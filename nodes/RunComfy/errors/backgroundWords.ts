/** The nouns and the ways out of the resource Background, for errors that all resources share. */

export const NOUN = 'image';

export const PROMPT_ADVICE = 'Say what the new background should look like.';

export const IMAGE_URL = {
	name: 'Image URL',
	noun: 'image',
	wayOut: "For a file that only n8n can read, set 'Image Source' to Binary File.",
};

export const IMAGE_FILE = {
	name: 'Input Data Field Name',
	noun: 'photo',
	accepted: 'RunComfy takes JPEG, PNG and WebP images of at most 10 MB.',
};

export const FILE_ADVICE =
	"If it is the image that was refused: put the file at a public address and set 'Image Source' to URL.";
