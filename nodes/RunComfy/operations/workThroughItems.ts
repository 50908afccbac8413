import type { INodeExecutionData } from 'n8n-workflow';

import { type Batch, type Outcome, runBatch } from './runBatch';
import { quote } from '../errors/foreignText';
import { toNodeError } from '../errors/nodeError';
import { asRunComfyError } from '../errors/RunComfyError';
import { errorItem } from '../output/items';
import { STOPPED } from '../timing/stop';
import type { Run } from './run';

/** Reading the parameters of an item takes about a millisecond: n8n gets a breath after so many of them. */
const ITEMS_BETWEEN_BREATHS = 5;

export interface ItemWork<T extends { itemIndex: number }> {
	/** Reads and checks one item. Throws a RunComfyError. Nothing is sent to RunComfy here. */
	prepare(itemIndex: number): Promise<T>;
	places(tasks: T[]): number;
	work: Batch<T>['work'];
	/** What a person should know when one item has failed and the node ends for it. */
	advice(done: number, notBegun: number): string;
}

type Failed = Extract<Outcome, { kind: 'failed' }>;

/**
 * Works through all input items: first checks every one, then works on them together, then puts the answers in the
 * order of the input. An item that fails becomes an error item under Continue On Fail; else it ends the node, before
 * anything was sent if the check found it.
 */
export async function workThroughItems<T extends { itemIndex: number }>(
	run: Run,
	itemWork: ItemWork<T>,
): Promise<INodeExecutionData[] | typeof STOPPED> {
	const tasks: T[] = [];
	const failed: Failed[] = [];
	for (let itemIndex = 0; itemIndex < run.items.length; itemIndex += 1) {
		if (itemIndex % ITEMS_BETWEEN_BREATHS === 0) await run.clock.sleep(0, run.stop);
		if (run.stop.stopped) return STOPPED;
		try {
			tasks.push(await itemWork.prepare(itemIndex));
		} catch (error) {
			const wrong: Failed = { kind: 'failed', itemIndex, error: asRunComfyError(error) };
			if (!run.continueOnFail) throw ended(run, wrong, 'Nothing was sent to RunComfy.');
			failed.push(wrong);
		}
	}
	if (tasks.length === 0) return toItems(failed);

	const { continueOnFail, stop } = run;
	const places = itemWork.places(tasks);
	const outcomes = await runBatch({ tasks, places, continueOnFail, stop, work: itemWork.work });
	if (outcomes === STOPPED) return STOPPED;

	const [firstFailed, ...otherFailed] = outcomes.filter((outcome): outcome is Failed => outcome.kind === 'failed');
	if (firstFailed !== undefined && !continueOnFail) {
		const done = outcomes.filter(({ kind }) => kind === 'done').length;
		const advice = itemWork.advice(done, tasks.length - outcomes.length);
		run.open.nameAll();
		throw ended(run, firstFailed, [advice, tellOthers(run, otherFailed)].filter(Boolean).join(' '));
	}
	return toItems([...outcomes, ...failed]);
}

/** n8n shows one error; the request ids of the others must not be lost behind it. */
function tellOthers({ log }: Run, others: Failed[]): string {
	if (others.length === 0) return '';
	const lines = others.map(({ itemIndex, error }) => `item ${itemIndex}: ${error.message}`);
	for (const line of lines) log.warn(`RunComfy, ${line}`);
	return `Other items failed too (all are in n8n's log): ${quote(lines.join('; '))}`;
}

function ended(run: Run, { itemIndex, error }: Failed, advice: string) {
	const isOneOfMany = run.items.length > 1;
	const which = `It was item ${itemIndex} of the input, counted from 0.`;
	return toNodeError(
		run.context.getNode(),
		isOneOfMany ? error.withAdvice(`${which} ${advice}`.trim()) : error,
		itemIndex,
	);
}

function toItems(outcomes: Outcome[]): INodeExecutionData[] {
	return outcomes
		.sort((a, b) => a.itemIndex - b.itemIndex)
		.flatMap((outcome) => (outcome.kind === 'done' ? outcome.items : [errorItem(outcome.itemIndex, outcome.error)]));
}
