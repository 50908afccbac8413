import { choice, flag, media, prompt, whole } from './inputs.mts';
import { defineModel, type Model, type ModelFacts, type Property } from './model.mts';

/** Enough for many pages; keeps a slip from filling the memory. */
export const MAX_GENERATED_MODELS = 5_000;

const ADJECTIVES = ['Amber', 'Brisk', 'Calm', 'Deep', 'Early', 'Faint', 'Gentle', 'Hollow', 'Idle', 'Jolly'];

const NOUNS = ['Anvil', 'Birch', 'Comet', 'Delta', 'Ember', 'Fjord', 'Grove', 'Heron', 'Islet', 'Jasper'];

/** What such a model does, one after the other. */
const TASKS: ReadonlyArray<{ category: string; price: ModelFacts['price']; media: Record<string, Property> }> = [
	{ category: 'text-to-image', price: [0.02, 'output'], media: {} },
	{ category: 'image-to-image', price: [0.03, 'output'], media: { image_url: media('image', 'generated.png') } },
	{ category: 'text-to-video', price: [0.05, 'second'], media: {} },
	{ category: 'image-to-video', price: [0.06, 'second'], media: { image: media('image', 'generated.png') } },
	{ category: 'text-to-audio', price: [0.001, 'second'], media: {} },
];

const made: Model[] = [];

/** The first so many of an endless row of models, always the same ones. They exist to be paged through, and run. */
export function generatedModels(count: number): readonly Model[] {
	while (made.length < count) made.push(generate(made.length));
	return made.slice(0, count);
}

function generate(index: number): Model {
	const number = String(index + 1).padStart(4, '0');
	const task = TASKS[index % TASKS.length];
	const name = `${ADJECTIVES[index % 10]} ${NOUNS[Math.floor(index / 10) % 10]} ${number}`;
	const timed: Record<string, Property> = task.price[1] === 'second' ? { duration: whole(1, 10, 5) } : {};
	return defineModel({
		id: `generated/${name.toLowerCase().replaceAll(' ', '-')}/${task.category}`,
		name,
		description: `Generated entry ${number}, ${task.category}.`,
		categories: [task.category],
		price: task.price,
		required: [...Object.keys(task.media), 'prompt'],
		inputs: {
			...task.media,
			prompt: prompt('Anything.'),
			size: choice(['auto', 'small', 'large'], 'auto'),
			...timed,
			seed: whole(0, 1_000_000, 0),
			watermark: flag(index % 3 === 0),
		},
	});
}
