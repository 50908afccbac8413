/** One node of a workflow in ComfyUI's API format. An input is a link when it is `[node id, slot]`. */
export interface GraphNode {
	class_type: string;
	inputs: Record<string, unknown>;
	_meta?: { title: string };
}

/** A workflow in ComfyUI's API format, by node id. */
export type Graph = Record<string, GraphNode>;

/** Values that replace those of a graph, by node id. */
export type Overrides = Record<string, { inputs: Record<string, unknown> }>;

export const HARDWARE_USD_PER_HOUR = {
	TURING_16: 0.99,
	AMPERE_24: 1.75,
	AMPERE_48: 2.5,
	ADA_48_PLUS: 2.99,
	AMPERE_80: 4.99,
	ADA_80_PLUS: 7.49,
	HOPPER_141: 8.75,
} as const;

export type Hardware = keyof typeof HARDWARE_USD_PER_HOUR;

/** A deployment as an account has it at the start. */
export interface Kind {
	id: string;
	name: string;
	workflowId: string;
	hardware: Hardware;
	isEnabled: boolean;
	/** Seconds a warm instance works on a request. */
	runSeconds: number;
	/** The workflow's versions, v1 first; the last one is deployed. A deployment without any takes flat inputs. */
	versions: Graph[];
	/** What its owner chose to be changed by requests. */
	overrides?: Overrides;
	/** Inputs of a deployment without a workflow, with the values that are used where none is sent. */
	flatInputs?: Record<string, unknown>;
}

/** A link to another node's output, rather than a value. */
export function isLink(value: unknown): boolean {
	return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isInteger(value[1]);
}

/** A node in short: id, class, title, inputs. */
export function node(classType: string, title: string, inputs: Record<string, unknown> = {}): GraphNode {
	return { class_type: classType, inputs, _meta: { title } };
}
