/** The workflow of a deployment, read with suspicion: what of it can be set, and what those inputs are called. */

import { createHash } from 'node:crypto';

import type { FileKind } from '../errors/fileRules';
import { isPlainObject, type PlainObject } from '../errors/shape';
import { mediaOfLoader } from './mediaInputs';
import { byNumberAndName, plainLine, UniqueNames } from './names';
import { type Field, type Schema, type SchemaInput, schemaOf } from '../values/schema';

/**
 * What ComfyUI checks on the machine, after the run is charged: no reason to refuse a value, since the machine may have
 * changed.
 */
export interface InputLimits extends Pick<SchemaInput, 'choices' | 'minimum' | 'maximum'> {
	/** It names a file, and ComfyUI's page has a button there to upload one. */
	media?: FileKind;
}

/** A value of a node that can be set. */
export interface WorkflowInput {
	/** `6.text`: the node's id and the input's name. */
	key: string;
	nodeId: string;
	name: string;
	/** Unique among the workflow's inputs, one short line, no HTML. */
	label: string;
	/** As it was saved, unwrapped. */
	saved: unknown;
	/** Saved as `{ "__value__": … }`, as a list typed by hand is: a bare one could be a link. */
	isWrapped: boolean;
	media?: FileKind;
	/** From ComfyUI's schema; undefined where that does not have the input, or was not read. */
	limits?: InputLimits;
	isSeed: boolean;
	/** Tells a class from another one under the same number, and marked nodes from others. */
	classHash: string;
	/** The same as it is where the mark is not, or is. */
	otherHash: string;
}

export interface WorkflowNode {
	id: string;
	/** What people call it. */
	name: string;
	inputs: PlainObject;
	/** The owner has marked it to be changed at run time, by a title that begins with `>`. */
	isMarked: boolean;
	classType: string;
}

export interface Workflow {
	nodes: ReadonlyMap<string, WorkflowNode>;
	/** By their keys, in the order of the workflow. */
	inputs: ReadonlyMap<string, WorkflowInput>;
	/** Keys of inputs that the owner has chosen to be changed at run time. */
	chosen: readonly string[];
	/** Changes when anything in it does. */
	digest: string;
}

/** Beyond this nobody looks through it, and reading it would hold up n8n. */
const MAX_WORKFLOW_NODES = 5_000;

const MAX_NODE_TITLE_CHARACTERS = 40;

/** Node ids are numbers, within groups with colons. */
const NODE_ID = /^[\w:-]{1,60}$/;

const TITLE_MARK = /^\s*>\s*/;

/** The key of a value that was saved wrapped. */
export const WRAPPED = '__value__';

/** What ComfyUI's page keeps for itself. */
const NOT_INPUTS: readonly string[] = ['upload', 'control_after_generate', 'is_changed', 'choose file to upload'];

const SEEDS: readonly string[] = ['seed', 'noise_seed'];

/** An input that another node fills: `["<node id>", <slot>]`. */
export const isLink = (value: unknown): boolean =>
	Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isInteger(value[1]);

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** Whether it is a workflow in ComfyUI's API format. */
export const isWorkflow = (value: unknown): value is Record<string, PlainObject> =>
	isPlainObject(value) &&
	Object.keys(value).length > 0 &&
	Object.values(value).every(
		(node) => isPlainObject(node) && typeof node.class_type === 'string' && isPlainObject(node.inputs),
	);

/** Reads a workflow; undefined where there is none. `overrides`: what its owner has chosen to be changed. Never throws. */
export function readWorkflow(graph: unknown, overrides?: unknown): Workflow | undefined {
	if (!isWorkflow(graph)) return undefined;
	const nodes = new Map<string, WorkflowNode>();
	const inputs = new Map<string, WorkflowInput>();
	const labels = new UniqueNames();
	// JavaScript has plain numbers first, wherever they stand: nodes of a group belong to their group's number.
	const sorted = Object.entries(graph).sort(([one], [other]) => byNumberAndName(one, other));
	for (const [id, node] of sorted.slice(0, MAX_WORKFLOW_NODES)) {
		if (!NODE_ID.test(id)) continue;
		const read = readNode(id, node);
		nodes.set(id, read);
		for (const input of inputsOf(read, labels)) inputs.set(input.key, input);
	}
	const digest = createHash('sha256').update(JSON.stringify(graph)).digest('base64url');
	return { nodes, inputs, chosen: chosenIn(overrides).filter((key) => inputs.has(key)), digest };
}

