import type { Context } from './context.mts';
import { costOf } from './costs.mts';

/**
 * What an account has left in USD: as the switch `balanceUsd` says, less what its requests of the switch `spendBalance`
 * cost. A request costs from its acceptance on, and nothing once it has failed or was cancelled. Machines of deployments
 * cost by the second, whatever becomes of their requests.
 */
export function balanceUsdOf(
	token: string,
	{ accounts, switches, requests, deployments }: Context,
	atMs: number,
): number {
	const start = accounts.isBroke(token) ? 0 : switches.take('balanceUsd');
	let spent = deployments.spentUsd(token, atMs);
	for (const request of requests.charged()) {
		if (request.token !== token) continue;
		const state = request.stateAt(atMs);
		if (state !== 'failed' && state !== 'cancelled') spent += costOf(request);
	}
	return Math.round((start - spent) * 1e6) / 1e6;
}
