/** The step between the last check and the first submit: may all of it be bought? */
import type { RunComfyError } from '../errors/RunComfyError';
import { asUsd } from '../errors/money';
import { estimateTooHigh, limitReached, priceUnknown, type SpendingInWords } from '../errors/spendingErrors';
import { needsJob } from '../purchase/purchase';
import type { Spending } from '../purchase/spending';
import type { OrderTask } from './orders';
import type { Run } from './run';

export function spendingInWords(spending: Spending): SpendingInWords {
	const { spentUsd, inFlight, inFlightUsd } = spending.account();
	return {
		max: asUsd(spending.maxUsd ?? 0),
		spent: asUsd(spentUsd),
		inFlight,
		inFlightCost: asUsd(inFlightUsd),
	};
}

export const limitError = ({ spending }: Run, noun: string): RunComfyError =>
	limitReached(noun, spendingInWords(spending));

/**
 * Compares the estimate of all that is about to be bought with what is left of the limit. Answers the error for what must
 * not be bought, undefined where all of it may. Without a limit nothing is asked.
 */
export async function approve<T extends OrderTask>(
	{ journal, spending, testRun }: Run,
	tasks: T[],
	about: { repeatUnknown(task: T): boolean; reuse(task: T): boolean },
): Promise<{ refused: T[]; error: RunComfyError } | undefined> {
	if (!spending.isLimited) return undefined;
	const buying = tasks.filter((task) => needsJob(journal.standing(task.journalKey), about.repeatUnknown(task)));
	const estimatesUsd: number[] = [];
	const free = new Map<string, number>();
	for (const task of buying) {
		const job = await task.job();
		// What an earlier run from the editor bought costs nothing, as often as it is there.
		const left = free.get(job.hash) ?? testRun?.available(job.hash) ?? 0;
		free.set(job.hash, left - 1);
		if (left > 0 && about.reuse(task)) continue;
		const quote = await job.quote();
		if (quote.usd === undefined) return { refused: buying, error: priceUnknown(job.queue.label) };
		estimatesUsd.push(quote.usd);
	}
	if (spending.fits(estimatesUsd)) return undefined;
	const sumUsd = estimatesUsd.reduce((sum, usd) => sum + usd, 0);
	return { refused: buying, error: estimateTooHigh(estimatesUsd.length, asUsd(sumUsd), spendingInWords(spending)) };
}
