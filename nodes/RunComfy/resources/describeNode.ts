/** From the registry to what the editor shows. */

import type { INodeProperties, INodePropertyOptions, NodeHint } from 'n8n-workflow';

import { PAID_CALLS, PAID_REQUESTS } from '../errors/hintLines';
import type { OperationEntry, ResourceEntry } from './registry';

const asOption = ({ name, value, description, ...more }: ResourceEntry | OperationEntry): INodePropertyOptions => ({
	name,
	value,
	description,
	...('action' in more && { action: more.action }),
});

function operationField({ value, operations }: ResourceEntry): INodeProperties {
	const [{ value: first }] = operations;
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [value] } },
		options: operations.map(asOption),
		default: first,
	};
}

/** The node's properties: the list of resources, then for each its operations and their fields. */
export function describeNode(resources: ResourceEntry[]): INodeProperties[] {
	const [{ value: first }] = resources;
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(asOption),
			default: first,
		},
		...resources.flatMap((resource) => [operationField(resource), ...resource.fields]),
	];
}

/** The field of an operation in which something is chosen from one of RunComfy's lists. */
const listFieldOf = ({ fields }: ResourceEntry, operation: string): string | undefined =>
	fields.find(
		({ type, displayOptions }) =>
			type === 'resourceLocator' && displayOptions?.show?.operation?.includes(operation) === true,
	)?.name;

/**
 * The line below the node on the canvas: the operation and what it works with, as in "Run and Wait: Kling 3.0 Pro".
 * `toJSON` has the name that the editor saves beside a chosen value; `$parameter.modelId` is the bare value.
 */
export function subtitle(resources: ResourceEntry[]): string {
	const names: Record<string, string> = {};
	const listFields: Record<string, string | undefined> = {};
	for (const resource of resources) {
		for (const { value, name } of resource.operations) {
			names[`${resource.value}.${value}`] = name;
			listFields[`${resource.value}.${value}`] = listFieldOf(resource, value);
		}
	}
	const script = `(names, listFields, parameters) => {
		const key = parameters.resource + "." + parameters.operation;
		const chosen = parameters[listFields[key]] || "";
		const name = String(chosen.cachedResultName || chosen.value || "");
		const isKnown = name !== "" && name[0] !== "=";
		return (names[key] || "") + (isKnown ? ": " + name.replace(/^\\$[^ ]+ · /, "") : "");
	}`.replace(/\s+/g, ' ');
	return `={{ (${script})(${JSON.stringify(names)}, ${JSON.stringify(listFields)}, $parameter.toJSON()) }}`;
}

/** The hints shown before a run of an operation that costs money: one for the node, one for a tool. */
export function paidHints(resources: ResourceEntry[]): NodeHint[] {
	const paid = resources.flatMap(({ operations }) => operations).filter(({ isPaid }) => isPaid);
	const values = [...new Set(paid.map(({ value }) => value))];
	// n8n gives this parameter to tools only.
	const isTool = '$parameter["descriptionType"] !== undefined';
	return [false, true].map((forTool) => ({
		message: forTool ? PAID_CALLS : PAID_REQUESTS,
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'beforeExecution',
		displayCondition: `={{ ${JSON.stringify(values)}.includes($parameter["operation"]) && (${isTool}) === ${forTool} }}`,
	}));
}
