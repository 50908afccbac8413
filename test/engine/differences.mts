/**
 * What older versions of n8n's engine do differently, as far as the expectation of a test depends on it. Everything
 * else holds on all versions of test/engine/versions and on the project's own.
 */
import { loadN8n } from './n8n.mts';

/** The n8n-core with which each of these came, so that what is older does the other thing. */
const SINCE = {
	/** A tool of agent v3 that throws is an error told to the agent. Before, the whole execution fails with it. */
	toolErrorGoesToAgent: '2.25.0',
	/**
	 * An error keeps its cause, which the Test button reads the HTTP status from. Before, a credential type's
	 * `responseCode` rules never apply, and the message is n8n's own sentence for the status.
	 */
	testButtonSeesStatus: '2.34.0',
} as const;

/** Whether the engine in use does the newer thing. */
export function engineHas(difference: keyof typeof SINCE): boolean {
	return loadN8n().coreVersion.localeCompare(SINCE[difference], 'en', { numeric: true }) >= 0;
}
