/** All resources and operations: the only list. A new resource is a folder and a line here. */
import { account } from './account';
import { background } from './background';
import type { ResourceEntry } from './entries';
import { model } from './model';
import { request } from './request';

/** In alphabetical order, as n8n wants its lists. */
export const resources: ResourceEntry[] = [account, background, model, request];
