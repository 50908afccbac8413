import type { SwitchBoard } from '../switchBoard.mts';
import { generatedModels } from './generatedModels.mts';
import { hostileModels } from './hostileModels.mts';
import { IMAGE_MODELS } from './imageModels.mts';
import type { Model } from './model.mts';
import { OTHER_MODELS } from './otherModels.mts';
import { REPLACE_BACKGROUND } from './replaceBackground.mts';
import { AUDIO_MODELS, VIDEO_MODELS } from './videoModels.mts';

/** Shaped as RunComfy's own. */
const RUNCOMFY_MODELS: readonly Model[] = [REPLACE_BACKGROUND, ...IMAGE_MODELS, ...VIDEO_MODELS, ...AUDIO_MODELS];

/** What a test of any model runs through. */
export const KNOWN_MODELS: readonly Model[] = [...RUNCOMFY_MODELS, ...OTHER_MODELS];

/** The whole catalogue, as the switches have it, in the order it is listed in. */
export function catalogue(switches: SwitchBoard): readonly Model[] {
	return [
		...(switches.take('testModels') ? KNOWN_MODELS : RUNCOMFY_MODELS),
		...(switches.take('hostileModels') ? hostileModels() : []),
		...generatedModels(switches.take('generatedModels')),
	];
}

/** The model of an id. Those that exist only here can be run whether they are listed or not. */
export function findModel(modelId: string | undefined, switches: SwitchBoard): Model | undefined {
	const isIt = (model: Model) => model.model_id === modelId;
	return KNOWN_MODELS.find(isIt) ?? catalogue(switches).find(isIt);
}
