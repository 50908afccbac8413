import type { Measured } from './measure.mts';

/** One line of the table about batches. */
export interface Row extends Measured {
	/** `many`: so large that the rate limit sets the pace. */
	section: 'batches' | 'many';
	contender: string;
	/** Whether the node had seen such jobs before; empty for everybody else, who do not learn. */
	start: 'cold' | 'warm' | '';
	clock: 'real' | 'virtual';
	jobSeconds: number;
	/** How many requests the contender may have in flight. */
	inFlight: number;
}
