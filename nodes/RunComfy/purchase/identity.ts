/**
 * What counts as the same purchase from try to try: the item's place, the node's parameters as they are written, and the
 * input item. Not what expressions give this time: a random seed or the time of day must not buy again.
 */

import { createHash } from 'node:crypto';

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

/** Parameters that only say how to wait and what to give: to raise a Timeout is not to want another picture. */
const NOT_BOUGHT = ['operation', 'simplify', 'options'];

/**
 * What the fields of a node hold as long as nobody changes them, by their names. n8n fills them in when a package is updated
 * and an execution from before is retried: a parameter at its default is as if it were not there.
 */
export type Defaults = ReadonlyMap<string, readonly unknown[]>;

/** 132 bits: short enough for the journal, and no two purchases share it. */
const HASH_CHARS = 22;

/** What the editor keeps beside the values of a resource mapper or a resource locator; it changes by looking at it. */
const KEPT_BY_EDITOR = new Set(['schema', 'cachedResultName', 'cachedResultUrl', 'cachedResultDescription']);

const isPickedInEditor = (holder: object): boolean => 'mappingMode' in holder || '__rl' in holder;

/** JSON of anything an item may hold, circles and big integers included: a purchase must not fail for its name. */
function asJson(value: unknown[]): string {
	const above: unknown[] = [];
	return JSON.stringify(value, function (this: object, key: string, entry: unknown) {
		if (typeof entry === 'bigint') return String(entry);
		if (KEPT_BY_EDITOR.has(key) && isPickedInEditor(this)) return undefined;
		while (above.length > 0 && above.at(-1) !== this) above.pop();
		if (above.includes(entry)) return 'circle';
		above.push(entry);
		return entry;
	});
}

/** The files of an item: by n8n's reference to them, or by their bytes where n8n keeps them in the item itself. */
const filesOf = ({ binary = {} }: INodeExecutionData): unknown =>
	Object.entries(binary).map(([field, { id, data, fileName, mimeType }]) => [field, id ?? data, fileName, mimeType]);

/**
 * Answers what tells the purchase of an item from others, its index not included. The credential is no part of it: a new
 * token must not buy again, and what an earlier try bought can be named even where the credential cannot be read.
 */
export function identify(context: IExecuteFunctions, defaults: Defaults = new Map()): (itemIndex: number) => string {
	const { parameters } = context.getNode();
	const isDefault = (name: string, value: unknown) =>
		defaults.get(name)?.some((one) => asJson([one]) === asJson([value])) === true;
	const bought = Object.entries(parameters ?? {}).filter(
		([name, value]) => !NOT_BOUGHT.includes(name) && !isDefault(name, value),
	);
	const common = createHash('sha256').update(asJson(bought));
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
