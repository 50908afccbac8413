import { isLink, type Graph, type Overrides } from './kind.mts';

/** One thing wrong with overrides, in the form web frameworks give it in `detail`. */
export interface OverrideProblem {
	loc: string[];
	msg: string;
	type: string;
}

/** A list typed by hand stands in the saved graph as `{ "__value__": [...] }`, as it would else read as a link. */
const WRAPPED = '__value__';

/** Loaders fetch what they are given: an address, a data URI, or the name of a file of their own. */
const FETCHED = /^(https?:\/\/\S+|data:[\w.+-]+\/[\w.+-]+;base64,[A-Za-z0-9+/]+=*|[^:]*)$/;

const FETCHED_INPUTS: readonly string[] = ['image', 'file', 'video', 'audio'];

/**
 * The graph with other values, and what is wrong with them: nodes and inputs must be there, and a value must be of the
 * saved one's JSON type. A link may be replaced by anything.
 */
export function override(graph: Graph, given: unknown): { graph: Graph; problems: OverrideProblem[] } {
	const changed = structuredClone(graph);
	if (!isObject(given)) return { graph: changed, problems: [problem([], 'Input should be an object', 'dict_type')] };
	const problems: OverrideProblem[] = [];
	for (const [nodeId, node] of Object.entries(given as Overrides)) {
		const target = Object.hasOwn(changed, nodeId) ? changed[nodeId] : undefined;
		if (target === undefined) problems.push(problem([nodeId], 'There is no such node', 'unknown_node'));
		else if (!isObject(node) || !isObject(node.inputs)) {
			problems.push(problem([nodeId, 'inputs'], 'Input should be an object', 'dict_type'));
		} else {
			for (const [name, value] of Object.entries(node.inputs)) {
				const wrong = wrongWith(target.inputs, name, value);
				if (wrong !== undefined) problems.push(problem([nodeId, 'inputs', name], ...wrong));
				else target.inputs[name] = value;
			}
		}
	}
	return { graph: changed, problems };
}

function wrongWith(inputs: Record<string, unknown>, name: string, value: unknown): [string, string] | undefined {
	if (!Object.hasOwn(inputs, name)) return ['The node has no such input', 'unknown_input'];
	const saved = unwrapped(inputs[name]);
	const wanted = typeOf(saved);
	if (!isLink(saved) && saved !== null && wanted !== typeOf(unwrapped(value))) {
		return [`Input should be a valid ${wanted}`, `${wanted}_type`];
	}
	if (FETCHED_INPUTS.includes(name) && typeof value === 'string' && !FETCHED.test(value)) {
		return ['Input should be a valid URL or Base64 text', 'url_parsing'];
	}
	return undefined;
}

function typeOf(value: unknown): string {
	return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

function unwrapped(value: unknown): unknown {
	return isObject(value) && Object.hasOwn(value, WRAPPED) ? value[WRAPPED] : value;
}

function problem(path: string[], msg: string, type: string): OverrideProblem {
	return { loc: ['body', 'overrides', ...path], msg, type };
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
