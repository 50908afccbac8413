import type { INodeExecutionData } from 'n8n-workflow';

import * as advice from '../errors/advice';
import { itemFailed } from '../errors/logLines';
import { toNodeError } from '../errors/nodeError';
import { asRunComfyError, type RunComfyError } from '../errors/RunComfyError';
import { sentences } from '../errors/sentences';
import { errorItem, requestsOf } from '../output/items';
import { aboutAll, type AboutOthers } from './orders';
import { Progress } from './progress';
import type { Run } from './run';
import { type Place, runPool } from './runPool';

/** What is left to do for an item once its request is over: it needs no place any more. */
export type Collect = () => Promise<INodeExecutionData[]>;

const NOTHING_TO_SAY: AboutOthers = { safe: '', more: '' };

interface Task {
	itemIndex: number;
	/** Among several of one item. */
	variant?: number;
}

export interface ItemWork<T extends Task> {
	/** Reads and checks one item: what is to be done for it. Throws a RunComfyError. Nothing is bought here. */
	prepare(itemIndex: number): Promise<T | T[]>;
	/** Between the last check and the first submit: answers what must not be done, each task with its error. */
	approve?(tasks: T[]): Promise<Map<T, RunComfyError>>;
	/** How many tasks are worked on at a time; collecting does not count. */
	concurrency(tasks: T[]): number;
	/** What an earlier try has begun comes first: it is under way whether it is given a place or not. */
	isBegun?(task: T): boolean;
	/** `isStillWanted`: whether the others go on. Answers undefined where they do not, and nothing was done. */
	work(task: T, isStillWanted: () => boolean, place: Place): Promise<Collect | undefined>;
	/** How long a task waits, in milliseconds, while all places are kept by others; and the error for one that got none. */
	patience?: { ms(task: T): number; error(task: T): RunComfyError };
	/** What a person should know of the others when one item has failed and the node ends for it. */
	aboutOthers?(others: { done: number; notDone: T[] }): AboutOthers;
}

type Done = Task & { kind: 'done'; items: INodeExecutionData[] };
type Failed = Task & { kind: 'failed'; error: RunComfyError };
type Outcome = Done | Failed;

/**
 * Works through all input items: first checks every one, then has the whole approved, then works on them together, then
 * puts the answers in the order of the input. An item that fails becomes an error item under Continue On Fail; else it ends
 * the node, before anything was sent if the check found it. Throws Stopped.
 */
export async function workThroughItems<T extends Task>(run: Run, itemWork: ItemWork<T>): Promise<INodeExecutionData[]> {
	const prepared = await prepareAll(run, itemWork);
	const { failed } = prepared;
	const refused = (await itemWork.approve?.(prepared.tasks)) ?? new Map<T, RunComfyError>();
	const tasks = prepared.tasks.filter((task) => !refused.has(task));
	for (const [{ itemIndex, variant }, error] of refused) {
		if (!run.continueOnFail) throw error;
		failed.push({ kind: 'failed', itemIndex, variant, error });
	}
	if (tasks.length === 0) return toItems(failed);

	const outcomes = await workTogether(run, tasks, itemWork);
	const [firstFailed, ...otherFailed] = outcomes.filter((outcome): outcome is Failed => outcome.kind === 'failed');
	if (firstFailed !== undefined && !run.continueOnFail) {
		const nameOf = ({ itemIndex, variant = 0 }: Task) => `${itemIndex}:${variant}`;
		const ended = new Set(outcomes.map(nameOf));
		const notDone = tasks.filter((task) => !ended.has(nameOf(task)));
		const done = outcomes.filter(({ kind }) => kind === 'done').length;
		const { safe, more } = itemWork.aboutOthers?.({ done, notDone }) ?? NOTHING_TO_SAY;
		const about = { safe, more: sentences(tellOthers(run, otherFailed), more) };
		throw errorOfNode(run, firstFailed, about, detailsOf(outcomes.filter((outcome) => outcome !== firstFailed)));
	}
	return toItems([...outcomes, ...failed]);
}

