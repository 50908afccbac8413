/** The node's parameters about a model, as a person, a table or an agent filled them in. */

import { isModelId } from '../../api/ids';
import type { Run } from '../../batch/run';
import { idOfPage } from '../../catalogue/modelList';
import { invalidModelId, isPageOfModel } from '../../errors/modelErrors';
import { asRunComfyError } from '../../errors/RunComfyError';
import { idInLocator } from '../liveInputs';

/** Reads and checks 'Model' before it can reach a URL. Throws a RunComfyError. */
export async function readModelId(run: Run, itemIndex: number): Promise<string> {
	const modelId = idInLocator(run.context.getNodeParameter('modelId', itemIndex, ''));
	if (isModelId(modelId)) return modelId;
	throw isModelPage(modelId) ? isPageOfModel(await idOfPageIfKnown(run, modelId)) : invalidModelId(modelId);
}

const isModelPage = (value: unknown): value is string =>
	typeof value === 'string' &&
	/^https?:\/\/([\w-]+\.)*runcomfy\.com\/(.*\/)?models\/./i.test(value) &&
	URL.canParse(value);

/** Only the advice depends on it, so that a catalogue out of reach does not matter. */
async function idOfPageIfKnown(run: Run, address: string): Promise<string | undefined> {
	try {
		return await idOfPage(run, address);
	} catch (error) {
		asRunComfyError(error);
		return undefined;
	}
}
