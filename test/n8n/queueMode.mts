/** The settings of queue mode that users are given, with a test's own addresses in them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

const COMPOSE_FILE = join(import.meta.dirname, '..', '..', 'examples', 'queue-mode', 'compose.yaml');

type Settings = Record<string, string | number>;

/**
 * What `examples/queue-mode/compose.yaml` sets for a worker, without what its user fills in.
 * @param own addresses of the Redis and the Postgres that are there
 */
export function queueSettings(own: Record<string, string>): Record<string, string> {
	const { services } = parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true }) as {
		services: { worker: { environment: Settings } };
	};
	const fixed = Object.entries(services.worker.environment).filter(([, value]) => !String(value).includes('${'));
	return { ...Object.fromEntries(fixed.map(([name, value]) => [name, String(value)])), ...own };
}
