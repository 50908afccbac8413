/** How many at once, and how long what was read is kept, as data. */

export const batchPolicy = {
	/** How far a long batch is: often enough to see that it goes on, seldom enough not to fill n8n's log. */
	tellEveryMs: 30_000,
	/** Reading the parameters of an item takes about a millisecond: n8n's event loop gets a turn after so many of them. */
	itemsBetweenBreaths: 5,
	/** So often it is checked whether a place in the batch has become free in the meantime. */
	longestNapMs: 1_000,
	/** The operation Submit: submits are short, and the rate limit paces them anyway. */
	submitsAtOnce: 10,
	/** Check Inputs reads the catalogue once: more at a time would only wait for each other. */
	checksAtOnce: 10,
	/** A photo in a body is held three times over while it is sent: a few at a time keep a small machine alive. */
	fileSubmitsAtOnce: 4,
	/** Downloads run beside the waiting. Each connection has its own pace, and none holds more than n8n's storage is about to take. */
	downloadsAtOnce: 6,
	/** One that is forgotten only loses its place in the rate limit's last minute. */
	rememberedAccounts: 100,
	/** A model's schema and price may change any time, but not while somebody tries a workflow out. */
	catalogueKeptMs: 60_000,
	/** Of an account: more than a workflow has, few enough for the largest schemas. */
	rememberedModels: 20,
	/** Somebody sits before the editor's list: longer than this nobody waits for it. */
	editorWindowMs: 10_000,
};

export type BatchPolicy = typeof batchPolicy;
