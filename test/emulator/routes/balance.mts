import { ok } from '../answer.mts';
import type { Effect } from '../serve.mts';

const MICRODOLLARS_PER_USD = 1_000_000;

/** GET /prod/v2/balance, on another host at RunComfy, on the same one here. */
export const balance: Effect = ({ token }, { accounts }) => {
	const usd = accounts.balanceUsd(token);
	return ok({ balance_usd: usd, balance_microdollars: Math.round(usd * MICRODOLLARS_PER_USD), currency: 'USD' });
};
