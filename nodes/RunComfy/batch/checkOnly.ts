/** Everything the real operation would check, and what it would cost; buys nothing. */

import type { IDataObject } from 'n8n-workflow';

import { balanceUsdOf, getBalance } from '../api/accountCalls';
import { readingBalance } from '../errors/accountErrors';
import { costOfAll } from '../errors/hintLines';
import { isTooLittle } from '../errors/sentences';
import { asRunComfyError } from '../errors/RunComfyError';
import { whyUnknown } from '../errors/submitErrors';
import { checkVariants } from '../purchase/variants';
import { plainItem } from '../output/items';
import type { Hint } from '../output/hints';
import { round } from '../purchase/estimate';
import type { Estimate, Job } from '../purchase/job';
import { unlessStopped } from '../timing/stop';
import { tryForAMinute } from './tryForAMinute';
import { readBuyingOptions } from './options';
import type { CheckedJob, JobReader } from './jobReader';
import type { Run } from './run';
import { workThroughItems } from './workThroughItems';

interface Checked {
	job?: Job;
	problems: string[];
	variants: number;
}

export async function checkOnly(run: Run, reader: JobReader) {
	const estimates: Estimate[] = [];
	const items = await workThroughItems(run, {
		check: async (itemIndex) => ({ itemIndex, ...(await checkItem(run, reader, itemIndex)) }),
		concurrency: () => run.policies.batch.checksAtOnce,
		work: async ({ itemIndex, job, problems, variants }) => {
			const estimate = job === undefined ? {} : await orProblem<Estimate>(problems, () => job.estimate(), {});
			const ok = problems.length === 0;
			const usd = estimate.usd === undefined ? undefined : round(estimate.usd * variants);
			if (ok) estimates.push({ ...estimate, usd });
			return async () => [plainItem(itemIndex, { ok, problems, ...priceFields(job, estimate, usd) })];
		},
	});
	run.hints.push(await sumHint(run, items.length, estimates));
	return items;
}

/** All that is wrong with an item, or its job. Only what is no fault of the item's is thrown. */
async function checkItem(run: Run, reader: JobReader, itemIndex: number): Promise<Checked> {
	const problems: string[] = [];
	const readVariants = () => readBuyingOptions(run.context, itemIndex).variants;
	const variants = await orProblem(problems, readVariants, 1);
	const nothing: CheckedJob = { problems: [] };
	const { job, problems: found } = await orProblem(problems, () => reader.checkJob(run, itemIndex), nothing);
	problems.push(...found.map(({ message }) => message));
	if (job !== undefined) await orProblem(problems, () => checkVariants(job, variants), undefined);
	return { ...(job && { job }), problems, variants };
}

/** What a step gives, or `otherwise` where it throws: then why is added to the problems. */
async function orProblem<T>(problems: string[], step: () => T | Promise<T>, otherwise: T): Promise<T> {
	try {
		return await step();
	} catch (error) {
		problems.push(asRunComfyError(error).message);
		return otherwise;
	}
}

const priceFields = (job: Job | undefined, { words }: Estimate, usd: number | undefined): IDataObject => ({
	...(job?.target ?? { model_id: job?.queue.label ?? null }),
	inputs: job?.inputs ?? null,
	estimated_cost_usd: usd ?? null,
	price: words ?? null,
});

/** What all good items cost together, and whether the balance is enough. */
async function sumHint(run: Run, items: number, estimates: Estimate[]): Promise<Hint> {
	const known = estimates.map(({ usd }) => usd).filter((usd) => usd !== undefined);
	const sumUsd = round(run.money.spending.expectedUsd(known));
	const balanceUsd = await balanceOf(run);
	const unknown = estimates.find(({ usd }) => usd === undefined);
	const cost = unknown === undefined ? { sumUsd } : { whyUnknown: whyUnknown(unknown) };
	const isShort = isTooLittle(balanceUsd, sumUsd) || (unknown !== undefined && isTooLittle(balanceUsd, undefined));
	const text = costOfAll({ items, good: estimates.length, balanceUsd, ...cost });
	return { text, type: isShort ? 'warning' : 'info' };
}

/** The balance in US dollars; undefined where it is not available. */
async function balanceOf(run: Run): Promise<number | undefined> {
	const reading = tryForAMinute(run, readingBalance, async (options) => await getBalance(run.calls, options));
	const seen = await reading.catch(unlessStopped(undefined));
	return seen === undefined ? undefined : balanceUsdOf(seen.answer);
}