async function prepareAll<T extends Task>(run: Run, { prepare }: ItemWork<T>) {
	const tasks: T[] = [];
	const failed: Failed[] = [];
	for (let itemIndex = 0; itemIndex < run.items.length; itemIndex += 1) {
		if (itemIndex % run.policies.batch.itemsBetweenBreaths === 0) await run.clock.sleep(0, run.stop);
		run.stop.throwIfStopped();
		try {
			const prepared = await prepare(itemIndex);
			tasks.push(...(Array.isArray(prepared) ? prepared : [prepared]));
		} catch (error) {
			const wrong: Failed = { kind: 'failed', itemIndex, error: asRunComfyError(error) };
			if (!run.continueOnFail) throw errorOfNode(run, wrong, { safe: '', more: aboutAll(run) });
			failed.push(wrong);
		}
	}
	return { tasks, failed };
}

/**
 * After the first failure nothing new is begun (unless the node continues on fail), but what is under way is seen to its
 * end, since it is paid. Outcomes come in the order of the items; tasks never begun have none. Throws Stopped as soon as Stop comes.
 */
async function workTogether<T extends Task>(
	{ stop, clock, log, policies, continueOnFail }: Run,
	tasks: T[],
	{ concurrency, isBegun = () => false, work, patience }: ItemWork<T>,
): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	const collecting: Array<Promise<void>> = [];
	const progress = new Progress(clock, log, tasks.length, policies.batch.tellEveryMs);
	let hasFailed = false;

	const fail = ({ itemIndex, variant }: Task, thrown: unknown) => {
		// Nobody reads the outcomes any more.
		if (stop.stopped) return;
		hasFailed = true;
		progress.fail();
		outcomes.push({ kind: 'failed', itemIndex, variant, error: asRunComfyError(thrown) });
	};
	const collect = async (task: Task, collectItems: Collect) => {
		const { itemIndex, variant } = task;
		try {
			const items = await collectItems();
			progress.done(items);
			outcomes.push({ kind: 'done', itemIndex, variant, items });
		} catch (error) {
			fail(task, error);
		}
	};
	const mayStart = () => !stop.stopped && (continueOnFail || !hasFailed);

	// Whoever waits for the batch hears of a Stop by himself; what is under way comes to its end out of sight.
	const forget = stop.onStop(() => progress.end());
	await runPool<T>({
		tasks: [...tasks.filter(isBegun), ...tasks.filter((task) => !isBegun(task))],
		concurrency: concurrency(tasks),
		mayStart,
		work: async (task, place) => {
			try {
				const collectItems = await work(task, mayStart, place);
				if (collectItems !== undefined) collecting.push(collect(task, collectItems));
			} catch (error) {
				fail(task, error);
			}
		},
		patienceMs: patience?.ms,
		giveUp: (task) => fail(task, patience?.error(task)),
		longestNapMs: policies.batch.longestNapMs,
		clock,
		stop,
	});
	await Promise.all(collecting);
	forget();
	stop.throwIfStopped();
	progress.end();
	return outcomes.sort(inOrder);
}

/** Of the input, and among several of one item of their number. */
const inOrder = (a: Task, b: Task): number => a.itemIndex - b.itemIndex || (a.variant ?? 0) - (b.variant ?? 0);

/** n8n shows one error; the request ids of the others must not be lost behind it. */
function tellOthers({ log }: Run, others: Failed[]): string {
	const failures = others.map(({ itemIndex, error }) => ({ itemIndex, message: error.message }));
	for (const { itemIndex, message } of failures) log.warn(itemFailed(advice.alsoFailed(itemIndex, message)));
	return advice.otherFailures(failures);
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
function errorOfNode(run: Run, { itemIndex, error }: Failed, { safe, more }: AboutOthers, details: string[] = []) {
	const isOneOfMany = run.items.length > 1;
	const whole = isOneOfMany ? error.withSafe(safe).withAdvice(more) : error;
	return toNodeError(run.context.getNode(), whole, itemIndex, details);
}

function toItems(outcomes: Outcome[]): INodeExecutionData[] {
	return outcomes
		.sort(inOrder)
		.flatMap((outcome) => (outcome.kind === 'done' ? outcome.items : [errorItem(outcome.itemIndex, outcome.error)]));
}
