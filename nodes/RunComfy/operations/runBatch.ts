import type { INodeExecutionData } from 'n8n-workflow';

import { asRunComfyError, type RunComfyError } from '../errors/RunComfyError';
import { STOPPED, type Stop } from '../timing/stop';
import { runPool } from './runPool';

/** What is left to do for an item once its request is over: it needs no place any more. */
export type Collect = () => Promise<INodeExecutionData[] | typeof STOPPED>;

export type Outcome =
	| { kind: 'done'; itemIndex: number; items: INodeExecutionData[] }
	| { kind: 'failed'; itemIndex: number; error: RunComfyError };

export interface Batch<T> {
	tasks: T[];
	/** How many tasks are worked on at a time; collecting does not count. */
	places: number;
	/** Whether the others go on after one has failed. */
	continueOnFail: boolean;
	stop: Stop;
	/** `isStillWanted`: whether the batch goes on. Answers STOPPED where nothing was done. */
	work(task: T, isStillWanted: () => boolean): Promise<Collect | typeof STOPPED>;
}

/**
 * Works through tasks together. After the first failure nothing new is begun (unless `continueOnFail`), but what is
 * under way is seen to its end, since it is paid. Outcomes come in the order of the items; tasks never begun have
 * none. STOPPED as soon as Stop comes.
 */
export async function runBatch<T extends { itemIndex: number }>(batch: Batch<T>): Promise<Outcome[] | typeof STOPPED> {
	const { stop } = batch;
	const outcomes: Outcome[] = [];
	const collecting: Array<Promise<void>> = [];
	let hasFailed = false;

	const fail = (itemIndex: number, thrown: unknown) => {
		hasFailed = true;
		outcomes.push({ kind: 'failed', itemIndex, error: asRunComfyError(thrown) });
	};
	const collect = async (itemIndex: number, collectItems: Collect) => {
		try {
			const items = await collectItems();
			if (items !== STOPPED) outcomes.push({ kind: 'done', itemIndex, items });
		} catch (error) {
			fail(itemIndex, error);
		}
	};
	const mayStart = () => !stop.stopped && (batch.continueOnFail || !hasFailed);

	const all = async () => {
		await runPool(batch.tasks, batch.places, mayStart, async (task) => {
			try {
				const collectItems = await batch.work(task, mayStart);
				if (collectItems !== STOPPED) collecting.push(collect(task.itemIndex, collectItems));
			} catch (error) {
				fail(task.itemIndex, error);
			}
		});
		await Promise.all(collecting);
	};
	if ((await stop.race(all())) === STOPPED || stop.stopped) return STOPPED;
	return outcomes.sort((a, b) => a.itemIndex - b.itemIndex);
}
