/** A warning for a model that works from an image, video or audio, where an item gives none: RunComfy runs and charges it. */

import type { Run } from '../../batch/run';
import { withoutMedia } from '../../errors/hintLines';
import type { Hint } from '../../output/hints';
import type { ModelInputs } from './input';

/** The medium a category starts from, as in image-to-video and edit-video. */
const mediumOf = (category: unknown): string | undefined =>
	typeof category === 'string'
		? /^(?:(image|video|audio)-to-|edit-(image|video)$)/.exec(category)?.slice(1).join('')
		: undefined;

/** Collects the items of a run and keeps one hint that counts them. */
export function missingMediaWarning({ hints }: Run): (itemIndex: number, inputs: ModelInputs) => void {
	const items = new Set<number>();
	const hint: Hint = { text: '', type: 'warning' };
	return (itemIndex, { model, values, files }) => {
		const categories = Array.isArray(model?.about.categories) ? model.about.categories : [];
		const media = categories.map(mediumOf);
		const [medium] = media;
		if (medium === undefined || media.includes(undefined)) return;
		const isMedia = (name: string) => model?.schema?.inputs.get(name)?.media !== undefined;
		if (files.length > 0 || Object.keys(values).some(isMedia)) return;
		items.add(itemIndex);
		hint.text = withoutMedia(items.size, medium);
		if (!hints.includes(hint)) hints.push(hint);
	};
}
