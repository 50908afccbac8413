import type { Model } from './catalogue/model.mts';
import type { Context } from './context.mts';
import { fileCount } from './outputs.mts';
import type { StoredRequest } from './requests.mts';

/** Seconds of a run for which neither input nor schema names a duration. */
const USUAL_SECONDS = 5;

/**
 * What a request costs in USD: base price × files or × seconds, times what its inputs add, times the switch
 * `costFactor`; with the switch `costUsd` so much per file.
 */
export function costOf(request: StoredRequest): number {
	const { costUsd, costFactor } = request.life;
	const files = Math.max(1, fileCount(request));
	if (costUsd !== 'byPrice') return roundMicro(costUsd * files * costFactor);
	const { model, input } = request;
	const units = model.price_unit === 'output' ? files : secondsOf(model, input);
	return roundMicro(model.base_price_usd * units * factorOf(model, input) * costFactor);
}

function secondsOf(model: Model, input: Record<string, unknown>): number {
	const milliseconds = Number(valueOf(model, input, 'music_length_ms'));
	const seconds = milliseconds > 0 ? milliseconds / 1_000 : Number(valueOf(model, input, 'duration'));
	return seconds > 0 && Number.isFinite(seconds) ? seconds : USUAL_SECONDS;
}

function factorOf(model: Model, input: Record<string, unknown>): number {
	let factor = 1;
	for (const [name, factors] of Object.entries(model.costFactors)) {
		factor *= factors[String(valueOf(model, input, name))] ?? 1;
	}
	return factor;
}

/** What was sent, else the schema's default: what is left out costs as if it had been sent. */
function valueOf(model: Model, input: Record<string, unknown>, name: string): unknown {
	return input[name] ?? model.input_schema.properties[name]?.default;
}

/** Whole millionths of a dollar, or 3 × 0.06 would read 0.18 with a tail of noise. */
function roundMicro(usd: number): number {
	return Math.round(usd * 1e6) / 1e6;
}

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
