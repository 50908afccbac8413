/** Bounds and defaults of the options: the editor shows them, and whatever an expression gives is held to them. */

/** Ten minutes: many times what a picture takes, so that it only ends what has gone wrong. */
export const DEFAULT_TIMEOUT_SECONDS = 600;

/** A day: n8n holds a worker for as long as a node waits. */
export const MAX_TIMEOUT_SECONDS = 86_400;

/** Keeps a batch well inside the call budget; RunComfy publishes no limit of its own. */
export const DEFAULT_REQUESTS_IN_FLIGHT = 20;
export const MAX_REQUESTS_IN_FLIGHT = 100;

export const DEFAULT_OUTPUT_FIELD = 'data';

/** As many as fit side by side on a screen; whoever wants more gives the item more often. */
export const MAX_VARIANTS = 8;
