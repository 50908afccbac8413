/** Deployment → Submit. */

import type { Run } from '../../batch/run';
import { submitOnly } from '../../batch/submitOnly';
import { resumedOnce } from '../../errors/deploymentWords';
import { deploymentJobs } from './deploymentJobs';

/** Where n8n waits to be called so that an execution goes on; what may follow does not make it another execution. */
const RESUME_URL = /\/webhook-waiting\/[^/?]+/;

export async function execute(run: Run) {
	const resumed = new Map<number, string>();
	const reader = deploymentJobs(run, (itemIndex, { options: { webhook } }) => {
		const [execution] = RESUME_URL.exec(webhook?.url ?? '') ?? [];
		if (execution !== undefined) resumed.set(itemIndex, execution);
	});
	const items = await submitOnly(run, reader);
	if (new Set(resumed.values()).size < resumed.size) {
		run.hints.push({ text: resumedOnce(resumed.size), type: 'warning' });
	}
	return items;
}
