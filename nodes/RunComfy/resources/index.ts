/** All resources and operations: the only list. A new resource is a folder and a line here. */

import type { INodeProperties } from 'n8n-workflow';

import type { Defaults, FieldDefault } from '../purchase/identity';
import { account } from './account';
import { background } from './background';
import { deployment } from './deployment';
import { model } from './model';
import type { ResourceEntry } from './registry';
import { request } from './request';

/** In the order in which people look for them; the first is the default. */
export const resources: ResourceEntry[] = [background, model, deployment, request, account];

export const resourceNamed = (resource: unknown) => resources.find(({ value }) => value === resource);

/** The default values of a resource's fields. Fields that share a name have one default. */
export function fieldDefaults(resource: unknown = resources[0].value): Defaults {
	const { fields = [] } = resourceNamed(resource) ?? {};
	return new Map([['resource', { usual: resources[0].value }], ...defaultsOf(fields)]);
}

const defaultsOf = (fields: INodeProperties[]): Map<string, FieldDefault> =>
	new Map(fields.map((field) => [field.name, { usual: field.default, ...entriesOf(field) }]));

function entriesOf({ type, options = [] }: INodeProperties): Pick<FieldDefault, 'entries'> {
	if (type !== 'fixedCollection') return {};
	const lists = options.flatMap((list) => ('values' in list ? [list] : []));
	return { entries: new Map(lists.map(({ name, values }) => [name, defaultsOf(values)])) };
}
