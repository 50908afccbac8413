/** Asks RunComfy what its documents leave open, and says what then can go from the node, the docs and the emulator. */
import { doubts } from './doubts.mts';
import type { Evidence } from './evidence.mts';

export interface Finding {
	name: string;
	question: string;
	/** One of the doubt's answers, or a text that begins with `?`. */
	found: string;
	/** What is right now that it is known; absent where it is not. */
	then?: string;
}

/** Asks one doubt after the other; an answer that could not be had is a finding, too. */
export async function checkLive(evidence: Evidence, say: (finding: Finding) => void = () => {}): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const { name, question, answers, ask } of doubts) {
		const found = await ask(evidence).catch((error: unknown) => `? ${String(error)}`);
		const finding = { name, question, found, ...(found in answers && { then: answers[found] }) };
		findings.push(finding);
		say(finding);
	}
	return findings;
}

/** A guard of the budget: throws before a submit by which more than `mostUsd` could have been spent. */
export function budgetOf(mostUsd: number, priceUsd: () => Promise<number>): (what: string) => Promise<void> {
	let spentUsd = 0;
	return async (what) => {
		const price = await priceUsd();
		if (spentUsd + price > mostUsd) {
			throw new Error(`${what} may cost $${price}; with $${spentUsd} before it that is more than $${mostUsd}`);
		}
		spentUsd += price;
	};
}

/** Taken where the catalog does not say the price: no picture of Ideogram's has been seen dearer. */
const ASSUMED_USD = 0.2;

/** What one request of the model may cost, in USD. */
export const priceOf = async ({ priceUsd }: Pick<Evidence, 'priceUsd'>): Promise<number> =>
	(await priceUsd()) ?? ASSUMED_USD;
