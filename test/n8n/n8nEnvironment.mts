import { dirname } from 'node:path';

/** Everything of n8n that would call home, or ask things of a first-time user that no test is about. */
const OFF = [
	'N8N_DIAGNOSTICS_ENABLED',
	'N8N_VERSION_NOTIFICATIONS_ENABLED',
	'N8N_TEMPLATES_ENABLED',
	'N8N_PERSONALIZATION_ENABLED',
	'N8N_HIRING_BANNER_ENABLED',
	'N8N_DYNAMIC_BANNERS_ENABLED',
	'N8N_VERIFIED_PACKAGES_ENABLED',
	'N8N_AI_ENABLED',
	'N8N_LICENSE_AUTO_RENEW_ENABLED',
	'N8N_SECURE_COOKIE',
	'N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS',
];

/** Shared by all processes of one home: main, workers and commands must read the same credentials. */
const ENCRYPTION_KEY = 'only-for-tests';

/** The environment of one n8n process. Nothing of the caller's own gets in but the language. */
export function n8nEnvironment(home: string, brokerPort: number): Record<string, string> {
	return {
		PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
		LANG: process.env.LANG ?? 'C.UTF-8',
		HOME: home,
		N8N_USER_FOLDER: home,
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_ENCRYPTION_KEY: ENCRYPTION_KEY,
		N8N_RUNNERS_MODE: 'internal',
		N8N_RUNNERS_ENABLED: 'true',
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		N8N_LOG_LEVEL: 'info',
		GENERIC_TIMEZONE: 'UTC',
		...Object.fromEntries(OFF.map((name) => [name, 'false'])),
	};
}
