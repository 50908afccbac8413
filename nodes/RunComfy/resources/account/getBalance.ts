/** Account → Get Balance. */

import { balanceUsdOf, getBalance } from '../../api/accountCalls';
import { balanceNotReported, readingBalance } from '../../errors/accountErrors';
import { tryForAMinute } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { callForEachItem } from '../callForEachItem';

export async function execute(run: Run) {
	// One balance for all items: it is the account's.
	let reading: ReturnType<typeof readBalance> | undefined;
	return await callForEachItem(
		run,
		() => undefined,
		async () => await (reading ??= readBalance(run)),
		1,
	);
}

async function readBalance(run: Run) {
	const seen = await tryForAMinute(run, readingBalance, async (options) => await getBalance(run.calls, options));
	const usd = balanceUsdOf(seen.answer);
	if (usd === undefined) throw balanceNotReported();
	const { currency } = seen.answer;
	return { balance_usd: usd, currency: typeof currency === 'string' ? currency : null };
}
