import type { Stop } from '../timing/stop';

/**
 * What a call is for. `first`: what must not wait, as a last look; each request has but a few. `submit`, `look`, which is
 * everything else that only reads, and `cancel`, a cancellation after a Stop, take turns.
 */
export type Priority = 'first' | 'submit' | 'look' | 'cancel';

/** Whose turn it is to be. */
export interface Claimant {
	priority: Priority;
	/** Each run has one of its own. */
	stop: Stop;
}

/** Turns go round: submits, looks and cancels have one each while they wait, and within each so have the runs. */
export class TurnOrder {
	private turns = 0;

	private readonly ofKind: Record<Priority, number> = { first: 0, submit: 0, look: 0, cancel: 0 };

	private readonly ofRun: Record<Priority, WeakMap<Stop, number>> = {
		first: new WeakMap(),
		submit: new WeakMap(),
		look: new WeakMap(),
		cancel: new WeakMap(),
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
