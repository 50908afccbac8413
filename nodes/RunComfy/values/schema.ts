/** What a set of values has to fit: the inputs of a model, or the fields of the node itself. */

export type PlainObject = Record<string, unknown>;

export const isPlainObject = (value: unknown): value is PlainObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether a parameter counts as left out: an expression or the cell of a table gives an empty text or null for what is not
 * there.
 */
export const isNotGiven = (value: unknown): value is undefined | null | '' =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

export type MediaType = 'image' | 'video' | 'audio' | 'file';

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';

export type InputKind =
	'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'mediaOne' | 'mediaMany' | 'list' | 'object' | 'unclear';

export type Choice = string | number | boolean;

/** Bounds as JSON Schema has them; numbers only. */
export interface Bounds {
	minimum?: number;
	maximum?: number;
	exclusiveMinimum?: number;
	exclusiveMaximum?: number;
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

/** One input of a model. */
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
	/** What a list consists of, where that is told. */
	items?: { types: readonly JsonType[]; choices?: readonly Choice[] };
	/** Often the example of the model's page: for showing, never for sending. */
	default?: unknown;
	description?: string;
	unit?: string;
	media?: MediaType;
	validations: readonly Validation[];
}

export interface Schema {
	/** In the order of the schema. */
	inputs: ReadonlyMap<string, SchemaInput>;
	/** Names of required inputs in their order, those without a description too. */
	required: readonly string[];
	/** False: there are more inputs than were read, so an unknown one may be a real one. */
	isWhole: boolean;
}
