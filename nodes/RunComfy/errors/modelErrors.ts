/** What can go wrong before a model is run, and the words of the resources Model and Background. */

import { quote } from './cleanText';
import type { Asked } from './requestErrors';
import { invalidId } from './problem';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { NOT_CHARGED, said, sentences } from './sentences';

export const readingModel = (modelId: string): Asked => ({ doing: `read the model ${modelId} from the catalog` });

export const searchingModels: Asked = { doing: 'search the model catalog' };

const WHERE_MODEL_IDS_ARE = 'Choose the model from the list, or copy the model_id that Get Many returns.';

/** `value`: undefined where there is none. */
export const invalidModelId = (value: unknown) =>
	invalidId(
		'Model',
		'a model ID',
		value,
		'An ID has 2 to 6 parts separated by slashes, such as blackforestlabs/flux-3/image.',
		WHERE_MODEL_IDS_ARE,
	);

/** `modelId`: undefined where the catalog does not know the page, or could not be read. */
export const isPageOfModel = (modelId: string | undefined) =>
	modelId === undefined
		? new RunComfyError("'Model' is the URL of a page, not a model ID", WHERE_MODEL_IDS_ARE)
		: new RunComfyError(`'Model' is the URL of a page, not a model ID: use ${modelId}`);

/** `words`: what RunComfy said besides; empty where it said nothing. */
export const modelUnknown = (modelId: string, words: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy does not know the model ${modelId}`,
		sentences(
			NOT_CHARGED,
			'Model IDs are case-sensitive, and RunComfy renames or removes models now and then.',
			WHERE_MODEL_IDS_ARE,
			"If the credential's Environment is Custom, check the 'Model API URL'; with Background, look for an update of this node.",
			said(words),
		),
		facts,
	);

export const inputsUnreadable = (modelId: string) =>
	new RunComfyError(
		`The inputs of the model ${modelId} cannot be read from RunComfy's catalog`,
		`${NOT_CHARGED} To send the inputs without checking them, turn off 'Check Inputs' under Options.`,
	);

// ---- Model ----------------------------------------------------------------------------------------------------------

/** What is submitted, as in 'this job'. */
export const MODEL_NOUN = 'job';

export const checkedAgainstModel = (modelId: string) => `Checked against RunComfy's schema for ${modelId}.`;

/** One line of the editor's list. The price comes first because the closed field cuts off the end. */
export const modelInList = (name: string, price: string | undefined) =>
	price === undefined ? name : `${price} · ${name}`;

// ---- In place of the fields --------------------------------------------------------------------------------------------

export const CHOOSE_A_MODEL = 'Choose a model first: its inputs appear here.';

export const MODEL_FROM_EXPRESSION =
	"The model comes from an expression, so its inputs are not known here. Set 'Inputs' to Using JSON.";

export const ONLY_A_PROMPT = 'This model has no inputs besides the prompt.';

const MAX_ID_CHARACTERS = 80;

export const noInputsToShow = (modelId: string) =>
	`The inputs of ${quote(modelId, MAX_ID_CHARACTERS)} cannot be shown as fields. Set 'Inputs' to Using JSON.`;

// ---- Background -----------------------------------------------------------------------------------------------------

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
