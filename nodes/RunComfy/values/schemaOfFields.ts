/** From a field as the editor shows it to what the reader of values holds it to: one label, one list and one limit for both. */

import type { INodeProperties } from 'n8n-workflow';

import { type Choice, type Schema, type SchemaInput, schemaOf } from './schema';

type Details = Partial<SchemaInput>;

/**
 * The schema of fields of the node, by their names.
 *
 * @param more what the editor does not say of them.
 */
export const schemaOfFields = (
	fields: readonly INodeProperties[],
	more: Readonly<Record<string, Details>> = {},
	owner?: string,
): Schema =>
	schemaOf(
		Object.fromEntries(fields.map((field) => [field.name, { ...inputOf(field), ...more[field.name] }])),
		owner === undefined ? {} : { owner },
	);

function inputOf({ displayName: label, type, typeOptions = {}, options = [] }: INodeProperties) {
	const { minValue, maxValue, numberPrecision = 0, maxAllowedFields } = typeOptions;
	const bounds: Details = {
		...(minValue !== undefined && { minimum: minValue }),
		...(maxValue !== undefined && { maximum: maxValue }),
	};
	switch (type) {
		case 'boolean':
			return { label, kind: 'boolean' as const };
		case 'number':
			return { label, kind: numberPrecision === 0 ? ('integer' as const) : ('number' as const), ...bounds };
		case 'options':
			return {
				label,
				kind: 'choice' as const,
				choices: options.flatMap((one): Choice[] => ('value' in one ? [one.value] : [])),
			};
		case 'color':
			return { label, kind: 'color' as const, required: true };
		case 'fixedCollection': {
			const values = options.flatMap((one) => ('values' in one ? one.values : []));
			const items = { types: ['object' as const], schema: schemaOfFields(values, {}, `an entry of '${label}'`) };
			return {
				label,
				kind: 'list' as const,
				items,
				...(maxAllowedFields !== undefined && { maxItems: maxAllowedFields }),
			};
		}
		default:
			return { label, kind: 'text' as const };
	}
}
