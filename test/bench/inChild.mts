import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Tasks } from './child.mts';

/** Does one of the tasks of `child.mts` in a fresh process. Throws when it ends without figures. */
export async function inChild<Name extends keyof Tasks>(
	name: Name,
	...[options]: Parameters<Tasks[Name]>
): Promise<Awaited<ReturnType<Tasks[Name]>>> {
	const child = fork(join(import.meta.dirname, 'child.mts'), [JSON.stringify({ name, options })], {
		execArgv: ['--expose-gc', '--no-warnings'],
	});
	let answer: { figures: Awaited<ReturnType<Tasks[Name]>> } | undefined;
	child.once('message', (message) => {
		answer = message as typeof answer;
	});
	await once(child, 'exit');
	if (answer === undefined) throw new Error(`The task ${name} ended without figures`);
	return answer.figures;
}
