import type { SwitchBoard } from '../switchBoard.mts';
import type { Deployment } from './deployment.mts';
import type { Graph, GraphNode } from './kind.mts';
import { isObject, override, type OverrideProblem } from './overrides.mts';
import type { Order } from './run.mts';
import { KINDS } from './store.mts';

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
): { order: Order; problems: OverrideProblem[] } {
	if (deployment.kind.flatInputs !== undefined) return readFlat(body, deployment.kind.flatInputs);
	const { workflow_api_json: own, overrides, ...rest } = body;
	const problems = Object.keys(rest)
		.filter((name) => !ASIDE.includes(name))
		.map((name) => problem(name, 'Extra inputs are not permitted', 'extra_forbidden'));
	if (own !== undefined) {
		if (!isGraph(own)) problems.push(problem('workflow_api_json', 'Input should be a workflow', 'dict_type'));
		if (isObject(overrides) && Object.keys(overrides).length > 0) {
			problems.push(problem('overrides', 'Give overrides or workflow_api_json', 'value_error'));
		}
		const graph = isGraph(own) ? own : {};
		return { order: { body, graph, ...missingClass(graph) }, problems };
	}
	const isEmpty = overrides === undefined || (isObject(overrides) && Object.keys(overrides).length === 0);
	if (isEmpty && switches.take('emptyOverrides') === '422') {
		problems.push(problem('overrides', 'Field required', 'missing'));
	}
	const changed = override(deployment.graph ?? {}, overrides ?? {});
	const isLax = changed.problems.length > 0 && switches.take('unknownNode') === 'ignored';
	const wrong = isLax ? changed.problems.filter(({ type }) => !type.startsWith('unknown')) : changed.problems;
	return { order: { body, graph: changed.graph }, problems: [...problems, ...wrong] };
}

function readFlat(body: Record<string, unknown>, known: Record<string, unknown>) {
	const problems = Object.entries(body)
		.filter(([name]) => !ASIDE.includes(name))
		.flatMap(([name, value]) => {
			if (!Object.hasOwn(known, name)) return [problem(name, 'Extra inputs are not permitted', 'extra_forbidden')];
			const type = typeof known[name];
			return typeof value === type ? [] : [problem(name, `Input should be a valid ${type}`, `${type}_type`)];
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

function problem(name: string, msg: string, type: string): OverrideProblem {
	return { loc: ['body', name], msg, type };
}
