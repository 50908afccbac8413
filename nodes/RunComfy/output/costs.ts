import type { ReportedCost } from '../errors/money';
import { usdIn } from '../purchase/estimate';
import type { Meaning } from './items';

type Result = Extract<Meaning, { kind: 'result' }>;

/** What requests cost together, as far as RunComfy reports it; each counts once, whatever number of files it gave. */
export function costOf(results: ReadonlyArray<Pick<Result, 'requestId' | 'costUsd'>>): ReportedCost {
	const costs = new Map(results.map(({ requestId, costUsd }) => [requestId, usdIn(costUsd)]));
	const reported = [...costs.values()].filter((usd) => usd !== undefined);
	return { usd: reported.reduce((sum, usd) => sum + usd, 0), reported: reported.length, requests: costs.size };
}
