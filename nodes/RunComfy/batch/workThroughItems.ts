/** All items of an execution on their way: checked, approved, worked on together, put in order. */

import type { INodeExecutionData } from 'n8n-workflow';

import * as words from '../errors/batchWords';
import { itemFailed, progressLine } from '../errors/logLines';
import { toNodeError } from '../errors/toNodeError';
import { asRunComfyError, type RunComfyError } from '../errors/RunComfyError';
import { NOT_CHARGED, sentences } from '../errors/sentences';
import { costOf, errorItem, meaningOf, requestsOf } from '../output/items';
import { inputFieldsOfFailed } from './options';
import type { Others, OthersInWords } from './orders';
import type { Run } from './run';
import { runPool, type PoolSlot } from './runPool';

/** Makes an item's output once its request is over. It runs without a slot, so that the next request can start. */
export type Collect = () => Promise<INodeExecutionData[]>;

/** What is done for an item, or for one of its variants. */
interface ItemTask {
	itemIndex: number;
	/** Counted from 1; absent where the item has only one. */
	variant?: number;
}

/** What an operation does with its items, step by step. */
export interface ItemSteps<T extends ItemTask> {
	/** Reads and checks one item: what is to be done for it. Throws a RunComfyError. Nothing is bought here. */
	check(itemIndex: number): Promise<T | T[]>;
	/** Between the last check and the first submit: returns what must not be done, each task with its error. */
	approve?(tasks: T[]): Promise<Map<T, RunComfyError>>;
	/** How many tasks are worked on at a time; collecting does not count. There is at least one task. */
	concurrency(tasks: T[]): number;
	/** Whether an earlier attempt began it. Such tasks come first: their requests are running anyway. */
	isBegun?(task: T): boolean;
	/** `isStillWanted`: false once another task has ended the node. Returns undefined if nothing was done for that reason. */
	work(task: T, isStillWanted: () => boolean, slot: PoolSlot): Promise<Collect | undefined>;
	/** How long a task waits for a slot while others hold all of them, in milliseconds; and the error of one that got none. */
	patience?: { ms(task: T): number; error(task: T): RunComfyError };
	/** What a person should know of the others when one item has failed and ends the node. */
	othersInWords?(others: Array<Others<T>>): OthersInWords;
}

interface Failed {
	task: ItemTask;
	error: RunComfyError;
}

/** What became of a task. */
type TaskEnd = Failed | { task: ItemTask; items: INodeExecutionData[] };

const isFailed = (end: TaskEnd): end is Failed => 'error' in end;

/** In the order of the input, and of the variants of an item. */
const inOrder = ({ task: a }: TaskEnd, { task: b }: TaskEnd): number =>
	a.itemIndex - b.itemIndex || (a.variant ?? 0) - (b.variant ?? 0);

/**
 * Works through all input items: first checks every one, then has the whole approved, then works on them together, then
 * puts the items in the order of the input. An item that fails becomes an error item under Continue On Fail; else it ends
 * the node, before anything was sent if the check found it. Throws Stopped.
 */
export async function workThroughItems<T extends ItemTask>(
	run: Run,
	steps: ItemSteps<T>,
): Promise<INodeExecutionData[]> {
	const failed: Failed[] = [];
	const checked = await checkAll(run, steps, failed);
	const approved = await approveAll(run, steps, checked, failed);
	const ends = approved.length > 0 ? await workOnAll(run, steps, approved) : [];
	if (!run.continueOnFail) throwFirstFailure(run, steps, approved, ends);
	return [...ends, ...failed].sort(inOrder).flatMap((end) => {
		const { itemIndex } = end.task;
		return isFailed(end) ? [errorItem(itemIndex, end.error, inputFieldsOfFailed(run.context, itemIndex))] : end.items;
	});
}

async function checkAll<T extends ItemTask>(
	run: Run,
	{ check, approve }: ItemSteps<T>,
	failed: Failed[],
): Promise<T[]> {
	const tasks: T[] = [];
	for (let itemIndex = 0; itemIndex < run.items.length; itemIndex += 1) {
		if (itemIndex % run.policies.batch.itemsBetweenBreaths === 0) await run.clock.sleep(0, run.stop);
		run.stop.throwIfStopped();
		try {
			tasks.push(...([await check(itemIndex)].flat() as T[]));
		} catch (error) {
			const wrong = { task: { itemIndex }, error: asRunComfyError(error) };
			if (!run.continueOnFail) throw errorOfNode(run, wrong, { safe: approve ? safeOfAll(run) : '', more: '' });
			failed.push(approve ? { ...wrong, error: wrong.error.withSafe(NOT_CHARGED) } : wrong);
		}
	}
	return tasks;
}

/** What is safe when the check of one item ends an operation that submits. */
const safeOfAll = ({ items, money: { journal } }: Run): string =>
	items.length === 1 && !journal.hasBought ? NOT_CHARGED : words.earlierPurchases(journal.purchases());

async function approveAll<T extends ItemTask>(
	{ continueOnFail }: Run,
	{ approve }: ItemSteps<T>,
	tasks: T[],
	failed: Failed[],
): Promise<T[]> {
	const refused = (await approve?.(tasks)) ?? new Map<T, RunComfyError>();
	for (const [task, error] of refused) {
		if (!continueOnFail) throw error;
		failed.push({ task, error });
	}
	return tasks.filter((task) => !refused.has(task));
}

/**
 * After the first failure nothing new is begun (unless the node continues on fail), but what is under way is seen to its
 * end, since it is paid. Ends come in the order of the items; tasks never begun have none. Throws Stopped as soon as Stop comes.
 */
