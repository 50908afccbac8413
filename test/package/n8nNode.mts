/** `npm run n8n-node -- …`: n8n's own command line for community nodes, whose linter is `npm run lint`. */
import { spawnSync } from 'node:child_process';

import { n8nNode } from './n8nTools.mts';

const { file, env } = await n8nNode();
const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
