import { unknownOperation, unknownResource } from '../errors/requestErrors';
import { resourceNamed } from './index';
import type { Operation } from './registry';

/** Throws a RunComfyError that names what is not known: a workflow may come from a newer version of the node. */
export async function loadOperation(resource: string, operation: string): Promise<Operation> {
	const entry = resourceNamed(resource);
	if (entry === undefined) throw unknownResource(resource);
	const found = entry.operations.find(({ value }) => value === operation);
	if (found === undefined) throw unknownOperation(operation, resource);
	return await found.load();
}
