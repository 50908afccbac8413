import type { INodeExecutionData } from 'n8n-workflow';

import * as advice from '../errors/advice';
import { itemFailed } from '../errors/logLines';
import { toNodeError } from '../errors/nodeError';
import { asRunComfyError, type RunComfyError } from '../errors/RunComfyError';
import { errorItem, requestsOf } from '../output/items';
import { STOPPED, type Stop } from '../timing/stop';
import type { Run } from './run';
import { runPool } from './runPool';

/** Reading the parameters of an item takes about a millisecond: n8n gets a breath after so many of them. */
const ITEMS_BETWEEN_BREATHS = 5;

/** What is left to do for an item once its request is over: it needs no place any more. */
export type Collect = () => Promise<INodeExecutionData[] | typeof STOPPED>;

interface Task {
	itemIndex: number;
}

export interface ItemWork<T extends Task> {
	/** Reads and checks one item. Throws a RunComfyError. Nothing is sent to RunComfy here. */
	prepare(itemIndex: number): Promise<T>;
	/**
	 * Between the last check and the first submit: looks at all that is about to be done. Throws a RunComfyError, and then
	 * none of it is.
	 */
	approve?(tasks: T[]): Promise<void>;
	/** How many tasks are worked on at a time; collecting does not count. */
	concurrency(tasks: T[]): number;
	/** `isStillWanted`: whether the others go on. Answers STOPPED where nothing was done. */
	work(task: T, isStillWanted: () => boolean): Promise<Collect | typeof STOPPED>;
	/** What a person should know when one item has failed and the node ends for it. */
	advice?(done: number, notBegun: number): string;
}

type Done = { kind: 'done'; itemIndex: number; items: INodeExecutionData[] };
type Failed = { kind: 'failed'; itemIndex: number; error: RunComfyError };
type Outcome = Done | Failed;

/**
 * Works through all input items: first checks every one, then has the whole approved, then works on them together, then
 * puts the answers in the order of the input. An item that fails becomes an error item under Continue On Fail; else it ends
 * the node, before anything was sent if the check found it.
 */
export async function workThroughItems<T extends Task>(
	run: Run,
	itemWork: ItemWork<T>,
): Promise<INodeExecutionData[] | typeof STOPPED> {
	const prepared = await prepareAll(run, itemWork);
	if (prepared === STOPPED) return STOPPED;
	const { tasks, failed } = prepared;
	if (tasks.length === 0) return toItems(failed);
	await itemWork.approve?.(tasks);
	if (run.stop.stopped) return STOPPED;

	const outcomes = await workTogether(run, tasks, itemWork);
	if (outcomes === STOPPED) return STOPPED;
	const [firstFailed, ...otherFailed] = outcomes.filter((outcome): outcome is Failed => outcome.kind === 'failed');
	if (firstFailed !== undefined && !run.continueOnFail) {
		const done = outcomes.filter(({ kind }) => kind === 'done').length;
		const aboutOthers = itemWork.advice?.(done, tasks.length - outcomes.length) ?? '';
		run.open.nameAll();
		const about = [aboutOthers, tellOthers(run, otherFailed)].filter(Boolean).join(' ');
		throw ended(run, firstFailed, about, detailsOf(outcomes.filter((outcome) => outcome !== firstFailed)));
	}
	return toItems([...outcomes, ...failed]);
}

async function prepareAll<T extends Task>(run: Run, { prepare }: ItemWork<T>) {
	const tasks: T[] = [];
	const failed: Failed[] = [];
	for (let itemIndex = 0; itemIndex < run.items.length; itemIndex += 1) {
		if (itemIndex % ITEMS_BETWEEN_BREATHS === 0) await run.clock.sleep(0, run.stop);
		if (run.stop.stopped) return STOPPED;
		try {
			tasks.push(await prepare(itemIndex));
		} catch (error) {
			const wrong: Failed = { kind: 'failed', itemIndex, error: asRunComfyError(error) };
			if (!run.continueOnFail) throw ended(run, wrong, advice.NOTHING_WAS_SENT);
			failed.push(wrong);
		}
	}
	return { tasks, failed };
}

/**
 * After the first failure nothing new is begun (unless the node continues on fail), but what is under way is seen to its
 * end, since it is paid. Outcomes come in the order of the items; tasks never begun have none. STOPPED as soon as Stop comes.
 */
async function workTogether<T extends Task>(
	{ stop, continueOnFail }: { stop: Stop; continueOnFail: boolean },
	tasks: T[],
	{ concurrency, work }: ItemWork<T>,
): Promise<Outcome[] | typeof STOPPED> {
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
	const mayStart = () => !stop.stopped && (continueOnFail || !hasFailed);

	const all = async () => {
		await runPool(tasks, concurrency(tasks), mayStart, async (task) => {
			try {
				const collectItems = await work(task, mayStart);
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

/** n8n shows one error; the request ids of the others must not be lost behind it. */
function tellOthers({ log }: Run, others: Failed[]): string {
	const lines = others.map(({ itemIndex, error }) => advice.alsoFailed(itemIndex, error.message));
	for (const line of lines) log.warn(itemFailed(line));
	return advice.otherFailures(lines);
}

/** What n8n shows of the other items where the error's details are opened: who has no log still finds all that was paid. */
function detailsOf(others: Outcome[]): string[] {
	return others.flatMap((outcome) => {
		const { itemIndex } = outcome;
		if (outcome.kind === 'failed') return [advice.failedDetail(itemIndex, outcome.error.message)];
		return requestsOf(outcome.items).map((request) => advice.requestDetail(itemIndex, request));
	});
}

/** n8n names the item by itself. */
function ended(run: Run, { itemIndex, error }: Failed, aboutOthers: string, details: string[] = []) {
	const isOneOfMany = run.items.length > 1;
	return toNodeError(run.context.getNode(), isOneOfMany ? error.withAdvice(aboutOthers) : error, itemIndex, details);
}

function toItems(outcomes: Outcome[]): INodeExecutionData[] {
	return outcomes
		.sort((a, b) => a.itemIndex - b.itemIndex)
		.flatMap((outcome) => (outcome.kind === 'done' ? outcome.items : [errorItem(outcome.itemIndex, outcome.error)]));
}
