/** Seeds that are made up: ComfyUI by API repeats the saved ones, and then gives the same again. */

import { createHash } from 'node:crypto';

import type { Run } from '../../batch/run';
import { readBuyingOptions } from '../../batch/options';

/** Every sampler takes so much. */
const SEED_SPAN = 2 ** 32;

/**
 * A seed for one input of one item: the same on every try, another one for the next item, pass and execution. Where test runs
 * share their results the execution does not count, or none would ever be the same.
 */
export function seedFor(run: Run, itemIndex: number, key: string): number {
	const { context, testRun, asTool } = run;
	const isShared = testRun !== undefined && readBuyingOptions(context, itemIndex).reuseInTestRuns;
	const execution = isShared ? '' : context.getExecutionId();
	// An agent's run index may grow with each try.
	const pass = asTool ? '' : String(context.getWorkflowDataProxy(itemIndex).$runIndex);
	const source = [execution, pass, itemIndex, run.identityOf(itemIndex), key].join('\n');
	return createHash('sha256').update(source).digest().readUInt32BE(0) % SEED_SPAN;
}
