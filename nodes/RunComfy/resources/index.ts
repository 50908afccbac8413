/** All resources and operations: the only list. A new resource is a folder and a line here. */
import { unknownOperation, unknownResource } from '../errors/inputErrors';
import { account } from './account';
import { background } from './background';
import type { Operation, ResourceEntry } from './entries';
import { model } from './model';
import { request } from './request';

/** In alphabetical order, as n8n wants its lists. */
export const resources: ResourceEntry[] = [account, background, model, request];

/** Throws a RunComfyError that names what is not known: a workflow may come from a newer version of the node. */
export async function loadOperation(resource: string, operation: string): Promise<Operation> {
	const entry = resources.find(({ value }) => value === resource);
	if (entry === undefined) throw unknownResource(resource);
	const found = entry.operations.find(({ value }) => value === operation);
	if (found === undefined) throw unknownOperation(operation, resource);
	return await found.load();
}
