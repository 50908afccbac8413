import type { Stop } from '../timing/stop';

/**
 * What a call is for. `first`: what must not wait, such as a last poll; each request has only a few. The others take turns:
 * `submit`, `read` (polls, lists and everything else that only reads) and `cancel` (a cancellation after a Stop).
 */
export type Priority = 'first' | 'submit' | 'read' | 'cancel';

export interface Claimant {
	priority: Priority;
	/** Each run has one of its own. */
	stop: Stop;
}

/** Kinds of calls take turns while they wait, and within a kind the runs do. */
export class RoundRobin {
	private turns = 0;

	/** The last turns, by kind: of all runs, and of each. */
	private readonly last = new Map<Priority, { turn: number; ofRun: WeakMap<Stop, number> }>();

	/** A claimant has had its turn. */
	note({ priority, stop }: Claimant): void {
		this.turns += 1;
		const { ofRun } = this.last.get(priority) ?? { ofRun: new WeakMap<Stop, number>() };
		this.last.set(priority, { turn: this.turns, ofRun: ofRun.set(stop, this.turns) });
	}

	/** Who is next: the kind, then the run, whose last turn was longest ago, and of these the one that came first. */
	next<C extends Claimant>(claimants: C[]): C | undefined {
		const turnOfKind = ({ priority }: C) => (priority === 'first' ? -1 : (this.last.get(priority)?.turn ?? 0));
		const turnOfRun = ({ priority, stop }: C) => this.last.get(priority)?.ofRun.get(stop) ?? 0;
		let best: C | undefined;
		for (const claimant of claimants) {
			const sooner = best && (turnOfKind(claimant) - turnOfKind(best) || turnOfRun(claimant) - turnOfRun(best));
			if (sooner === undefined || sooner < 0) best = claimant;
		}
		return best;
	}
}
