import { AUDIO_MODELS } from './audioModels.mts';
import { generatedModels } from './generatedModels.mts';
import { hostileModels } from './hostileModels.mts';
import { IMAGE_MODELS } from './imageModels.mts';
import type { Model } from './model.mts';
import { OTHER_MODELS } from './otherModels.mts';
import { REPLACE_BACKGROUND } from './replaceBackground.mts';
import { VIDEO_MODELS } from './videoModels.mts';

/** Shaped as RunComfy's own. */
const RUNCOMFY_MODELS: readonly Model[] = [REPLACE_BACKGROUND, ...IMAGE_MODELS, ...VIDEO_MODELS, ...AUDIO_MODELS];

/** What a test of any model runs through. */
export const KNOWN_MODELS: readonly Model[] = [...RUNCOMFY_MODELS, ...OTHER_MODELS];

/** What belongs to the catalogue besides the known ones. */
export interface CatalogueSize {
	/** Entries to page through. */
	generated: number;
	/** Whether entries that mean harm are among them. */
	hostile: boolean;
	/** Whether those that exist only here are listed. They can be run in any case. */
	test: boolean;
}

/** The whole catalogue, in the order it is listed in. */
export function catalogue({ generated, hostile, test }: CatalogueSize): readonly Model[] {
	return [
		...(test ? KNOWN_MODELS : RUNCOMFY_MODELS),
		...(hostile ? hostileModels() : []),
		...generatedModels(generated),
	];
}

export function findModel(modelId: string | undefined, size: CatalogueSize): Model | undefined {
	return (
		KNOWN_MODELS.find((model) => model.model_id === modelId) ??
		catalogue(size).find((model) => model.model_id === modelId)
	);
}
