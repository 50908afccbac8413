/** The job of one item of the resource Model. */
import { modelQueue } from '../../api/queue';
import { inputsWrong } from '../../errors/modelErrors';
import { problemsInWords } from '../../errors/modelInputRules';
import { FILE_ADVICE, NOUN } from '../../errors/modelWords';
import type { JobReader } from '../../operations/jobReader';
import type { Run } from '../../operations/run';
import { inputHash } from '../../purchase/job';
import { modelsOfRun } from './catalogue';
import { bodyOf, readInputs } from './input';

/** Reads the jobs of a run, and each of its models once. */
export function jobsOf(run: Run): JobReader {
	const readModel = modelsOfRun(run);
	const readJob: JobReader['readJob'] = async (_run, itemIndex) => {
		const inputs = await readInputs(run, itemIndex, readModel);
		const { modelId, model, body, files, problems } = inputs;
		const [first, ...others] = problems;
		if (first !== undefined) throw inputsWrong(first.message, problemsInWords(others), modelId);

		const queue = modelQueue(run.connection.modelApiUrl, modelId);
		const ofFiles = files.map(({ input, digest }) => `${input} ${digest}`);
		return {
			queue,
			hash: inputHash(run.connection.modelApiUrl, modelId, JSON.stringify(body), ...ofFiles),
			kind: `${queue.submitUrl} ${lengthOf(body)}`.trimEnd(),
			hasFile: files.length > 0,
			fileAdvice: files.length > 0 ? FILE_ADVICE : '',
			expectsFiles: model?.promise.expectsFiles ?? false,
			makeBody: async () => await bodyOf(run, itemIndex, inputs),
		};
	};
	return { noun: NOUN, readJob };
}

/** A clip of ten seconds takes longer than one of five. */
const lengthOf = ({ duration }: Record<string, unknown>): string =>
	typeof duration === 'number' || (typeof duration === 'string' && duration.length < 20) ? String(duration) : '';
