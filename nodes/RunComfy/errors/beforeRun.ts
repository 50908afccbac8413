/** The hint before a run. Apart from other hints because n8n loads it when it starts. */

/** For operations that cost money. */
export const PAID_REQUESTS =
	'Running this step costs money. Running it again with the same input within an hour is free while you build (Options → Reuse in Test Runs).';
