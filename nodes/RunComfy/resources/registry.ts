/** What is looked up in the list of resources by name. */

import { unknownOperation, unknownResource } from '../errors/inputErrors';
import type { Defaults } from '../purchase/identity';
import type { Operation } from './entries';
import { resources } from './index';

const resourceNamed = (resource: unknown) => resources.find(({ value }) => value === resource);

/** Throws a RunComfyError that names what is not known: a workflow may come from a newer version of the node. */
export async function loadOperation(resource: string, operation: string): Promise<Operation> {
	const entry = resourceNamed(resource);
	if (entry === undefined) throw unknownResource(resource);
	const found = entry.operations.find(({ value }) => value === operation);
	if (found === undefined) throw unknownOperation(operation, resource);
	return await found.load();
}

/** The values of a resource's fields until somebody changes them; several where fields share a name. */
export function fieldDefaults(resource: unknown = resources[0].value): Defaults {
	const defaults = new Map<string, unknown[]>([['resource', [resources[0].value]]]);
	const { fields = [] } = resourceNamed(resource) ?? {};
	for (const { name, default: value } of fields) defaults.set(name, [...(defaults.get(name) ?? []), value]);
	return defaults;
}
