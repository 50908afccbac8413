/** What the journal keeps of a purchase. */

/** What is kept of a request that was bought. */
export interface Bought {
	id: string;
	/** Where it lives; absent for the usual place. */
	at?: string;
	/** Whether a success without a file is what was promised. */
	noFiles?: boolean;
	/** Whether Stop leaves it alone. */
	keep?: boolean;
	/** The seed it was given to differ from the item's other variants. */
	seed?: number;
	/** What it was expected to cost, in US dollars; kept where the cost is limited. */
	usd?: number;
	/** Whether an earlier run from the editor paid for it. */
	free?: boolean;
}

export type Entry =
	/** The submit was sent; nothing is known of its end. Found on a later try, this is as good as unknown. */
	| { state: 'submitting'; submittedAgain?: boolean; usd?: number }
	/** `bought`: the answer named a request, which may be looked up. */
	| { state: 'unknown'; submittedAgain?: boolean; usd?: number; bought?: Bought }
	/** `over`: its end was seen, and it was a success. */
	| ({ state: 'accepted'; execution: string; over?: boolean; cost?: number } & Bought)
	/** Ended as failed or cancelled, in the execution of that id. */
	| ({ state: 'ended'; execution: string; cost?: number } & Bought);

/** What is to be done for an item, given what the journal says. */
export type Standing =
	| { kind: 'buy' }
	| { kind: 'takeUp'; bought: Bought }
	/** A submit whose outcome is unknown. `mayRepeat`: it has not been repeated yet. */
	| { kind: 'unknown'; mayRepeat: boolean; bought?: Bought };
