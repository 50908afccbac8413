import { createRequire } from 'node:module';

import type * as parts from './parts.mts';

/** The node's parts from `dist`, as the build made them. Throws while there is none. */
export function builtParts(): typeof parts {
	const require = createRequire(new URL('../../dist/nodes/RunComfy/', import.meta.url));
	return {
		...(require('./execute.js') as Pick<typeof parts, 'execute'>),
		...(require('./batch/processState.js') as Pick<typeof parts, 'ProcessState' | 'usualPolicies'>),
		...(require('./timing/stop.js') as Pick<typeof parts, 'Stop'>),
	};
}
