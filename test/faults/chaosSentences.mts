/** Holds what the node says of the money, sentence by sentence, against the emulator's books. */
import type { EmulatedRequest } from '../emulator/emulator.mts';
import type { NodeRun } from '../engine/index.mts';
import type { BatchPlan } from './chaosPlan.mts';

/** Sentences that say that something may have been bought all the same. */
const MAY_BE_CHARGED =
	/may have been charged|already submitted for this item|outcome of \d+ earlier submits? is unknown/;

/** Whether nothing of it was bought, or what was has ended without a charge. */
const isUnpaid = (bought: EmulatedRequest[]) =>
	bought.every(({ state }) => state === 'failed' || state === 'cancelled');

const countIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

/** `purchases`: what was bought for each item by the end of this run. */
export function auditSentences(
	{ cancelAnswer, options }: BatchPlan,
	{ items, errorItems, error, logs }: NodeRun,
	purchases: EmulatedRequest[][],
	report: (problem: string) => void,
): void {
	const bought = purchases.filter((requests) => requests.length > 0).length;
	const stateOf = new Map(purchases.flat().map(({ id, state }) => [id, state]));

	const ofNode = `${error?.message ?? ''} ${error?.description ?? ''}`;
	const unsubmitted = countIn(ofNode, /(\d+) other items? (?:was|were) not submitted/);
	if (unsubmitted > purchases.length - bought) {
		report(`${unsubmitted} items "not submitted", but ${bought} of ${purchases.length} were bought`);
	}
	const boughtEarlier = countIn(ofNode, /(\d+) other items? (?:has a request|have requests) from an earlier attempt/);
	if (boughtEarlier > bought) report(`${boughtEarlier} items "from an earlier attempt", but only ${bought} were`);
	for (const words of ['Nothing was submitted.']) {
		if (ofNode.includes(words) && bought > 0) report(`"${words}", but ${bought} were bought`);
	}

	for (const { json, pairedItem } of [...items, ...errorItems]) {
		const told = json.error as { message?: string; description?: string } | undefined;
		const { item } = pairedItem as { item: number };
		if (told !== undefined) auditUnpaid(`${told.message} ${told.description}`, item, purchases[item] ?? [], report);
	}
	const [, which] = /item (\d+) of the input/.exec(ofNode) ?? [];
	const failed = purchases.length === 1 ? 0 : Number(which);
	if (error !== undefined && purchases[failed] !== undefined) auditUnpaid(ofNode, failed, purchases[failed], report);

	// Told to do so, the emulator says 'cancelled' of requests that it goes on with.
	const isLiar = cancelAnswer === 'cancelled';
	for (const { message } of logs) {
		const [, id, what] =
			/^RunComfy request (\S+) (was cancelled after|was not cancelled by) the stop/.exec(message) ?? [];
		if (id === undefined || isLiar) continue;
		if (what === 'was cancelled after' && stateOf.get(id) !== 'cancelled')
			report(`"${message}" but it was ${stateOf.get(id)}`);
		if (what === 'was not cancelled by' && options.cancelOnStop) report(`"${message}" but Stop was to cancel it`);
	}
}

function auditUnpaid(text: string, item: number, bought: EmulatedRequest[], report: (problem: string) => void): void {
	if (MAY_BE_CHARGED.test(text)) return;
	if (/^This (image|job) was not submitted/.test(text) && bought.length > 0) {
		report(`item ${item}: "${text}" but it was bought as ${bought.map(({ id }) => id).join(', ')}`);
	}
	if (/This attempt was not charged/.test(text) && !isUnpaid(bought)) {
		report(`item ${item}: "${text}" but ${bought.map(({ id, state }) => `${id} is ${state}`).join(', ')}`);
	}
}
