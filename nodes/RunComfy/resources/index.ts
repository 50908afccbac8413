/** All resources and operations: the only list. A new resource is a folder and a line here. */

import { account } from './account';
import { background } from './background';
import { deployment } from './deployment';
import type { ResourceEntry } from './registryEntries';
import { model } from './model';
import { request } from './request';

/** In the order in which people look for them; the first is the default. */
export const resources: ResourceEntry[] = [background, model, deployment, request, account];
