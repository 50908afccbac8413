/** `npm run lint`: n8n's linter over the project, as n8n's own command runs it. `npm run lint -- --fix` mends what it can. */
import { spawnSync } from 'node:child_process';

import { n8nNode } from './n8nTools.mts';

const { file, env } = await n8nNode();
const { status } = spawnSync(process.execPath, [file, 'lint', ...process.argv.slice(2)], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