function readNode(id: string, { class_type: rawClass, inputs, _meta: meta }: PlainObject): WorkflowNode {
	const classType = String(rawClass);
	const title = isPlainObject(meta) && typeof meta.title === 'string' ? meta.title : '';
	const name =
		plainLine(title.replace(TITLE_MARK, ''), MAX_NODE_TITLE_CHARACTERS) ||
		plainLine(classType, MAX_NODE_TITLE_CHARACTERS);
	return { id, name: name || `Node ${id}`, inputs: inputs as PlainObject, isMarked: TITLE_MARK.test(title), classType };
}

function inputsOf(node: WorkflowNode, labels: UniqueNames): WorkflowInput[] {
	const { id, name: nodeName, inputs, classType, isMarked } = node;
	const hashes = [hashOf(classType), hashOf(`>${classType}`)];
	const own = Object.entries(inputs).filter(
		([name, value]) => !isLink(value) && value !== null && value !== undefined && !NOT_INPUTS.includes(name),
	);
	return own.map(([name, value]) => {
		const isWrapped = isPlainObject(value) && Object.hasOwn(value, WRAPPED) && Object.keys(value).length === 1;
		const label = own.length === 1 ? nodeName : `${nodeName}: ${plainLine(name, MAX_NODE_TITLE_CHARACTERS)}`;
		const media = typeof value === 'string' ? mediaOfLoader(classType, name) : undefined;
		return {
			key: `${id}.${name}`,
			nodeId: id,
			name,
			label: labels.give([label, `${label} #${id}`]),
			saved: isWrapped ? value[WRAPPED] : value,
			isWrapped,
			...(media && { media }),
			isSeed: SEEDS.includes(name) && typeof value === 'number',
			classHash: hashes[isMarked ? 1 : 0],
			otherHash: hashes[isMarked ? 0 : 1],
		};
	});
}

/** The keys in overrides. */
function chosenIn(overrides: unknown): string[] {
	return Object.entries(isPlainObject(overrides) ? overrides : {}).flatMap(([nodeId, node]) => {
		const inputs = isPlainObject(node) && isPlainObject(node.inputs) ? node.inputs : {};
		return Object.keys(inputs).map((name) => `${nodeId}.${name}`);
	});
}

// ---- As a schema of values -------------------------------------------------------------------------------------------

/** What values for this workflow have to fit. Nothing is required: what is not given stays as it was saved. */
export function schemaOfWorkflow({ inputs }: Workflow): Schema {
	const fields = [...inputs.values()].map((input) => [input.key, schemaField(input)] as const);
	return schemaOf(Object.fromEntries(fields), { owner: "the deployment's workflow" });
}

/** What a value for one input has to fit. */
export function schemaField({ label, saved, media, isSeed }: WorkflowInput): Field {
	if (media !== undefined) return { label, kind: 'mediaOne', media };
	// JSON holds no larger whole number exactly: another one would be sent.
	if (isSeed) return { label, kind: 'integer', minimum: Math.min(0, Number(saved)), maximum: Number.MAX_SAFE_INTEGER };
	switch (typeof saved) {
		case 'string':
			return { label, kind: 'text' };
		case 'number':
			return { label, kind: 'number' };
		case 'boolean':
			return { label, kind: 'boolean', default: saved };
		default:
			return { label, kind: 'unclear', types: [Array.isArray(saved) ? 'array' : 'object'] };
	}
}
