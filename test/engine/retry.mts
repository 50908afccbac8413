import type { IRunExecutionData, Workflow } from 'n8n-workflow';
import type { Finished } from './finished.mts';

/**
 * The data with which n8n's *Retry execution* starts: what was stored, less the error and the failed run of the last
 * node, so that only that node and what follows it runs.
 *
 * @param saved the workflow whose nodes replace the stored ones ("retry with currently saved workflow")
 * @throws when n8n would not offer the retry
 */
export function dataForRetry(failed: Finished, saved: Workflow | undefined): IRunExecutionData {
	if (failed.stopped) throw new Error('n8n keeps no execution data after a Stop: there is nothing to retry');
	if (failed.status === 'success') throw new Error('The execution succeeded, so it cannot be retried');
	const { data } = failed;
	const { resultData, executionData } = data;
	if (resultData.lastNodeExecuted) {
		delete resultData.error;
		const runs = resultData.runData[resultData.lastNodeExecuted];
		if (runs?.at(-1)?.error !== undefined) runs.pop();
	}
	if (!saved) return data;
	for (const entry of executionData?.nodeExecutionStack ?? []) {
		const node = saved.getNode(entry.node.name);
		if (!node) throw new Error(`The saved workflow has no node '${entry.node.name}'`);
		entry.node = node;
	}
	return data;
}
