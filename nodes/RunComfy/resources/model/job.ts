/** The job of one item of the resource Model. */
import type { IDataObject } from 'n8n-workflow';

import { modelQueue } from '../../api/queue';
import { inputsWrong } from '../../errors/modelErrors';
import { problemsInWords } from '../../errors/modelInputRules';
import { FILE_ADVICE, NOUN } from '../../errors/modelWords';
import { asRunComfyError, RunComfyError } from '../../errors/RunComfyError';
import type { JobReader } from '../../batch/jobReader';
import type { Run } from '../../batch/run';
import { inputHash, type Job, type SeedInput } from '../../purchase/job';
import { quoteOf } from '../../purchase/quote';
import { modelsOfRun, type ReadModel } from '../../catalogue/models';
import { bodyOf, type ReadInputs, readInputs } from './input';
import type { Schema } from '../../values/schema';

/** Reads the jobs of a run, and each of its models once. */
export function jobsOf(run: Run): JobReader {
	const readModel = modelsOfRun(run);
	return {
		noun: NOUN,
		sourceOf: () => undefined,
		readJob: async (_run, itemIndex) => {
			const inputs = await readInputs(run, itemIndex, readModel);
			const [first, ...others] = inputs.problems;
			if (first !== undefined) throw inputsWrong(first.message, problemsInWords(others), inputs.modelId);
			return jobOf(run, itemIndex, inputs, readModel);
		},
		checkJob: async (_run, itemIndex) => {
			try {
				const inputs = await readInputs(run, itemIndex, readModel);
				const problems = inputs.problems.map(({ message }) => new RunComfyError(message));
				return { job: jobOf(run, itemIndex, inputs, readModel), problems };
			} catch (error) {
				return { problems: [asRunComfyError(error)] };
			}
		},
	};
}

function jobOf(run: Run, itemIndex: number, inputs: ReadInputs, readModel: ReadModel): Job {
	const { modelId, model, body, files } = inputs;
	const queue = modelQueue(run.connection.modelApiUrl, modelId);
	const ofFiles = files.map(({ input, digest }) => `${input} ${digest}`);
	const seed = seedInputOf(model?.schema, body);
	return {
		queue,
		hash: inputHash(run.connection.modelApiUrl, modelId, JSON.stringify(body), ...ofFiles),
		kind: `${queue.submitUrl} ${lengthOf(body)}`.trimEnd(),
		hasFile: files.length > 0,
		fileAdvice: files.length > 0 ? FILE_ADVICE : '',
		expectsFiles: model?.promise.expectsFiles ?? false,
		inputs: { ...body, ...toldFiles(files) } as IDataObject,
		...(seed && { seed }),
		quote: async () => {
			const priced = model ?? (await readModel(modelId));
			return quoteOf(priced.price, body, defaultsOf(priced.schema));
		},
		makeBody: async () => await bodyOf(run, itemIndex, inputs),
	};
}

/** RunComfy's seeds fit into 31 bits where the schema names no maximum. */
const SEED_MAX = 2_147_483_647;

function seedInputOf(schema: Schema | undefined, { seed: given }: Record<string, unknown>): SeedInput | undefined {
	const input = schema?.inputs.get('seed');
	if (input?.kind !== 'integer') return undefined;
	// A negative seed asks for a random one.
	const min = Math.max(0, input.minimum ?? 0);
	const max = Math.min(input.maximum ?? SEED_MAX, SEED_MAX);
	const isUsable = typeof given === 'number' && given >= min && given <= max;
	return { name: 'seed', min, max, ...(isUsable && { given }) };
}

const defaultsOf = (schema: Schema | undefined): Record<string, unknown> =>
	Object.fromEntries([...(schema?.inputs ?? [])].map(([name, input]) => [name, input.default]));

/** Files as a person knows them. */
function toldFiles(files: ReadInputs['files']): Record<string, unknown> {
	const told = new Map<string, unknown[]>();
	for (const { input, facts } of files) told.set(input, [...(told.get(input) ?? []), { ...facts }]);
	return Object.fromEntries(told);
}

/** A clip of ten seconds takes longer than one of five. */
const lengthOf = ({ duration }: Record<string, unknown>): string =>
	typeof duration === 'number' || (typeof duration === 'string' && duration.length < 20) ? String(duration) : '';
