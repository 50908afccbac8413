import type { SwitchBoard } from '../switchBoard.mts';
import { type Graph, type GraphNode, isLink, type Overrides } from './kind.mts';
import { KINDS } from './kinds.mts';
import type { Order } from './run.mts';
import type { Deployment } from './store.mts';

/** Members of a body beside what is to be run. */
const ASIDE: readonly string[] = ['webhook', 'webhook_intermediate_status', 'extra_data'];

/** One image, whatever else is sent: what a deployment without a workflow makes. */
const FLAT_GRAPH: Graph = { out: { class_type: 'SaveImage', inputs: { filename_prefix: 'lora' } } };

/** Classes that are installed on these machines. */
const INSTALLED = new Set([
	...KINDS.flatMap(({ versions }) => versions.flatMap((graph) => Object.values(graph).map((node) => node.class_type))),
	'PanoramaViewer',
]);

/** What a body orders of a deployment, or what is wrong with it. */
export function readOrder(
	body: Record<string, unknown>,
	deployment: Deployment,
	switches: SwitchBoard,
): { order: Order; problems: OrderProblem[] } {
	if (deployment.kind.flatInputs !== undefined) return readFlat(body, deployment.kind.flatInputs);
	const { workflow_api_json: own, overrides, ...rest } = body;
	const problems = Object.keys(rest)
		.filter((name) => !ASIDE.includes(name))
		.map((name) => problem([name], 'Extra inputs are not permitted', 'extra_forbidden'));
	if (own !== undefined) {
		if (!isGraph(own)) problems.push(problem(['workflow_api_json'], 'Input should be a workflow', 'dict_type'));
		if (isObject(overrides) && Object.keys(overrides).length > 0) {
			problems.push(problem(['overrides'], 'Give overrides or workflow_api_json', 'value_error'));
		}
		const graph = isGraph(own) ? own : {};
		return { order: { body, graph, ...missingClass(graph) }, problems };
	}
	const isEmpty = overrides === undefined || (isObject(overrides) && Object.keys(overrides).length === 0);
	if (isEmpty && switches.take('emptyOverrides') === '422') {
		problems.push(problem(['overrides'], 'Field required', 'missing'));
	}
	const changed = override(deployment.graph ?? {}, overrides ?? {});
	return { order: { body, graph: changed.graph }, problems: [...problems, ...changed.problems] };
}

function readFlat(body: Record<string, unknown>, known: Record<string, unknown>) {
	const problems = Object.entries(body)
		.filter(([name]) => !ASIDE.includes(name))
		.flatMap(([name, value]) => {
			if (!Object.hasOwn(known, name)) return [problem([name], 'Extra inputs are not permitted', 'extra_forbidden')];
			const type = typeof known[name];
			return typeof value === type ? [] : [problem([name], `Input should be a valid ${type}`, `${type}_type`)];
		});
	const [out] = Object.values(FLAT_GRAPH);
	return { order: { body, graph: { out: { ...out, inputs: { ...out.inputs, sent: body } } } }, problems };
}

/** Whether it can be run is only seen on the machine. */
function missingClass(graph: Graph): { failure?: string } {
	const missing = Object.values(graph).find(({ class_type: name }) => !INSTALLED.has(name));
	return missing === undefined ? {} : { failure: `Node type not found: ${missing.class_type}` };
}

function isGraph(value: unknown): value is Graph {
	const isNode = (node: unknown): node is GraphNode =>
		isObject(node) && typeof node.class_type === 'string' && isObject(node.inputs);
	return isObject(value) && Object.values(value).every(isNode) && Object.keys(value).length > 0;
}

/** One thing wrong with an order, in the form web frameworks give it in `detail`. */
interface OrderProblem {
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
export function override(graph: Graph, given: unknown): { graph: Graph; problems: OrderProblem[] } {
	const changed = structuredClone(graph);
	if (!isObject(given))
		return { graph: changed, problems: [problem(['overrides'], 'Input should be an object', 'dict_type')] };
	const problems: OrderProblem[] = [];
	for (const [nodeId, node] of Object.entries(given as Overrides)) {
		const target = Object.hasOwn(changed, nodeId) ? changed[nodeId] : undefined;
		if (target === undefined) problems.push(problem(['overrides', nodeId], 'There is no such node', 'unknown_node'));
		else if (!isObject(node) || !isObject(node.inputs)) {
			problems.push(problem(['overrides', nodeId, 'inputs'], 'Input should be an object', 'dict_type'));
		} else {
			for (const [name, value] of Object.entries(node.inputs)) {
				const wrong = wrongWith(target.inputs, name, value);
				if (wrong !== undefined) problems.push(problem(['overrides', nodeId, 'inputs', name], ...wrong));
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

function problem(path: string[], msg: string, type: string): OrderProblem {
	return { loc: ['body', ...path], msg, type };
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
