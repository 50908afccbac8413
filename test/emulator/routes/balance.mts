import { ok } from '../answer.mts';
import { balanceUsdOf } from '../balances.mts';
import type { Effect } from '../serve.mts';

const MICRODOLLARS_PER_USD = 1_000_000;

/** GET /prod/v2/balance, on another host at RunComfy, on the same one here. */
export const balance: Effect = ({ token, atMs }, context) => {
	const usd = balanceUsdOf(token, context, atMs);
	const microdollars = Math.round(usd * MICRODOLLARS_PER_USD);
	switch (context.switches.take('balanceTold')) {
		case 'number':
			return ok({ balance_usd: usd, balance_microdollars: microdollars, currency: 'USD' });
		case 'text':
			return ok({ balance_usd: String(usd), balance_microdollars: String(microdollars), currency: 'USD' });
		case 'null':
			return ok({ balance_usd: null, balance_microdollars: null, currency: 'USD' });
		case 'missing':
			return ok({});
	}
};
