/** Words for the resource Model: in errors that all resources share, and in the editor while a person fills it in. */

import { quote } from './cleanText';

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
