/**
 * What counts as the same purchase from attempt to attempt: the item's place, the node's parameters as they are written, and the
 * input item. Not what expressions give this time: a random seed or the time of day must not buy again.
 */

import { createHash } from 'node:crypto';

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isPlainObject } from '../errors/shape';

/** Parameters that only say how to wait and what to return: who raises a Timeout does not want another picture. */
const NOT_BOUGHT = ['operation', 'simplify', 'options'];

/**
 * What the fields of a node hold as long as nobody changes them, by their names. n8n fills them in when a package is updated
 * and an execution from before is retried: a parameter at its default is as if it were not there.
 */
export type Defaults = ReadonlyMap<string, FieldDefault>;

export interface FieldDefault {
	usual: unknown;
	/**
	 * Of the fields in its entries, by the name of the list they are in. In a collection a field that was added means
	 * something.
	 */
	entries?: ReadonlyMap<string, Defaults>;
}

/** 132 bits: short enough for the journal, and no two purchases share it. */
export const HASH_CHARS = 22;

/** What the editor keeps beside the values of a resource mapper or locator; it changes when somebody opens the node. */
const KEPT_BY_EDITOR = new Set([
	...['__rl', 'cachedResultName', 'cachedResultUrl', 'cachedResultDescription'],
	...['schema', 'matchingColumns', 'attemptToConvertTypes', 'convertFieldsToString'],
]);

const isPickedInEditor = (holder: object): boolean => 'mappingMode' in holder || '__rl' in holder;

/** JSON of anything an item may hold, circles and big integers included: a purchase must not fail for its name. */
function asJson(value: unknown[]): string {
	const above: unknown[] = [];
	return JSON.stringify(value, function (this: object, key: string, entry: unknown) {
		if (typeof entry === 'bigint') return String(entry);
		if (isPickedInEditor(this)) {
			if (KEPT_BY_EDITOR.has(key)) return undefined;
			if (key === 'value' && isPlainObject(entry) && Object.keys(entry).length === 0) return null;
		}
		while (above.length > 0 && above.at(-1) !== this) above.pop();
		if (above.includes(entry)) return 'circle';
		above.push(entry);
		return entry;
	});
}

/** The values that somebody has changed, in the order of their names: n8n has them in the order of the package's fields. */
function withoutDefaults(values: object, defaults: Defaults): Array<[name: string, value: unknown]> {
	const changed = Object.entries(values).flatMap(([name, value]): Array<[string, unknown]> => {
		const { usual, entries } = defaults.get(name) ?? {};
		if (usual !== undefined && asJson([usual]) === asJson([value])) return [];
		return [[name, entries === undefined ? value : changedEntries(value, entries)]];
	});
	return changed.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The same for the entries of a fixed collection, list by list. */
function changedEntries(lists: unknown, defaults: ReadonlyMap<string, Defaults>): unknown {
	if (!isPlainObject(lists)) return lists;
	return Object.entries(lists).map(([name, list]) => {
		const ofEntry = defaults.get(name) ?? new Map<string, FieldDefault>();
		const changed = (entry: unknown) => (isPlainObject(entry) ? withoutDefaults(entry, ofEntry) : entry);
		return [name, Array.isArray(list) ? list.map(changed) : changed(list)];
	});
}

/**
 * The name of a stored file without its folder, which has the execution's ID: what a webhook received is stored before there
 * is one, and n8n moves it when the execution ends.
 */
const fileIn = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

/** The files of an item: by n8n's reference to them, or by their bytes where n8n keeps them in the item itself. */
const filesOf = ({ binary = {} }: INodeExecutionData): unknown =>
	Object.entries(binary).map(([field, { id, data, fileName, mimeType }]) => [
		field,
		id === undefined ? data : fileIn(id),
		fileName,
		mimeType,
	]);

/**
 * Returns what distinguishes the purchase of an item from others, its index not included. The credential is no part of it: a new
 * token must not buy again, and what an earlier try bought can be named even where the credential cannot be read.
 */
export function identify(context: IExecuteFunctions, defaults: Defaults = new Map()): (itemIndex: number) => string {
	const { parameters = {} } = context.getNode();
	const bought = Object.fromEntries(Object.entries(parameters).filter(([name]) => !NOT_BOUGHT.includes(name)));
	const common = createHash('sha256').update(asJson(withoutDefaults(bought, defaults)));
	const items = context.getInputData();
	const identities = new Map<number, string>();
	const identityOf = (item: INodeExecutionData) =>
		common
			.copy()
			.update(asJson([item.json, filesOf(item)]))
			.digest('base64url')
			.slice(0, HASH_CHARS);
	return (itemIndex) => {
		const identity = identities.get(itemIndex) ?? identityOf(items[itemIndex]);
		identities.set(itemIndex, identity);
		return identity;
	};
}
