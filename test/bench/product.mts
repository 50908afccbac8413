/** The node's own modules, as the simulation needs them: the built ones for the benchmark, the sources in a test. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as account from '../../nodes/RunComfy/api/connection.ts';
import type * as callBudget from '../../nodes/RunComfy/api/callBudget.ts';
import type * as client from '../../nodes/RunComfy/api/requests.ts';
import type * as journal from '../../nodes/RunComfy/purchase/journal.ts';
import type * as openRequests from '../../nodes/RunComfy/purchase/openRequests.ts';
import type * as stop from '../../nodes/RunComfy/timing/stop.ts';
import type * as replaceAndWait from '../../nodes/RunComfy/operations/buyAndWait.ts';

export type Product = Pick<typeof account, 'readAccount'> &
	Pick<typeof callBudget, 'CallBudget'> &
	Pick<typeof client, 'RunComfyClient'> &
	Pick<typeof journal, 'Journal'> &
	Pick<typeof openRequests, 'OpenRequests'> &
	Pick<typeof stop, 'Stop'> &
	Pick<typeof replaceAndWait, 'execute'>;

export const ROOT = join(import.meta.dirname, '..', '..');
/** BENCH_DIST measures another build, say an older one. */
export const DIST = process.env.BENCH_DIST ?? join(ROOT, 'dist');

/** Loads the node as `npm run build` left it. Throws when it has not been built. */
export function builtProduct(): Product {
	const require = createRequire(import.meta.url);
	const load = (path: string) => require(join(DIST, 'nodes', 'RunComfy', path));
	return {
		...load('api/connection.js'),
		...load('api/callBudget.js'),
		...load('api/requests.js'),
		...load('purchase/journal.js'),
		...load('purchase/openRequests.js'),
		...load('timing/stop.js'),
		...load('operations/buyAndWait.js'),
	};
}
