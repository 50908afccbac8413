/** What can go wrong before a model is run: its id, its entry in the catalogue, its inputs. */

import type { Asked } from './requestErrors';
import { type ErrorFacts, RunComfyError } from './RunComfyError';
import { sentences } from './sentences';

export const readingModel = (modelId: string): Asked => ({ doing: `read the model ${modelId} from the catalogue` });

export const searchingModels: Asked = { doing: 'search the catalogue of models' };

const WHERE_IDS_ARE = "Choose the model 'From list', or copy the model_id that Get Many gives.";

/** `value`: undefined where there is none. */
export const invalidModelId = (value: unknown) =>
	value === undefined
		? new RunComfyError("'Model' is required", WHERE_IDS_ARE)
		: new RunComfyError(
				"'Model' is not a model ID",
				sentences('An ID has 2 to 6 parts separated by slashes, such as blackforestlabs/flux-3/image.', WHERE_IDS_ARE),
			);

/** `modelId`: undefined where the catalogue does not know the page, or was not to be reached. */
export const isPageOfModel = (modelId: string | undefined) =>
	new RunComfyError(
		"'Model' is the address of a page, not a model ID",
		modelId === undefined ? WHERE_IDS_ARE : `The ID of the model on that page is ${modelId}.`,
	);

export const modelNotFound = (modelId: string, facts: ErrorFacts) =>
	new RunComfyError(
		`RunComfy does not know the model ${modelId}`,
		sentences(
			'Capital and small letters count, and RunComfy renames models now and then.',
			WHERE_IDS_ARE,
			'Nothing was charged.',
		),
		facts,
	);

export const inputsUnreadable = (modelId: string) =>
	new RunComfyError(
		`The inputs of the model ${modelId} cannot be read from RunComfy's catalogue`,
		"So nothing can be checked, and nothing was submitted. To send what is given as it is, switch off 'Check Inputs' under Options.",
	);
