/** The account at RunComfy, which is on another host than the models. */

import { invalidCredentialUrl, readingBalance } from '../errors/accountErrors';
import type { Expected } from './answers';
import type { CallOptions, Calls } from './calls';
import type { ReadOutcome } from './requestState';

/** RunComfy's answer to `GET /balance`, as far as the node reads it. Field names are RunComfy's own. */
export interface BalanceAnswer extends Record<string, unknown> {
	/** US dollars; may be negative. */
	balance_usd?: unknown;
	currency?: unknown;
}

const BALANCE: Expected = {
	isAnswer: (body) => ['balance_usd', 'balance_microdollars', 'currency'].some((name) => name in body),
};

/** Reads the balance. Throws a RunComfyError for an answer that will not change by itself, and where no URL is known. */
export async function getBalance(calls: Calls, options: CallOptions): Promise<ReadOutcome<BalanceAnswer>> {
	const { accountApiUrl } = calls.connection;
	if (accountApiUrl === '') throw invalidCredentialUrl('Account API URL');
	const call = { method: 'GET' as const, url: `${accountApiUrl}/balance` };
	return await calls.read(call, options, BALANCE, readingBalance);
}

/** The balance in US dollars; undefined where RunComfy reported no number. */
export const balanceUsdOf = ({ balance_usd: usd }: BalanceAnswer): number | undefined =>
	typeof usd === 'number' && Number.isFinite(usd) ? usd : undefined;
