/** What tests of the resource Model start from: parameters, and an input that fits a model of the emulator's. */
import type { INodeParameters, ResourceMapperField } from 'n8n-workflow';

import { readModelSchema } from '../../nodes/RunComfy/catalogue/modelSchema.ts';
import { fieldsOfSchema } from '../../nodes/RunComfy/catalogue/mapperFields.ts';
import { KNOWN_MODELS, type Model } from '../emulator/emulator.mts';

/** Makes an image of a prompt and takes little else. */
export const TEXT_TO_IMAGE = 'blackforestlabs/flux-3/image';

export const IMAGE_TO_TEXT = 'emulator/image-to-text';

export const byId = (modelId: unknown): INodeParameters => ({
	modelId: { __rl: true, mode: 'id', value: modelId as string },
});

/** Run and Wait with the inputs as JSON. */
export const runModel = (modelId: unknown, prompt = '', inputs: unknown = {}, rest: INodeParameters = {}) => ({
	resource: 'model',
	operation: 'runAndWait',
	...byId(modelId),
	prompt,
	inputMode: 'json',
	inputsJson: typeof inputs === 'string' ? inputs : JSON.stringify(inputs),
	...rest,
});

/** A value of the resource mapper, as the editor stores it. */
export const mapper = (value: Record<string, unknown>, schema: ResourceMapperField[] = []): INodeParameters => ({
	inputMode: 'fields',
	inputs: { mappingMode: 'defineBelow', value, matchingColumns: [], schema } as unknown as INodeParameters,
});

export const modelOf = (modelId: string): Model => {
	const model = KNOWN_MODELS.find(({ model_id: id }) => id === modelId);
	if (model === undefined) throw new Error(`The emulator has no model ${modelId}`);
	return model;
};

type Property = Record<string, unknown>;

const address = (kind: string, number: number) => `https://media.example.com/${kind}-${number}`;

/** A value that fits a property; other than its default where it can be. */
function sampleOf(name: string, property: Property): unknown {
	const { type, enum: choices, minimum, minItems, items, format } = property;
	if (Array.isArray(choices)) return choices.at(-1) as unknown;
	switch (type) {
		case 'integer':
		case 'number':
		case 'float':
			return typeof minimum === 'number' ? minimum : 7;
		case 'boolean':
			return property.default !== true;
		case 'object':
			return { name: 'Ember', weights: [1, 0.5] };
		case 'array': {
			const isStructured = (items as Property | undefined)?.type === 'object';
			const kind = typeof format === 'string' ? format.split('_')[0] : 'image';
			const length = Math.max(2, Number(minItems ?? 0));
			return Array.from({ length }, (_, index) => (isStructured ? { text: `${name} ${index}` } : address(kind, index)));
		}
		default:
			return typeof format === 'string' || /image|video|audio|mask/.test(name)
				? address(name, 1)
				: `${name}, as wished`;
	}
}

interface Sample {
	prompt: string;
	/** All other inputs, as the model takes them. */
	inputs: Record<string, unknown>;
}

/** Something for every input a model has. */
export function sampleFor({ input_schema: schema }: Model): Sample {
	const { prompt, ...others } = schema.properties;
	return {
		prompt: prompt === undefined ? '' : 'a lighthouse in a storm',
		inputs: Object.fromEntries(Object.entries(others).map(([name, property]) => [name, sampleOf(name, property)])),
	};
}

/** The fields the editor shows for a model. */
export const fieldsFor = ({ input_schema: schema }: Model): ResourceMapperField[] => {
	const read = readModelSchema(schema);
	return read === undefined ? [] : fieldsOfSchema(read);
};

/** The same input as a person fills it into the fields: lists one entry a line, what is structured as JSON text. */
export function asTyped({ inputs }: Sample, fields: ResourceMapperField[]): Record<string, unknown> {
	const typeOf = new Map(fields.map(({ id, type }) => [id, type]));
	return Object.fromEntries(
		Object.entries(inputs).map(([name, value]) => {
			if (typeof value !== 'object') return [name, value];
			if (Array.isArray(value) && typeOf.get(name) === 'string') return [name, value.join('\n')];
			return [name, JSON.stringify(value)];
		}),
	);
}
