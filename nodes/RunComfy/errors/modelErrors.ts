/** What can go wrong before a model is run: its id, its entry in the catalog, its inputs. */

import type { Asked } from './requestErrors';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { NOT_CHARGED, sentences } from './sentences';

export const readingModel = (modelId: string): Asked => ({ doing: `read the model ${modelId} from the catalog` });

export const searchingModels: Asked = { doing: 'search the model catalog' };

const WHERE_MODEL_IDS_ARE = 'Choose the model from the list, or copy the model_id that Get Many returns.';

/** `value`: undefined where there is none. */
export const invalidModelId = (value: unknown) =>
	value === undefined
		? new RunComfyError("'Model' is required", WHERE_MODEL_IDS_ARE)
		: new RunComfyError(
				"'Model' is not a model ID",
				sentences(
					'An ID has 2 to 6 parts separated by slashes, such as blackforestlabs/flux-3/image.',
					WHERE_MODEL_IDS_ARE,
				),
			);

/** `modelId`: undefined where the catalog does not know the page, or could not be read. */
export const isPageOfModel = (modelId: string | undefined) =>
	modelId === undefined
		? new RunComfyError("'Model' is the URL of a page, not a model ID", WHERE_MODEL_IDS_ARE)
		: new RunComfyError(`'Model' is the URL of a page, not a model ID: use ${modelId}`);

export const modelNotFound = (modelId: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy does not know the model ${modelId}`,
		sentences(
			NOT_CHARGED,
			'Model IDs are case-sensitive, and RunComfy renames models now and then.',
			WHERE_MODEL_IDS_ARE,
		),
		facts,
	);

export const inputsUnreadable = (modelId: string) =>
	new RunComfyError(
		`The inputs of the model ${modelId} cannot be read from RunComfy's catalog`,
		`${NOT_CHARGED} To send the inputs without checking them, turn off 'Check Inputs' under Options.`,
	);
