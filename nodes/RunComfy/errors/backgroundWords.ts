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

export const EXTRA_FIELDS = { name: 'Extra Fields (JSON)', example: '{"seed": 7}' };

/** How to send a name that is not in a list: what Ideogram calls its palettes and styles is not in RunComfy's document. */
export const otherName = (example: string) =>
	`To send another name all the same, remove this option and use '${EXTRA_FIELDS.name}': ${example}`;

/** A field of the model where it stands in Extra Fields. */
export const extraField = (field: string) => `${EXTRA_FIELDS.name} → ${field}`;

export const FILE_ADVICE =
	"If it is the image that was refused: put the file at a public address and set 'Image Source' to URL.";
