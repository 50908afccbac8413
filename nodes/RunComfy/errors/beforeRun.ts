/** What the output pane says before a run. Apart from other hints, since n8n loads this at its start. */

/** Before a run, where the operation buys. */
export const PAID_REQUESTS =
	'Each request is paid. To go on building the workflow without buying again, pin the output once it is there.';
