/** From a deployment's workflow to the fields that n8n's resource mapper shows. */

import type { ResourceMapperField } from 'n8n-workflow';

import { isEditable, mapperField, MAX_FIELDS, numberRange } from './mapperFields';
import { UniqueNames } from './names';
import { schemaField, type Workflow, type WorkflowInput, type WorkflowNode } from './workflow';

/** Shown at once where the owner has chosen none. */
const MAX_GUESSED = 12;

/** A saved value that fits behind a name. */
const MAX_SAVED_CHARACTERS = 20;

/** A longer text is no prompt, and fills the panel. */
const MAX_PROMPT_CHARACTERS = 2_000;

const PROMPT_ENCODER = /TextEncode|Prompt/i;
const PROMPT_TITLE = /prompt/i;

/** Files on the machine, which the builder of the workflow chose. */
const WEIGHTS_FILE = /\.(safetensors|sft|ckpt|pth?|bin|gguf|onnx)$/i;

/**
 * The id of a field, as the editor can keep it: `38-42.seed.1a2b3c4d`. The hash of the class makes it another field once the
 * same number belongs to another node, and once the node is marked: the editor shows new fields only.
 */
export const fieldIdOf = ({ nodeId, name, classHash }: Pick<WorkflowInput, 'nodeId' | 'name' | 'classHash'>): string =>
	`${nodeId.replaceAll(':', '-')}.${name}.${classHash}`;

/** The input of a field, whether it was chosen before its node was marked or after. */
export function inputOfField(workflow: Workflow): (id: string) => WorkflowInput | undefined {
	const byId = inputsByFieldId(workflow);
	const byOtherId = new Map(
		[...byId.values()].map((input) => [fieldIdOf({ ...input, classHash: input.otherHash }), input]),
	);
	return (id) => byId.get(id) ?? byOtherId.get(id);
}

/** The inputs that can be fields, by their ids. Of two with one id the first counts. */
export function inputsByFieldId({ inputs }: Workflow): Map<string, WorkflowInput> {
	const byId = new Map<string, WorkflowInput>();
	for (const input of inputs.values()) {
		const id = fieldIdOf(input);
		if (isEditable(input.name) && !byId.has(id)) byId.set(id, input);
	}
	return byId;
}

/**
 * The fields of a workflow, those shown at once first. The owner's choice decides which these are, else the titles that begin
 * with `>`, else a guess.
 *
 * @param reserved names of the node's own parameters; an AI agent could not tell a field of the same name from them.
 */
export function fieldsOfWorkflow(workflow: Workflow, reserved: readonly string[]): ResourceMapperField[] {
	const byId = inputsByFieldId(workflow);
	const editable = [...byId.values()];
	const shown = shownAtOnce(workflow, editable);
	const isShown = new Set(shown);
	const names = new UniqueNames(reserved);
	const sorted = [...shown, ...editable.filter((input) => !isShown.has(input))];
	return sorted.slice(0, MAX_FIELDS).map((input) => {
		const { label, nodeId, saved, limits: { choices, ...range } = {} } = input;
		return mapperField(
			{ ...schemaField(input), choices, default: saved },
			{
				id: fieldIdOf(input),
				displayName: names.give([label, `${label} #${nodeId}`], savedInBrackets(input, numberRange(range))),
				required: false,
				removed: !isShown.has(input),
			},
		);
	});
}

function shownAtOnce({ chosen, nodes }: Workflow, editable: WorkflowInput[]): WorkflowInput[] {
	const byKey = new Map(editable.map((input) => [input.key, input]));
	const owned = chosen.flatMap((key) => byKey.get(key) ?? []).filter(isShort);
	if (owned.length > 0) return owned;
	const plain = editable.filter((input) => isShort(input) && !isOfMachine(input));
	const marked = plain.filter(({ nodeId }) => nodes.get(nodeId)?.isMarked === true);
	if (marked.length > 0) return marked;
	const isPrompt = (input: WorkflowInput) => isPromptOf(nodes.get(input.nodeId), input);
	const guesses = [isPrompt, ({ media }: WorkflowInput) => media !== undefined, ({ isSeed }: WorkflowInput) => isSeed];
	return guesses.flatMap((isMeant) => plain.filter(isMeant)).slice(0, MAX_GUESSED);
}

const isPromptOf = (node: WorkflowNode | undefined, { saved, name, media }: WorkflowInput): boolean =>
	node !== undefined &&
	typeof saved === 'string' &&
	media === undefined &&
	((PROMPT_ENCODER.test(node.classType) && /text|prompt/i.test(name)) || PROMPT_TITLE.test(node.name));

const isShort = ({ saved }: WorkflowInput): boolean =>
	typeof saved !== 'string' || (saved.length <= MAX_PROMPT_CHARACTERS && !/^data:/i.test(saved));

const isOfMachine = ({ name, saved, media }: WorkflowInput): boolean =>
	name === 'filename_prefix' || (media === undefined && typeof saved === 'string' && WEIGHTS_FILE.test(saved.trim()));

/** The range, and the saved value, which counts where the field stays empty, in brackets; of media what they take. */
function savedInBrackets({ saved, media }: WorkflowInput, range: string): string {
	if (media !== undefined) return ' (URL or Files)';
	const text = typeof saved === 'string' ? saved.replace(/[\p{C}\s]+/gu, ' ').trim() : JSON.stringify(saved);
	const isWhole = typeof saved !== 'number' || Math.abs(saved) <= Number.MAX_SAFE_INTEGER;
	const isShown =
		text !== undefined && text !== '' && text.length <= MAX_SAVED_CHARACTERS && isWhole && !/[<>]/.test(text);
	const parts = [range, isShown ? `saved: ${text}` : ''];
	return parts.join('') === '' ? '' : ` (${parts.filter(Boolean).join(', ')})`;
}
