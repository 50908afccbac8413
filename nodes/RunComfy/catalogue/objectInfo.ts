/**
 * Choices and ranges of a workflow's inputs, from ComfyUI's schema of all node classes: an extra that may be missing, slow or
 * huge.
 */

import { isFileAddressAllowed } from '../api/connection';
import { type Lookup, withinPatience } from '../batch/lookup';
import type { FileKind } from '../errors/fileRules';
import { isPlainObject, type PlainObject } from '../errors/shape';
import type { Deployment } from './readDeployment';
import { numberRange } from './mapperFields';
import { mediaOfSaved } from './mediaInputs';
import { type InputLimits, isLink, type Workflow, type WorkflowInput } from './workflow';

/** More choices than this are files on the machine, and nobody scrolls through them. */
const MAX_SHOWN_CHOICES = 100;

/** A file chosen from such a list may also be given as an address. */
const UPLOADS: ReadonlyArray<[string, FileKind]> = [
	['image_upload', 'image'],
	['animated_image_upload', 'image'],
	['video_upload', 'video'],
	['audio_upload', 'audio'],
	['file_upload', 'file'],
];

/**
 * The workflow of a deployment with what only the schema knows: limits, and which inputs of its own classes load a file. Of
 * inputs that the schema does not have, the class and the saved file decide. Waits for `patienceMs` at most, then goes on
 * without; by the next time the schema has been read. Throws Stopped.
 */
export async function withLimits(
	lookup: Lookup,
	{ id, workflow, objectInfoUrl }: Deployment,
	patienceMs = lookup.policies.call.objectInfoPatienceMs,
): Promise<Workflow | undefined> {
	if (workflow === undefined) return undefined;
	const { calls, catalogue, connection, policies } = lookup;
	const { objectInfoTimeoutMs: timeoutMs, objectInfoMaxBytes: maxBytes } = policies.call;
	const isReadable = URL.canParse(objectInfoUrl) && isFileAddressAllowed(new URL(objectInfoUrl), connection);
	const read = async () => readObjectInfo(await calls.fetchJson(objectInfoUrl, { timeoutMs, maxBytes }), workflow);
	const limits: Limits = isReadable
		? await withinPatience(lookup, patienceMs, catalogue.get(`limits of ${id} ${workflow.digest}`, read), new Map())
		: new Map();
	const inputs = [...workflow.inputs].map(([key, input]) => {
		const known = limits.get(key);
		const classType = workflow.nodes.get(input.nodeId)?.classType ?? '';
		const media = input.media ?? (known === undefined ? mediaOfSaved(classType, input.saved) : known.media);
		return [key, { ...input, ...(media && { media }), ...(known && { limits: known }) }] as const;
	});
	return { ...workflow, inputs: new Map(inputs) };
}

/** By the keys of inputs, as in `17.steps`; those that the schema does not have are missing. */
type Limits = ReadonlyMap<string, InputLimits>;

/** Reads the schema with suspicion. Never throws. */
function readObjectInfo(info: unknown, { nodes, inputs }: Workflow): Limits {
	const limits = [...inputs.values()].map((input) => {
		const declared = declaredIn(info, nodes.get(input.nodeId)?.classType ?? '', input.name);
		return [input.key, declared && (limitsIn(declared, input) ?? {})] as const;
	});
	return new Map(limits.filter((entry): entry is [string, InputLimits] => entry[1] !== undefined));
}

const ownObject = (object: unknown, name: string): PlainObject | undefined => {
	const value = isPlainObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
	return isPlainObject(value) ? value : undefined;
};

/** The declaration of an input: its type or its choices, and what else is known. */
function declaredIn(info: unknown, classType: string, name: string): unknown[] | undefined {
	const sections = ownObject(ownObject(info, classType), 'input');
	for (const section of ['required', 'optional']) {
		const declarations = ownObject(sections, section) ?? {};
		const declared: unknown = Object.hasOwn(declarations, name) ? declarations[name] : undefined;
		if (Array.isArray(declared)) return declared;
	}
	return undefined;
}

function limitsIn([type, options]: unknown[], { saved, media }: WorkflowInput): InputLimits | undefined {
	const more = isPlainObject(options) ? options : {};
	if (media !== undefined) return undefined;
	const [, upload] = UPLOADS.find(([name]) => more[name] === true) ?? [];
	if (upload !== undefined) return typeof saved === 'string' ? { media: upload } : undefined;
	if (Array.isArray(type) || type === 'COMBO') return choicesIn(Array.isArray(type) ? type : more.options, saved);
	// Beyond these there is no limit that a person could reach.
	const isBound = (bound: unknown): bound is number =>
		typeof bound === 'number' && Math.abs(bound) <= Number.MAX_SAFE_INTEGER;
	const { min: minimum, max: maximum } = more;
	return typeof saved === 'number' && isBound(minimum) && isBound(maximum) ? { minimum, maximum } : undefined;
}

function choicesIn(given: unknown, saved: unknown): InputLimits | undefined {
	const isChoice = (one: unknown): one is string | number | boolean =>
		['string', 'number', 'boolean'].includes(typeof one);
	const choices = (Array.isArray(given) ? (given as unknown[]) : []).filter(isChoice);
	if (choices.length === 0 || choices.length > MAX_SHOWN_CHOICES || !isChoice(saved)) return undefined;
	return { choices: [...new Set([...(choices.includes(saved) ? [] : [saved]), ...choices])] };
}

/** Which values the machine would probably refuse, with the range where there is one. */
export function valuesOutOfLimits(values: PlainObject, { inputs }: Workflow) {
	return Object.entries(values).flatMap(([key, value]) => {
		const { label, limits = {} } = inputs.get(key) ?? { label: key };
		const { choices, minimum = -Infinity, maximum = Infinity } = limits;
		const isFine =
			choices === undefined
				? typeof value !== 'number' || (value >= minimum && value <= maximum)
				: choices.includes(value as string);
		const allowed = choices === undefined ? numberRange({ minimum, maximum }) : '';
		return isFine || isLink(value) ? [] : [{ label, value, allowed }];
	});
}
