import type { Defaults } from '../purchase/identity';
import { resources } from './index';

/** What the fields of a resource hold as long as nobody changes them; of a name that stands for several fields, each. */
export function defaultsOf(resource: unknown = resources[0].value): Defaults {
	const defaults = new Map<string, unknown[]>([['resource', [resources[0].value]]]);
	const { fields = [] } = resources.find(({ value }) => value === resource) ?? {};
	for (const { name, default: usual } of fields) defaults.set(name, [...(defaults.get(name) ?? []), usual]);
	return defaults;
}