async function workOnAll<T extends ItemTask>(run: Run, steps: ItemSteps<T>, tasks: T[]): Promise<TaskEnd[]> {
	const { stop, clock, policies, continueOnFail } = run;
	const { concurrency, isBegun = () => false, work, patience } = steps;
	const ends: TaskEnd[] = [];
	const collecting: Array<Promise<void>> = [];
	let hasFailed = false;

	const fail = (task: ItemTask, thrown: unknown) => {
		// After a Stop the ends are no longer used.
		if (stop.stopped) return;
		hasFailed = true;
		ends.push({ task, error: asRunComfyError(thrown) });
	};
	const collect = async (task: ItemTask, collectItems: Collect) => {
		try {
			ends.push({ task, items: await collectItems() });
		} catch (error) {
			fail(task, error);
		}
	};
	const mayStart = () => !stop.stopped && (continueOnFail || !hasFailed);

	const endLog = logProgress(run, ends, tasks.length);
	// After a Stop, `execute` returns at once, while the tasks in progress end in the background: only the log ends here.
	const forget = stop.onStop(endLog);
	await runPool<T, Collect | undefined>({
		tasks: [...tasks.filter(isBegun), ...tasks.filter((task) => !isBegun(task))],
		concurrency: concurrency(tasks),
		mayStart,
		work: (task, slot) => work(task, mayStart, slot),
		done: (task, collectItems) => {
			if (collectItems !== undefined) collecting.push(collect(task, collectItems));
		},
		fail,
		patienceMs: patience?.ms,
		giveUp: (task) => fail(task, patience?.error(task)),
		longestNapMs: policies.batch.longestNapMs,
		clock,
		stop,
	});
	await Promise.all(collecting);
	forget();
	stop.throwIfStopped();
	endLog();
	return ends.sort(inOrder);
}

/**
 * Reports the progress of a long batch in n8n's log: the editor only shows that the node is executing. Returns a function
 * that ends it.
 */
function logProgress({ clock, log, policies }: Run, ends: TaskEnd[], total: number): () => void {
	let hasReported = false;
	let switchOff = () => {};
	const report = () => {
		const failed = ends.filter(isFailed).length;
		const meanings = ends.flatMap((end) => (isFailed(end) ? [] : end.items.map(meaningOf)));
		const results = meanings.filter((meaning) => meaning?.kind === 'result');
		log.info(progressLine(ends.length - failed, total, failed, costOf(results)));
	};
	const wait = () => {
		switchOff = clock.alarm(policies.batch.tellEveryMs, () => {
			report();
			hasReported = true;
			wait();
		});
	};
	wait();
	return () => {
		switchOff();
		if (hasReported) report();
	};
}

/** The node ends for the first item that failed: its error says what became of the others. */
function throwFirstFailure<T extends ItemTask>(
	run: Run,
	{ othersInWords }: ItemSteps<T>,
	tasks: T[],
	ends: TaskEnd[],
): void {
	const [first, ...otherFailed] = ends.filter(isFailed);
	if (first === undefined) return;
	const isOwn = ({ itemIndex }: ItemTask) => itemIndex === first.task.itemIndex;
	const ended = new Set<ItemTask>(ends.map(({ task }) => task));
	const notEnded = tasks.filter((task) => !ended.has(task));
	const own: Others<T> = {
		noun: 'variant',
		done: ends.filter((end) => isOwn(end.task) && !isFailed(end)).length,
		notDone: notEnded.filter(isOwn).map((task) => [task]),
	};
	// Other items count as a whole: one with only some of its variants done is left out.
	const begun = indexesOf(ended);
	const notWhole = indexesOf([...ends.filter(isFailed).map(({ task }) => task), ...notEnded]);
	const notBegun = notEnded.filter(({ itemIndex }) => !begun.has(itemIndex));
	const items: Others<T> = {
		noun: 'item',
		done: [...begun].filter((itemIndex) => !notWhole.has(itemIndex)).length,
		notDone: [...indexesOf(notBegun)].map((index) => notBegun.filter(({ itemIndex }) => itemIndex === index)),
	};
	const { safe, more } = othersInWords?.([own, items]) ?? { safe: '', more: '' };
	// n8n shows one error; the request ids of the others must not be lost behind it.
	for (const { task, error } of otherFailed) {
		run.log.warn(itemFailed(task.itemIndex, error.message));
	}
	const failures = otherFailed
		.filter(({ task }) => !isOwn(task))
		.map(({ task: { itemIndex }, error: { message } }) => ({ itemIndex, message }));
	const about = { safe, more: sentences(words.otherFailures(failures), more) };
	throw errorOfNode(run, first, about, ends.filter((end) => end !== first).flatMap(requestDetails));
}

const indexesOf = (tasks: Iterable<ItemTask>): Set<number> => new Set([...tasks].map(({ itemIndex }) => itemIndex));

/** Lines about another item for the error's details in n8n, so that every paid request can be found without the log. */
function requestDetails(end: TaskEnd): string[] {
	const { itemIndex } = end.task;
	return isFailed(end)
		? [words.failedDetail(itemIndex, end.error.message)]
		: requestsOf(end.items).map((request) => words.requestDetail(itemIndex, request));
}

/** n8n adds the item's index to the message. */
function errorOfNode(run: Run, { task, error }: Failed, { safe, more }: OthersInWords, details: string[] = []) {
	return toNodeError(run.context.getNode(), error.withSafe(safe).withAdvice(more), task.itemIndex, details);
}
