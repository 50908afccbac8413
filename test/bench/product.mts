/** The node's own modules, as the simulation needs them: the built ones for the benchmark, the sources in a test. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as executing from '../../nodes/RunComfy/execute.ts';
import type * as commons from '../../nodes/RunComfy/operations/commons.ts';
import type * as stop from '../../nodes/RunComfy/timing/stop.ts';

export type Product = Pick<typeof executing, 'execute'> &
	Pick<typeof commons, 'Commons' | 'usualPolicies'> &
	Pick<typeof stop, 'Stop'>;

export const ROOT = join(import.meta.dirname, '..', '..');
/** BENCH_DIST measures another build, say an older one. */
export const DIST = process.env.BENCH_DIST ?? join(ROOT, 'dist');

/** Loads the node as `npm run build` left it. Throws when it has not been built. */
export function builtProduct(): Product {
	const require = createRequire(import.meta.url);
	const load = (path: string) => require(join(DIST, 'nodes', 'RunComfy', path));
	return { ...load('execute.js'), ...load('operations/commons.js'), ...load('timing/stop.js') };
}
