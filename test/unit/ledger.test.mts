/** A model of the ledger: whatever ends come in whatever order, nothing that was charged and reported is missing in the sum. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import type { Journal } from '../../nodes/RunComfy/purchase/journal.ts';
import { journalOn, spendingOf } from './purchaseContext.mts';

const MAX_USD = 2;
const ESTIMATE_USD = 0.06;
/** Floating-point noise. */
const NOISE_USD = 1e-6;

/** A request of this execution, as the server knows it. */
interface Charge {
	key: string;
	id: string;
	costUsd: number;
	/** Whether the node was told the cost. */
	isReported: boolean;
	isOver: boolean;
	/** A request of an earlier test run: that one pays. */
	isReused: boolean;
}

/** What may happen; `nth` is a request of those there are. */
type Happening =
	| { kind: 'buy' | 'refused' | 'repeated' | 'unknown' | 'named' | 'reuse'; costUsd: number }
	| {
			kind: 'succeeds' | 'fails' | 'cancelled' | 'reported' | 'removed' | 'delivered';
			nth: number;
			isReported: boolean;
	  }
	| { kind: 'attempt' | 'retry' | 'pass' };

const usd = fc.integer({ min: 0, max: 40 }).map((cents) => cents / 100);
const happening: fc.Arbitrary<Happening> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			kind: fc.constantFrom('buy' as const, 'buy', 'refused', 'repeated', 'unknown', 'named', 'reuse'),
			costUsd: usd,
		}),
	},
	{
		weight: 8,
		arbitrary: fc.record({
			kind: fc.constantFrom('succeeds' as const, 'fails', 'cancelled', 'reported', 'removed', 'delivered'),
			nth: fc.nat({ max: 11 }),
			isReported: fc.boolean(),
		}),
	},
	{ weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('attempt' as const, 'retry', 'pass') }) },
);

/** One execution with its ledger, and the server's own books beside it. */
class Model {
	private stored: object = {};
	private executionId = 1;
	private pass = 0;
	private item = 0;
	private journal: Journal;
	private readonly charges: Charge[] = [];

	constructor(private readonly agent: boolean) {
		this.journal = this.open();
	}

	private open = (): Journal =>
		journalOn(this.stored, String(this.executionId), { pass: this.pass, agent: this.agent });

	private totals() {
		const { spentUsd, inFlightUsd } = spendingOf(this.journal, MAX_USD).totals();
		return spentUsd + inFlightUsd;
	}

	/** What the server has charged this execution, as far as it has told. */
	private get reportedUsd(): number {
		const told = this.charges.filter(({ isReported, isReused }) => isReported && !isReused);
		return told.reduce((sum, { costUsd }) => sum + costUsd, 0);
	}

	private submit(key: string, isRepetition: boolean): boolean {
		if (!spendingOf(this.journal, MAX_USD).fits([ESTIMATE_USD])) return false;
		expect(this.reportedUsd + ESTIMATE_USD).toBeLessThanOrEqual(MAX_USD + NOISE_USD);
		this.journal.submit(key, isRepetition, ESTIMATE_USD);
		return true;
	}

	/** The server accepts; the node learns of it, unless `isKnown` says otherwise. */
	private accept(key: string, costUsd: number, { isReused = false, isKnown = true } = {}): string {
		const id = `id-${this.charges.length}`;
		const free = isReused ? { free: true } : { usd: ESTIMATE_USD };
		if (isKnown) this.journal.accept(key, { id, ...free });
		this.charges.push({ key, id, costUsd, isReported: false, isOver: false, isReused });
		return id;
	}

	/** Whether the journal still has that request, and not another one in its place. */
	private has = ({ key, id }: Charge): boolean =>
		this.journal.all().some(([other, entry]) => other === key && 'id' in entry && entry.id === id);

	private buy(kind: 'buy' | 'refused' | 'repeated' | 'unknown' | 'named' | 'reuse', costUsd: number): void {
		const key = this.journal.keyOf(this.item++);
		if (this.journal.isBought(key)) return;
		if (kind === 'reuse') this.accept(key, costUsd, { isReused: true });
		else if (!this.submit(key, false)) return;
		else if (kind === 'refused') this.journal.refuse(key, false);
		else if (kind === 'buy') this.accept(key, costUsd);
		else if (kind === 'unknown') {
			// It was accepted, and nobody learns of it.
			this.accept(key, costUsd, { isKnown: false });
			this.journal.unknown(key, false);
		} else if (kind === 'named') {
			const bought = { id: this.accept(key, costUsd, { isKnown: false }), usd: ESTIMATE_USD };
			this.journal.unknown(key, false, bought);
			this.journal.accept(key, bought);
		} else {
			this.journal.unknown(key, false);
			if (this.submit(key, true)) this.accept(key, costUsd);
		}
	}

	private happensTo(charge: Charge, kind: string, isReported: boolean): void {
		if (!this.has(charge)) return;
		const phase = ({ succeeds: 'succeeded', fails: 'failed', cancelled: 'cancelled' } as const)[kind];
		if (phase !== undefined && !charge.isOver) {
			charge.isOver = true;
			if (phase === 'cancelled') charge.costUsd = 0;
			charge.isReported = isReported || phase === 'cancelled';
			this.journal.end(charge.key, phase, isReported ? charge.costUsd : undefined);
		}
		if (kind === 'reported' && charge.isOver) {
			charge.isReported = true;
			this.journal.report(charge.key, charge.costUsd);
		}
		if (kind === 'removed' && charge.isOver) this.journal.remove(charge.key);
		// Submit delivers before the end is seen.
		if (kind === 'delivered') this.journal.deliver(charge.key);
	}

	/** n8n keeps the ledger as JSON, in the attempts of an execution and in Retry. */
	private goOn(kind: 'attempt' | 'retry' | 'pass'): void {
		this.stored = JSON.parse(JSON.stringify(this.stored)) as object;
		if (kind === 'retry') this.executionId += 1;
		if (kind === 'pass') this.pass += 1;
		this.item = 0;
		this.journal = this.open();
		for (const { key } of this.charges.filter((charge) => this.has(charge))) {
			if (this.journal.standing(key).kind === 'toBuy' && this.submit(key, false)) this.accept(key, 0.1);
		}
	}

	play(one: Happening): void {
		const beforeUsd = this.totals();
		if ('costUsd' in one) this.buy(one.kind, one.costUsd);
		else if (!('nth' in one)) this.goOn(one.kind);
		else if (this.charges.length > 0) {
			this.happensTo(this.charges[one.nth % this.charges.length], one.kind, one.isReported);
		}
		const afterUsd = this.totals();
		expect(afterUsd).toBeGreaterThanOrEqual(this.reportedUsd - NOISE_USD);
		// What leaves the ledger leaves behind what it counted, and nothing is forgotten between attempts.
		if (['removed', 'delivered', 'pass', 'attempt'].includes(one.kind)) {
			expect(afterUsd).toBeGreaterThanOrEqual(beforeUsd - NOISE_USD);
		}
	}
}

describe('the ledger', () => {
	test.each([
		['passes of a loop, attempts and Retry', false],
		['an agent that gives its calls no IDs', true],
	])('%s: the sum is never below what was charged and reported, and the limit holds', (_what, agent) => {
		fc.assert(
			fc.property(fc.array(happening, { maxLength: 60, size: 'max' }), (happenings) => {
				const model = new Model(agent);
				for (const one of happenings) model.play(one);
			}),
			{ numRuns: 400 },
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
