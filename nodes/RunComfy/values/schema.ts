/** What a set of values has to fit: the inputs of a model, or the fields of the node itself as the editor shows them. */

import type { INodeProperties } from 'n8n-workflow';
import type { FileKind } from '../errors/fileRules';
import type { NumberBounds } from '../errors/valueRules';

/**
 * Whether a value counts as left out: an expression or the cell of a table gives an empty text or null for what is not
 * there.
 */
export const isNotGiven = (value: unknown): value is undefined | null | '' =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';

/** How a value is read. `color` and `fieldName` exist among the node's own fields only. */
export type InputKind =
	| 'text'
	| 'number'
	| 'integer'
	| 'boolean'
	| 'choice'
	| 'mediaOne'
	| 'mediaMany'
	| 'list'
	| 'object'
	| 'unclear'
	| 'color'
	| 'fieldName';

export type Choice = string | number | boolean;

/** Bounds as JSON Schema has them; numbers only. */
export interface Bounds extends NumberBounds {
	minLength?: number;
	maxLength?: number;
	minItems?: number;
	maxItems?: number;
}

/** RunComfy's own rules for files, as in `file_size_mb<` and 30. */
export interface Validation {
	rule: string;
	value: number;
}

/** One input of a model, or one field of the node. */
export interface SchemaInput extends Bounds {
	name: string;
	/** What people call it: unique within the schema, one short line, no HTML. */
	label: string;
	kind: InputKind;
	/** Empty: the schema does not say, anything passes. */
	types: readonly JsonType[];
	required: boolean;
	/** False: only `required` names it, no property describes it. Such an input blocks nobody. */
	isDescribed: boolean;
	choices?: readonly Choice[];
	/** What a list consists of, where that is known; `schema`: of its objects. */
	items?: { types: readonly JsonType[]; choices?: readonly Choice[]; schema?: Schema };
	/** Often the example of the model's page: for showing, never for sending. */
	default?: unknown;
	description?: string;
	unit?: string;
	media?: FileKind;
	validations: readonly Validation[];
	/** Largest file in bytes, in place of the usual one for its media. */
	maxFileBytes?: number;
	/** What to do about a value that is missing or not in the list. */
	advice?: string;
}

export interface Schema {
	/** In the order of the schema. */
	inputs: ReadonlyMap<string, SchemaInput>;
	/** Names of required inputs in their order, those without a description too. */
	required: readonly string[];
	/** False: there are more inputs than were read, so an unknown one may be a real one. */
	isWhole: boolean;
	/** What has these inputs, in an error. */
	owner: string;
	/** What an input is called that is not described; its name where this is missing. */
	labelOf?(name: string): string;
}

export type Field = Pick<SchemaInput, 'label' | 'kind'> & Partial<SchemaInput>;

/** A schema of fields by their names; of the node's own, unless `rest` says otherwise. */
export function schemaOf(
	fields: Readonly<Record<string, Field>>,
	rest: Partial<Pick<Schema, 'isWhole' | 'owner' | 'labelOf'>> = {},
): Schema {
	const inputs = Object.entries(fields).map(([name, field]): SchemaInput => {
		return { types: [], required: false, isDescribed: true, validations: [], ...field, name };
	});
	return {
		inputs: new Map(inputs.map((input) => [input.name, input])),
		required: inputs.filter(({ required }) => required).map(({ name }) => name),
		isWhole: true,
		owner: 'this operation',
		...rest,
	};
}

// ---- Fields of the node ---------------------------------------------------------------------------------------------

/**
 * The schema of fields of the node, by their names.
 *
 * @param more what the editor does not say of them.
 */
export const schemaOfFields = (
	fields: readonly INodeProperties[],
	more: Readonly<Record<string, Partial<SchemaInput>>> = {},
	owner = 'this operation',
): Schema =>
	schemaOf(Object.fromEntries(fields.map((field) => [field.name, { ...fieldOf(field), ...more[field.name] }])), {
		owner,
	});

function fieldOf({ displayName: label, type, typeOptions = {}, options = [] }: INodeProperties): Field {
	const { minValue, maxValue, numberPrecision = 0, maxAllowedFields } = typeOptions;
	switch (type) {
		case 'boolean':
		case 'color':
			return { label, kind: type, required: type === 'color' };
		case 'number':
			return {
				label,
				kind: numberPrecision === 0 ? 'integer' : 'number',
				...(minValue !== undefined && { minimum: minValue }),
				...(maxValue !== undefined && { maximum: maxValue }),
			};
		case 'options': {
			const choices = options.flatMap((one): Choice[] => ('value' in one ? [one.value] : []));
			return { label, kind: 'choice', choices };
		}
		case 'fixedCollection': {
			const values = options.flatMap((one) => ('values' in one ? one.values : []));
			const schema = schemaOfFields(values, {}, `an entry of '${label}'`);
			const maxItems = maxAllowedFields ?? Infinity;
			return { label, kind: 'list', items: { types: ['object'], schema }, maxItems };
		}
		default:
			return { label, kind: 'text' };
	}
}
