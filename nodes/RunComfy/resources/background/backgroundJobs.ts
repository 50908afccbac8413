/** From n8n's parameters to the job of an item. Everything is checked before anything is paid. */

import type { IDataObject } from 'n8n-workflow';

import { modelQueue } from '../../api/queue';
import type { CheckedJob, JobReader } from '../../batch/jobReader';
import type { Run } from '../../batch/run';
import { modelOfRun } from '../../catalogue/modelCatalogue';
import { EXTRA_FIELDS, IF_IMAGE_REFUSED, BACKGROUND_NOUN, USE_BINARY_FILE } from '../../errors/modelErrors';
import { type Problem, problemOf } from '../../errors/problem';
import { isPlainObject, type PlainObject } from '../../errors/shape';
import { cannotBeCombined, cannotBeEmpty } from '../../errors/valueRules';
import { canonicalJson, inputHash, type Job } from '../../purchase/job';
import { estimateOf } from '../../purchase/estimate';
import { checkValues } from '../../values/checkValues';
import { bodyOf, type GivenValues, type ItemInputs, readItemInputs } from '../../values/itemInputs';
import { Parameters } from '../../values/parameters';
import { isNotGiven } from '../../values/schema';
import { allowsPrivate, inHash, jobReaderOf } from '../jobReaderOf';
import { DEFAULT_RENDERING_SPEED, IDEOGRAM_SEED_MAX, MODEL_ID } from './ideogram';
import { colorsIn, EXTRA, FIELDS, inRunComfyNames, PALETTES, SOURCE } from './backgroundSchema';

/** Reads and checks the job of one item, with all that is wrong with it. */
async function read(run: Run, itemIndex: number): Promise<CheckedJob> {
	const parameters = new Parameters(run.context, itemIndex);
	const options = { allowPrivate: allowsPrivate(run), wayOut: USE_BINARY_FILE };
	const { values: given, files, extraFields } = readBackground(parameters);
	const inputs = await readItemInputs(parameters, FIELDS, given, files, options);
	const extra = checkValues(EXTRA, extraFields, options);
	const problems = [...inputs.problems, ...problemsOfExtra(extraFields), ...extra.problems];
	if (problems.length > 0) return { problems };
	return {
		job: backgroundJob(run, itemIndex, inputs, { ...inRunComfyNames(inputs.values), ...(extra.values as IDataObject) }),
		problems,
	};
}

const fieldLabel = (name: string): string => FIELDS.inputs.get(name)?.label ?? name;

function readBackground(parameters: Parameters): GivenValues & { extraFields: PlainObject } {
	const source = checkValues(SOURCE, { imageSource: parameters.read('imageSource') });
	for (const problem of source.problems) parameters.note('image', problem);
	const { extraFields: extra, ...options } = parameters.readObject('modelOptions', 'Model Options');
	const extraFields = parameters.objectIn(extra, 'extraFields', EXTRA_FIELDS, { seed: 7 });
	const [palette, another] = PALETTES.filter((name) => !isNotGiven(options[name]));
	if (another !== undefined) {
		parameters.note(another, problemOf(palette, fieldLabel(palette), cannotBeCombined(fieldLabel(another))));
	}
	const { paletteText, customPalette } = options;
	const given = {
		...options,
		prompt: parameters.read('prompt'),
		...(!isNotGiven(paletteText) && { paletteText: colorsIn(paletteText) }),
		// n8n keeps the list of a fixed collection under the name of its only field.
		...(isPlainObject(customPalette) && { customPalette: customPalette.colors ?? [] }),
	};
	if (source.values.imageSource === 'binary') {
		const field = parameters.read('binaryPropertyName', 'image');
		const files = parameters.faulty.has('image') ? [] : [{ input: 'image', source: field }];
		return { values: given, files, extraFields };
	}
	const image = source.problems.length > 0 ? undefined : parameters.read('imageUrl', 'image');
	return { values: { ...given, image }, files: [], extraFields };
}

/** Extra Fields win over all others, but not so far that they empty what the model cannot do without. */
const problemsOfExtra = (extraFields: PlainObject): Problem[] =>
	['image', 'prompt']
		.filter((name) => Object.hasOwn(extraFields, name) && isNotGiven(extraFields[name]))
		.map((name) => problemOf(name, EXTRA.inputs.get(name)?.label ?? name, cannotBeEmpty()));

/** `fields`: the body by RunComfy's names, less the file. Extra Fields may hold an image of their own. */
function backgroundJob(run: Run, itemIndex: number, { files }: ItemInputs, fields: IDataObject): Job {
	const { modelApiUrl } = run.connection;
	const queue = modelQueue(modelApiUrl, MODEL_ID);
	const { rendering_speed: speed = DEFAULT_RENDERING_SPEED } = fields;
	const sentFiles = fields.image === undefined ? files : [];
	const hasFile = sentFiles.length > 0;
	const hashOf = (sent: object) => inputHash(modelApiUrl, MODEL_ID, canonicalJson(sent), ...inHash(sentFiles));
	return {
		queue,
		hash: hashOf(fields),
		kind: `${queue.submitUrl} ${String(speed).toUpperCase()}`,
		hasFile,
		fileAdvice: hasFile ? IF_IMAGE_REFUSED : '',
		expectsFiles: true,
		inputs: { ...(hasFile && { image: { ...sentFiles[0].facts } }), ...fields } as IDataObject,
		seed: {
			name: 'seed',
			min: 0,
			max: IDEOGRAM_SEED_MAX,
			madeUpMax: IDEOGRAM_SEED_MAX,
			given: fields.seed,
			hashWith: (seed) => hashOf({ ...fields, seed }),
		},
		// The model's price says nothing of its options.
		estimate: async () => estimateOf((await modelOfRun(run, MODEL_ID)).price, fields),
		makeBody: async () => await bodyOf(run.context, itemIndex, { values: fields, files: sentFiles }),
	};
}

const reader: JobReader = jobReaderOf(
	{ noun: BACKGROUND_NOUN, given: readBackground, modelIdOf: () => MODEL_ID },
	read,
);

export const backgroundJobs = (): JobReader => reader;
