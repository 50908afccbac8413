/** A model of the ledger: whatever ends come in whatever order, nothing that was charged and reported is missing in the sum. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import type { Journal } from '../../nodes/RunComfy/purchase/journal.ts';
import { journalOn, spendingOf } from './shop.mts';

const MAX_USD = 2;
const ESTIMATE_USD = 0.06;
/** Floating-point noise. */
const NOISE_USD = 1e-6;

interface Charge {
	key: string;
	costUsd: number;
	isReported: boolean;
	isOver: boolean;
}

/** What may happen to the purchase of that number, of those there are. */
type Happening =
	| { kind: 'buy' | 'refused' | 'repeated'; costUsd: number }
	| {
			kind: 'succeeds' | 'fails' | 'cancelled' | 'reported' | 'removed';
			nth: number;
			isReported: boolean;
	  }
	| { kind: 'attempt' | 'retry' };

const usd = fc.integer({ min: 0, max: 40 }).map((cents) => cents / 100);
const happening: fc.Arbitrary<Happening> = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('buy' as const, 'refused', 'repeated'), costUsd: usd }) },
	{
		weight: 8,
		arbitrary: fc.record({
			kind: fc.constantFrom('succeeds' as const, 'fails', 'cancelled', 'reported', 'removed'),
			nth: fc.nat({ max: 11 }),
			isReported: fc.boolean(),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('attempt' as const, 'retry') }) },
);

/** Plays them; checks after each. */
function play(happenings: Happening[]): void {
	let stored: object = {};
	let executionId = 1;
	let journal = journalOn(stored, '1');
	let items = 0;
	const charges: Charge[] = [];
	const account = () => spendingOf(journal, MAX_USD).totals();
	const check = () => {
		const { spentUsd, inFlightUsd } = account();
		const reportedUsd = charges.filter(({ isReported }) => isReported).reduce((sum, { costUsd }) => sum + costUsd, 0);
		expect(spentUsd + inFlightUsd).toBeGreaterThanOrEqual(reportedUsd - NOISE_USD);
	};
	const submit = (key: string, isRepetition: boolean): boolean => {
		if (!spendingOf(journal, MAX_USD).fits([ESTIMATE_USD])) return false;
		journal.submit(key, isRepetition, ESTIMATE_USD);
		return true;
	};
	const accept = (key: string, costUsd: number) => {
		journal.accept(key, { id: `id-${charges.length}`, usd: ESTIMATE_USD });
		charges.push({ key, costUsd, isReported: false, isOver: false });
	};
	const end = (charge: Charge, phase: 'succeeded' | 'failed' | 'cancelled', isReported: boolean) => {
		if (charge.isOver || journal.standing(charge.key).kind !== 'resume') return;
		if (phase === 'cancelled') charge.costUsd = 0;
		charge.isOver = true;
		charge.isReported = isReported || phase === 'cancelled';
		journal.end(charge.key, phase, isReported ? charge.costUsd : undefined);
	};
	for (const one of happenings) {
		if (one.kind === 'attempt' || one.kind === 'retry') {
			// n8n keeps it as JSON.
			stored = JSON.parse(JSON.stringify(stored)) as object;
			if (one.kind === 'retry') executionId += 1;
			journal = journalOn(stored, String(executionId));
			for (const { key } of charges.filter(({ key: bought }) => journal.standing(bought).kind === 'buy')) {
				if (submit(key, false)) accept(key, 0.1);
			}
		} else if ('costUsd' in one) {
			const key = journal.keyOf(items++);
			if (!submit(key, false)) continue;
			if (one.kind === 'refused') journal.refuse(key, false);
			else {
				if (one.kind === 'repeated') {
					// The first was accepted too, and nobody knows.
					journal.unknown(key, false);
					if (!submit(key, true)) continue;
				}
				accept(key, one.costUsd);
			}
		} else if ('nth' in one && charges.length > 0) {
			const charge = charges[one.nth % charges.length];
			if (one.kind === 'succeeds') end(charge, 'succeeded', one.isReported);
			if (one.kind === 'fails') end(charge, 'failed', one.isReported);
			if (one.kind === 'cancelled') end(charge, 'cancelled', one.isReported);
			if (one.kind === 'reported' && charge.isOver && isThere(journal, charge, charges)) {
				charge.isReported = true;
				journal.report(charge.key, charge.costUsd);
			}
			if (one.kind === 'removed' && charge.isOver && isThere(journal, charge, charges)) journal.remove(charge.key);
		}
		check();
	}
}

/** Whether the journal still has that request, and not another one in its place. */
const isThere = (journal: Journal, charge: Charge, charges: Charge[]): boolean =>
	journal
		.all()
		.some(([key, entry]) => key === charge.key && 'id' in entry && entry.id === `id-${charges.indexOf(charge)}`);

describe('the ledger', () => {
	test('the sum is never below what was charged and reported', () => {
		fc.assert(
			fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => play(happenings)),
			{ numRuns: 300 },
		);
	});

	test('no purchase passes the limit by more than what was in flight', () => {
		const job = fc.record({
			costUsd: usd,
			isReported: fc.boolean(),
			ends: fc.constantFrom('succeeded' as const, 'failed'),
		});
		fc.assert(
			fc.property(fc.array(job, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (jobs, atOnce) => {
				const journal = journalOn({});
				const spending = spendingOf(journal, MAX_USD);
				const flying: Array<(typeof jobs)[number] & { key: string }> = [];
				let chargedUsd = 0;
				let mostUsd = 0;
				for (const [index, one] of jobs.entries()) {
					if (flying.length === atOnce) {
						const next = flying.shift();
						if (next !== undefined) journal.end(next.key, next.ends, next.costUsd);
					}
					if (!spending.fits([ESTIMATE_USD])) continue;
					const key = journal.keyOf(index);
					journal.submit(key, false, ESTIMATE_USD);
					journal.accept(key, { id: `id-${index}`, usd: ESTIMATE_USD });
					flying.push({ ...one, key });
					chargedUsd += one.costUsd;
					mostUsd = Math.max(
						mostUsd,
						flying.reduce((sum, { costUsd }) => sum + costUsd, 0),
					);
				}
				expect(chargedUsd).toBeLessThanOrEqual(MAX_USD + mostUsd + NOISE_USD);
			}),
			{ numRuns: 300 },
		);
	});
});
