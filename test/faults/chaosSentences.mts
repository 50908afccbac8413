/** Holds what the node says of the money, sentence by sentence, against the emulator's books. */
import type { Accepted, PlayedBatch } from './chaosBatch.mts';
import { type BatchPlan, variantsOf } from './chaosPlan.mts';

/** Sentences that say that something may have been charged after all. */
const MAY_BE_CHARGED =
	/may have been charged|already submitted for this item|may have accepted|outcome of \d+ earlier submits? is unknown/;

/** Sums are said as they are, to six decimals. */
const NOISE_USD = 1e-6;

const isUnpaid = ({ state }: Accepted) => state === 'failed' || state === 'cancelled';

/** `purchases`: what was accepted for each item by the end of this run. Answers how many sentences were checked. */
export function auditSentences(
	plan: BatchPlan,
	{ runs, repeated, executionOf }: PlayedBatch,
	index: number,
	purchases: Accepted[][],
	report: (problem: string) => void,
): number {
	const { items, errorItems, error, logs } = runs[index];
	let checked = 0;
	const check = (sentence: string, isTrue: boolean, truth: () => string) => {
		checked += 1;
		if (!isTrue) report(`"${sentence}", but ${truth()}`);
	};
	/** What this execution has, less what it reused: a repeated run begins without purchases. */
	const isOwn = ({ id }: Accepted) => !(repeated && index === runs.length - 1) || executionOf.get(id) === index;
	const own = purchases.map((requests) => requests.filter(isOwn));
	const bought = own.filter((requests) => requests.length > 0).length;
	const stateOf = new Map(purchases.flat().map(({ id, state }) => [id, state]));
	const ofNode = `${error?.message ?? ''} ${error?.description ?? ''}`;
	const texts = [ofNode, ...[...items, ...errorItems].map(({ json }) => JSON.stringify(json.error ?? ''))];

	const told: Array<[pattern: RegExp, isTrue: (number: number) => boolean]> = [
		[/(\d+) other items? (?:was|were) not submitted/, (number) => number <= purchases.length - bought],
		[/(\d+) other items? (?:is|are) finished/, (number) => number <= purchases.flat().length],
		[/(\d+) other items? (?:has a request|have requests) from an earlier attempt/, (number) => number <= bought],
		[/This execution already has (\d+) requests?/, (number) => number <= purchases.flat().length],
	];
	for (const [pattern, isTrue] of told) {
		const [sentence, number] = pattern.exec(ofNode) ?? [];
		if (sentence !== undefined) check(sentence, isTrue(Number(number)), () => `${bought} were bought`);
	}
	if (/Nothing was (submitted|sent|bought)/.test(ofNode)) {
		check('Nothing was submitted', bought === 0, () => `${bought} were`);
	}
	const chargedUsd = own.flat().map((one) => (isUnpaid(one) ? 0 : one.costUsd));
	const mostUsd = chargedUsd.reduce((sum, usd) => sum + usd, 0);
	for (const text of texts) {
		const [sentence, spent] = /has spent \$(\d+\.\d+)/.exec(text) ?? [];
		if (sentence !== undefined)
			check(sentence, Number(spent) <= mostUsd + NOISE_USD, () => `at most $${mostUsd} was charged`);
	}

	// Of several attempts it is the last one that speaks, and of several variants one.
	const isAlone = plan.maxTries === 1 && variantsOf(plan) === 1;
	const auditUnpaid = (text: string, item: number) => {
		if (MAY_BE_CHARGED.test(text) || !isAlone || own[item] === undefined) return;
		const now = own[item].filter(({ id }) => executionOf.get(id) === index);
		const truth = () => now.map(({ id, state }) => `${id} is ${state}`).join(', ');
		if (/^This (image|job|run) was not submitted/.test(text)) check(text, now.length === 0, truth);
		if (/You were not charged for this attempt|Nothing was charged/.test(text)) check(text, now.every(isUnpaid), truth);
	};
	for (const { json, pairedItem } of [...items, ...errorItems]) {
		const { message, description } = (json.error ?? {}) as { message?: string; description?: string };
		if (message !== undefined) auditUnpaid(`${message} ${description}`, (pairedItem as { item: number }).item);
	}
	const [, which] = /item (\d+) of the input/.exec(ofNode) ?? [];
	if (error !== undefined) auditUnpaid(ofNode, purchases.length === 1 ? 0 : Number(which ?? error.context?.itemIndex));

	// Told to do so, the emulator says 'cancelled' of requests that it goes on with.
	for (const { message } of plan.cancelAnswer === 'cancelled' ? [] : logs) {
		const [, id, what] =
			/^RunComfy request (\S+) (was cancelled after|was not cancelled by) the stop/.exec(message) ?? [];
		if (id === undefined) continue;
		if (what === 'was cancelled after') {
			check(message, stateOf.get(id) === 'cancelled', () => `it was ${stateOf.get(id)}`);
		} else {
			const isReused = !own.flat().some((one) => one.id === id);
			check(message, isReused || !plan.options.cancelOnStop, () => 'Stop was to cancel it');
		}
	}
	return checked;
}
