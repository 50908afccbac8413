/** RunComfy's input schema of a model, read with suspicion: it comes from the network and nobody promised its form. */

import { asPlainObject, isPlainObject, type PlainObject } from '../errors/shape';
import type { Bounds, Choice, InputKind, JsonType, Schema, SchemaInput, Validation } from '../values/schema';
import { mediaOf } from './mediaInputs';
import { labelOf, nameInWords, plainLine, UniqueNames } from './names';

/** Real models have 2 to 15 inputs. */
const MAX_INPUTS = 5000;
const MAX_INPUT_NAME_CHARACTERS = 200;
const MAX_DESCRIPTION_CHARACTERS = 500;
const MAX_UNIT_CHARACTERS = 20;
/** The longest list of choices seen has 20. */
const MAX_CHOICES = 1000;
const MAX_VALIDATIONS = 50;

/** Types as RunComfy writes them; `float` is in its catalogue, the others are as plain. */
const TYPE_BY_WORD: ReadonlyMap<unknown, JsonType> = new Map<unknown, JsonType>([
	['string', 'string'],
	['number', 'number'],
	['float', 'number'],
	['double', 'number'],
	['integer', 'integer'],
	['int', 'integer'],
	['boolean', 'boolean'],
	['bool', 'boolean'],
	['array', 'array'],
	['object', 'object'],
]);

const NUMBER_KEYS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;
const COUNT_KEYS = ['minLength', 'maxLength', 'minItems', 'maxItems'] as const;

/**
 * Reads an `input_schema`. Parts that are not understood are left out, so that they stop nobody. Never throws; undefined
 * if there are no properties to read.
 */
export function readModelSchema(raw: unknown): Schema | undefined {
	const { properties, required: rawRequired } = asPlainObject(raw);
	if (!isPlainObject(properties)) return undefined;
	const names = Object.keys(properties);
	const required = readNames(rawRequired);
	const isRequired = new Set(required);
	const described = names.filter(
		(name, place) => name.length <= MAX_INPUT_NAME_CHARACTERS && (place < MAX_INPUTS || isRequired.has(name)),
	);
	const labels = new UniqueNames();
	const inputs = new Map<string, SchemaInput>();
	for (const name of described) {
		inputs.set(name, readInput(name, asPlainObject(properties[name]), isRequired.has(name), labels));
	}
	for (const name of required) {
		// RunComfy has a model whose `required` names another input than its properties: that must not block it.
		if (!inputs.has(name)) inputs.set(name, { ...readInput(name, {}, false, labels), isDescribed: false });
	}
	return { inputs, required, isWhole: described.length === names.length, owner: 'this model' };
}

function readNames(value: unknown): string[] {
	if (!Array.isArray(value)) return [];
	const names = value
		.slice(0, MAX_INPUTS)
		.filter(
			(name): name is string => typeof name === 'string' && name !== '' && name.length <= MAX_INPUT_NAME_CHARACTERS,
		);
	return [...new Set(names)];
}

function readInput(name: string, property: PlainObject, required: boolean, labels: UniqueNames): SchemaInput {
	const { title, description, unit, format } = property;
	const items = asPlainObject(property.items);
	const types = readTypes(property);
	const choices = readChoices(property);
	const media = choices === undefined ? mediaOf(name, types, [format, items.format]) : undefined;
	// A list of objects has more to it than addresses.
	const isMedia = media !== undefined && !readTypes(items).includes('object');
	return {
		name,
		label: labels.give([labelOf(name, title), nameInWords(name)]),
		kind: choices !== undefined ? 'choice' : isMedia ? (media.isList ? 'mediaMany' : 'mediaOne') : kindOf(types),
		types,
		required,
		isDescribed: true,
		...(choices !== undefined && { choices }),
		...(isPlainObject(property.items) && { items: { types: readTypes(items), choices: readChoices(items) } }),
		...(property.default !== undefined && property.default !== null && { default: property.default }),
		...textField('description', description, MAX_DESCRIPTION_CHARACTERS),
		...textField('unit', unit, MAX_UNIT_CHARACTERS),
		...(isMedia && { media: media.type }),
		...readBounds(property),
		validations: readValidations(property.validations),
	};
}

function textField(key: string, value: unknown, maxCharacters: number): Record<string, string> {
	const text = typeof value === 'string' ? plainLine(value, maxCharacters) : '';
	return text === '' ? {} : { [key]: text };
}

/** The types an input takes, `null` left out: nothing at all is never sent. An unknown type says nothing. */
function readTypes(property: PlainObject): JsonType[] {
	const written: unknown[] = Array.isArray(property.type) ? property.type.slice(0, TYPE_BY_WORD.size) : [property.type];
	const given = written.filter((type) => type !== 'null');
	const known = given.flatMap((type) => TYPE_BY_WORD.get(type) ?? []);
	if (known.length < given.length || known.length === 0) {
		if (property.type !== undefined) return [];
		return isPlainObject(property.properties) ? ['object'] : isPlainObject(property.items) ? ['array'] : [];
	}
	// Every whole number is a number.
	return [...new Set(known)].filter((type) => type !== 'integer' || !known.includes('number'));
}

function kindOf(types: readonly JsonType[]): InputKind {
	if (types.length !== 1) return 'unclear';
	const [type] = types;
	return type === 'string' ? 'text' : type === 'array' ? 'list' : type;
}

/** The members of an enum. None if there are too many or some are structured: then the type alone counts. */
function readChoices(property: PlainObject): Choice[] | undefined {
	const members: unknown = property.enum ?? (property.const === undefined ? undefined : [property.const]);
	if (!Array.isArray(members) || members.length > MAX_CHOICES) return undefined;
	const given = members.filter((member) => member !== null);
	const plain = given.filter((member): member is Choice => ['string', 'number', 'boolean'].includes(typeof member));
	return plain.length === 0 || plain.length < given.length ? undefined : [...new Set(plain)];
}

function readBounds(property: PlainObject): Bounds {
	const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;
	const keys = [
		...NUMBER_KEYS.filter((key) => Number.isFinite(property[key])),
		...COUNT_KEYS.filter((key) => isCount(property[key])),
	];
	return Object.fromEntries(keys.map((key) => [key, property[key]]));
}

function readValidations(value: unknown): Validation[] {
	if (!Array.isArray(value)) return [];
	return value.slice(0, MAX_VALIDATIONS).flatMap((entry) => {
		const { validation_rule: rule, validation_value: limit } = asPlainObject(entry);
		return typeof rule === 'string' && typeof limit === 'number' ? [{ rule, value: limit }] : [];
	});
}
