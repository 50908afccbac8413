import type { Stop } from '../timing/stop';

/**
 * What a call is for. `first`: what must not wait, as a last look or a cancellation; each request has but a few.
 * `submit` and `look`, which is everything else that only reads, take turns.
 */
export type Priority = 'first' | 'submit' | 'look';

/** Whose turn it is to be. */
export interface Claimant {
	priority: Priority;
	/** Each run has one of its own. */
	stop: Stop;
}

/** Turns go round: submits and looks have one each while both wait, and within each so have the runs. */
export class TurnOrder {
	private turns = 0;

	private readonly ofKind: Record<Priority, number> = { first: 0, submit: 0, look: 0 };

	private readonly ofRun: Record<Priority, WeakMap<Stop, number>> = {
		first: new WeakMap(),
		submit: new WeakMap(),
		look: new WeakMap(),
	};

	/** Somebody has had a turn. */
	note({ priority, stop }: Claimant): void {
		this.turns += 1;
		this.ofKind[priority] = this.turns;
		this.ofRun[priority].set(stop, this.turns);
	}

	/** Who is next: of those who had their last turn the longest ago, the one that came first. */
	next<C extends Claimant>(claimants: C[]): C | undefined {
		const lastOfKind = ({ priority }: C) => (priority === 'first' ? -1 : this.ofKind[priority]);
		const lastOfRun = ({ priority, stop }: C) => this.ofRun[priority].get(stop) ?? 0;
		return claimants.reduce<C | undefined>((best, other) => {
			if (best === undefined) return other;
			const sooner = lastOfKind(other) - lastOfKind(best) || lastOfRun(other) - lastOfRun(best);
			return sooner < 0 ? other : best;
		}, undefined);
	}
}
