/**
 * The few core nodes that the example workflows use, for an engine without the package n8n-nodes-base.
 * They do what n8n's own do as far as the examples go, and no further.
 */
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

function coreNode(
	displayName: string,
	name: string,
	version: number | number[],
	shape: Partial<INodeTypeDescription> = {},
): INodeTypeDescription {
	return {
		displayName,
		name,
		version,
		group: ['transform'],
		description: displayName,
		defaults: { name: displayName },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		...shape,
	};
}

/** Passes on what the run was started with; in n8n a manual trigger gives one empty item. */
class ManualTrigger implements INodeType {
	description = coreNode('Manual Trigger', 'manualTrigger', 1, { group: ['trigger'], inputs: [] });

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData()];
	}
}

/** Passes on what the run was started with, as if these forms had been filled in. */
class FormTrigger extends ManualTrigger {
	override description = coreNode('Form Trigger', 'formTrigger', [1, 2, 2.1, 2.2], { group: ['trigger'], inputs: [] });
}

class NoOp implements INodeType {
	description = coreNode('No Operation, do nothing', 'noOp', 1);

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData()];
	}
}

/** Of conditions those only that are one expression: is it true? */
class If implements INodeType {
	description = coreNode('If', 'if', [2, 2.1, 2.2], {
		outputs: ['main', 'main'],
		properties: [{ displayName: 'Conditions', name: 'conditions', type: 'json', default: {} }],
	});

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const branches: INodeExecutionData[][] = [[], []];
		for (const [index, item] of this.getInputData().entries()) {
			const { conditions } = this.getNodeParameter('conditions', index) as {
				conditions: Array<{ leftValue: unknown }>;
			};
			const isTrue = conditions.every(({ leftValue }) => leftValue === true || leftValue === 'true');
			branches[isTrue ? 0 : 1].push(item);
		}
		return branches;
	}
}

/** The page after a form has been handled. There is no browser to show it to, so the items just pass through. */
class FormEnding extends NoOp {
	override description = coreNode('Form', 'form', 1);
}

class StickyNote implements INodeType {
	description = coreNode('Sticky Note', 'stickyNote', 1, {
		inputs: [],
		outputs: [],
		properties: ['content', 'height', 'width', 'color'].map((name) => ({
			displayName: name,
			name,
			type: 'string',
			default: '',
		})),
	});

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [[]];
	}
}

interface Assignment {
	name: string;
	value: unknown;
	type: 'string' | 'number' | 'boolean' | 'array' | 'object';
}

const editFieldsProperties: INodeProperties[] = [
	{
		displayName: 'Mode',
		name: 'mode',
		type: 'options',
		options: [
			{ name: 'Manual Mapping', value: 'manual' },
			{ name: 'JSON', value: 'raw' },
		],
		default: 'manual',
	},
	{
		displayName: 'JSON',
		name: 'jsonOutput',
		type: 'json',
		default: '{}',
		displayOptions: { show: { mode: ['raw'] } },
	},
	{
		displayName: 'Fields to Set',
		name: 'assignments',
		type: 'assignmentCollection',
		default: {},
		displayOptions: { show: { mode: ['manual'] } },
	},
	{ displayName: 'Include Other Input Fields', name: 'includeOtherFields', type: 'boolean', default: false },
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		default: {},
		options: [{ displayName: 'Strip Binary Data', name: 'stripBinary', type: 'boolean', default: true }],
	},
];

/**
 * Edit Fields 3.4: Manual Mapping and JSON, Include Other Input Fields, dots in names as nested fields, Strip Binary
 * Data. Not here: choosing which input fields to include, switching dots off, Ignore Conversion Errors, Duplicate Item.
 */
class EditFields implements INodeType {
	description = coreNode('Edit Fields (Set)', 'set', [3, 3.1, 3.2, 3.3, 3.4], { properties: editFieldsProperties });

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData().map((input, index): INodeExecutionData => {
			const includesInput = this.getNodeParameter('includeOtherFields', index, false) as boolean;
			const { stripBinary } = this.getNodeParameter('options', index, {}) as { stripBinary?: boolean };
			const json: IDataObject = includesInput ? structuredClone(input.json) : {};
			if (this.getNodeParameter('mode', index, 'manual') === 'raw') {
				const raw = this.getNodeParameter('jsonOutput', index, '{}') as string | IDataObject;
				Object.assign(json, typeof raw === 'string' ? JSON.parse(raw) : raw);
			} else {
				const assignments = this.getNodeParameter('assignments.assignments', index, []) as unknown as Assignment[];
				for (const { name, value, type } of assignments) setAtPath(json, name, converted(name, value, type));
			}
			const keepsBinary = includesInput && !stripBinary && input.binary;
			return { json, pairedItem: { item: index }, ...(keepsBinary && { binary: input.binary }) };
		});
		return [items];
	}
}

function converted(name: string, value: unknown, type: Assignment['type']): IDataObject[string] {
	switch (type) {
		case 'number': {
			const number = Number(value);
			if (Number.isNaN(number)) throw new Error(`'${name}' expects a number but we got '${String(value)}'`);
			return number;
		}
		case 'boolean':
			return value === true || value === 'true';
		case 'array':
		case 'object':
			return (typeof value === 'string' ? JSON.parse(value) : value) as IDataObject[string];
		default:
			return typeof value === 'object' ? JSON.stringify(value) : String(value);
	}
}

function setAtPath(target: IDataObject, path: string, value: IDataObject[string]): void {
	const names = path.split('.');
	const last = names.pop() as string;
	let parent = target;
	for (const name of names) {
		if (typeof parent[name] !== 'object' || parent[name] === null) parent[name] = {};
		parent = parent[name] as IDataObject;
	}
	parent[last] = value;
}

export const coreNodeTypes: Record<string, new () => INodeType> = {
	'n8n-nodes-base.form': FormEnding,
	'n8n-nodes-base.formTrigger': FormTrigger,
	'n8n-nodes-base.if': If,
	'n8n-nodes-base.manualTrigger': ManualTrigger,
	'n8n-nodes-base.noOp': NoOp,
	'n8n-nodes-base.set': EditFields,
	'n8n-nodes-base.stickyNote': StickyNote,
};
