import type { INodeProperties, INodeType, INodeTypeDescription, INodeTypes, IVersionedNodeType } from 'n8n-workflow';
import { agentNodeTypes } from './agentNodes.mts';
import { coreNodeTypes } from './coreNodes.mts';
import { loadN8n } from './n8n.mts';

export type NodeTypeMap = Record<string, INodeType | IVersionedNodeType | (new () => INodeType | IVersionedNodeType)>;

/**
 * The engine's catalogue: the types given, the few core nodes of this folder, and for every type that is
 * `usableAsTool` a second one whose name ends in `Tool`, as n8n makes it when it loads a package.
 */
export function nodeTypesOf(given: NodeTypeMap): INodeTypes {
	const types = new Map<string, INodeType | IVersionedNodeType>();
	for (const [name, type] of Object.entries({ ...coreNodeTypes, ...agentNodeTypes, ...given })) {
		types.set(name, typeof type === 'function' ? new type() : type);
	}

	function byNameAndVersion(name: string, version?: number): INodeType {
		const { NodeHelpers } = loadN8n().workflow;
		const type = types.get(name);
		if (type) return NodeHelpers.getVersionedNodeType(type, version);
		const original = name.endsWith('Tool') ? types.get(name.slice(0, -'Tool'.length)) : undefined;
		if (!original) throw new Error(`The engine was given no node type '${name}'`);
		const versioned = NodeHelpers.getVersionedNodeType(original, version);
		if (!versioned.description.usableAsTool) throw new Error(`Node type '${name}' is not usable as a tool`);
		return asTool(versioned);
	}

	return {
		getByName: (name: string) => types.get(name) ?? byNameAndVersion(name),
		getByNameAndVersion: byNameAndVersion,
		getKnownTypes: () => ({}),
	};
}

/** The same node behind a description that an agent can connect to: no main input, one `ai_tool` output. */
function asTool(type: INodeType): INodeType {
	const original = structuredClone(type.description);
	const replacements = typeof original.usableAsTool === 'object' ? original.usableAsTool.replacements : {};
	const description: INodeTypeDescription = { ...original, ...(replacements as Partial<INodeTypeDescription>) };
	description.name += 'Tool';
	description.displayName += ' Tool';
	description.inputs = [];
	description.outputs = ['ai_tool'];
	delete description.usableAsTool;
	description.properties = [...toolDescriptionFields(description), ...description.properties];
	return Object.create(type, { description: { value: description, enumerable: true } }) as INodeType;
}

function toolDescriptionFields({ description, properties }: INodeTypeDescription): INodeProperties[] {
	if (properties.some(({ name }) => name === 'toolDescription')) return [];
	const manual: INodeProperties = {
		displayName: 'Description',
		name: 'toolDescription',
		type: 'string',
		default: description,
		required: true,
	};
	if (!properties.some(({ name }) => name === 'resource' || name === 'operation')) return [manual];
	const choice: INodeProperties = {
		displayName: 'Tool Description',
		name: 'descriptionType',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Set Automatically', value: 'auto' },
			{ name: 'Set Manually', value: 'manual' },
		],
		default: 'auto',
	};
	return [choice, { ...manual, displayOptions: { show: { descriptionType: ['manual'] } } }];
}
