/** One item's inputs, checked by the live schema of its model before anything is paid. */
import { createHash } from 'node:crypto';

import type { IDataObject } from 'n8n-workflow';

import { inputsUnreadable } from '../../errors/modelErrors';
import { cannotBeFetched, type InputProblem } from '../../errors/modelInputRules';
import { readAddress } from '../../values/address';
import { asDataUri } from '../../values/file';
import { readSwitch } from '../../values/parameters';
import type { Run } from '../../batch/run';
import type { Model, ReadModel } from '../../catalogue/models';
import type { FileFacts } from '../../values/fileRules';
import { checkInputs, givenInputs } from '../../values/check';
import { findFiles, type ItemFile, readFile } from '../../values/itemFiles';
import { mediaOf } from '../../catalogue/mediaInputs';
import { readGiven, readModelId } from './parameters';

/** A file whose content has been seen. */
interface SeenFile extends ItemFile {
	digest: string;
}

export interface ReadInputs {
	modelId: string;
	/** Absent where 'Check Inputs' is off: then the catalogue is not read. */
	model?: Model;
	/** What is sent, less the files. */
	body: Record<string, unknown>;
	files: SeenFile[];
	/** All that is wrong. Empty: it may be sent. */
	problems: InputProblem[];
}

/**
 * Reads and checks the inputs of one item. Throws a RunComfyError where there is nothing to check: no model, no schema, no
 * set of inputs.
 */
export async function readInputs(run: Run, itemIndex: number, readModel: ReadModel): Promise<ReadInputs> {
	const { context } = run;
	const modelId = readModelId(context, itemIndex);
	const { given, problems: givenProblems } = readGiven(context, itemIndex);
	const { files: found, problems: fileProblems } = await findFiles(context, itemIndex);
	const model = isCheckWanted(run, itemIndex) ? await modelToCheckBy(modelId, readModel) : undefined;

	const check = (files: ItemFile[]) => {
		const { body, problems } = checkedBy(run, model, given, files);
		return { modelId, ...(model && { model }), body, problems: [...givenProblems, ...fileProblems, ...problems] };
	};
	const checked = check(found);
	// A file that is too large is not read at all.
	if (found.length === 0 || checked.problems.length > 0) return { ...checked, files: [] };
	const files = await seen(run, itemIndex, found);
	return { ...check(files), files };
}

const isCheckWanted = ({ context }: Run, itemIndex: number): boolean => {
	const { checkInputs: wanted } = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	return readSwitch('Check Inputs', wanted, true);
};

async function modelToCheckBy(modelId: string, readModel: ReadModel): Promise<Model> {
	const model = await readModel(modelId);
	if (model.schema === undefined) throw inputsUnreadable(modelId);
	return model;
}

function checkedBy(
	{ connection }: Run,
	model: Model | undefined,
	given: Record<string, unknown>,
	files: ItemFile[],
): { body: Record<string, unknown>; problems: InputProblem[] } {
	if (model?.schema === undefined) return { body: givenInputs(given), problems: [] };
	const factsOf = new Map<string, FileFacts[]>();
	for (const { input, facts } of files) factsOf.set(input, [...(factsOf.get(input) ?? []), facts]);
	// A custom service may stand in the same private network as n8n.
	const allowPrivate = connection.environment === 'custom';
	return checkInputs(model.schema, given, {
		files: factsOf,
		checkAddress: (text) => {
			const read = readAddress(text, allowPrivate);
			return 'address' in read ? read.address : { problem: cannotBeFetched(read.fault.reason, read.fault.advice) };
		},
	});
}

/** One at a time, and nothing but the digest is kept: a batch of films is never in memory as a whole. */
async function seen({ context }: Run, itemIndex: number, files: ItemFile[]): Promise<SeenFile[]> {
	const all: SeenFile[] = [];
	for (const file of files) {
		const { bytes, facts } = await readFile(context, itemIndex, file);
		all.push({ ...file, facts, digest: createHash('sha256').update(bytes).digest('base64url') });
	}
	return all;
}

/** What is sent: the inputs, and the files read anew, in the form of data URIs. Throws a RunComfyError. */
export async function bodyOf({ context }: Run, itemIndex: number, inputs: ReadInputs): Promise<IDataObject> {
	const { body, files } = inputs;
	const uris = new Map<string, string[]>();
	for (const file of files) {
		const { bytes, facts } = await readFile(context, itemIndex, file);
		uris.set(file.input, [...(uris.get(file.input) ?? []), asDataUri({ bytes, type: facts.type })]);
	}
	// fromEntries, since an assignment to `__proto__` would be none.
	return Object.fromEntries([
		...Object.entries(body),
		...[...uris].map(([input, list]) => [input, withFiles(inputs, input, list)] as const),
	]) as IDataObject;
}

/** An input's addresses and files: a list where the model wants one. Without its schema the name has to tell. */
function withFiles({ model, body }: ReadInputs, input: string, uris: string[]): unknown {
	const isGiven = Object.hasOwn(body, input);
	const known = model?.schema?.inputs.get(input);
	const isList = known === undefined ? (mediaOf(input, [], [])?.isList ?? false) : known.kind === 'mediaMany';
	if (!isList && !isGiven && uris.length === 1) return uris[0];
	return [...(isGiven ? [body[input]].flat() : []), ...uris];
}
