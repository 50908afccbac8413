/** Words for the resource Background, in errors that all resources share. */

export const BACKGROUND_NOUN = 'image';

export const PROMPT_ADVICE = 'Describe what the new background should look like.';

export const USE_BINARY_FILE = "For a file that only n8n can read, set 'Image Source' to Binary File.";

export const IMAGE_ADVICE = `The URL must be public, because RunComfy downloads the photo itself. ${USE_BINARY_FILE}`;

export const EXTRA_FIELDS = 'Extra Fields (JSON)';

/** How to send a name that is not in a list: RunComfy's document does not say what Ideogram calls its palettes and styles. */
export const otherName = (example: string) =>
	`To send another name, remove this option and use '${EXTRA_FIELDS}': ${example}`;

/** A field of the model where it stands in Extra Fields. */
export const extraField = (field: string) => `${EXTRA_FIELDS} → ${field}`;

export const IF_IMAGE_REFUSED = "If the image was refused, put the file at a public URL and set 'Image Source' to URL.";
