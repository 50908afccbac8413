import { parseArgs } from 'node:util';

import { BROKE_TOKEN, startEmulator, type Emulator, type Switches } from './emulator.mts';
import { parseSwitch } from './switches.mts';

const DEFAULT_PORT = 4747;

/** Of a request's time, this share is spent in the queue. */
const QUEUE_SHARE = 0.25;

const SPREAD_SHARE = 0.1;

/** A cold start of 3 minutes takes 6 seconds. */
const DEFAULT_SPEED = 30;

const HELP = `A local simulator of RunComfy's API.

  npm run emulator -- [--port ${DEFAULT_PORT}] [--seconds 4] [--speed ${DEFAULT_SPEED}] [--switch name=value]...

  --port     port on 127.0.0.1; 0 chooses a free one
  --seconds  how long a request takes, queue and run together
  --speed    how many times faster than real time a deployment's machine runs
  --switch   how it behaves; can be given several times (test/emulator/README.md lists them)
`;

const { values } = parseArgs({
	options: {
		port: { type: 'string', default: String(DEFAULT_PORT) },
		seconds: { type: 'string', default: '4' },
		speed: { type: 'string', default: String(DEFAULT_SPEED) },
		switch: { type: 'string', multiple: true, default: [] },
		help: { type: 'boolean', short: 'h', default: false },
	},
});

if (values.help) {
	console.log(HELP);
} else {
	try {
		await run();
	} catch (error) {
		console.error(error instanceof Error ? error.message : error);
		process.exitCode = 1;
	}
}

async function run(): Promise<void> {
	const port = readNumber('--port', values.port, 65_535);
	if (!Number.isInteger(port)) throw new Error('--port must be a whole number.');
	const totalMs = readNumber('--seconds', values.seconds, 86_400) * 1_000;
	const switches: Partial<Switches> = {
		queueMs: totalMs * QUEUE_SHARE,
		runMs: totalMs * (1 - QUEUE_SHARE),
		spreadMs: totalMs * SPREAD_SHARE,
	};
	for (const text of values.switch) Object.assign(switches, parseSwitch(text));
	const emulator = await startEmulator({
		port,
		pictures: 'made',
		switches,
		deploymentSpeed: readNumber('--speed', values.speed, 10_000),
	});
	console.log(welcome(emulator));
	const stop = () => void emulator.close();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

function readNumber(name: string, text: string, max: number): number {
	const value = text.trim() === '' ? NaN : Number(text);
	if (value >= 0 && value <= max) return value;
	throw new Error(`${name} must be a number from 0 to ${max}.`);
}

function welcome({ modelApiUrl, accountApiUrl, token }: Emulator): string {
	return `
The simulator stands in for RunComfy's API. It has no model: it cuts the subject from a plain background
and pastes it into a built-in scene. Nothing costs money. Ctrl+C ends it.

In n8n, in the credential "RunComfy API":
  API Token         ${token}          (${BROKE_TOKEN} is an account with no balance; any other is refused)
  Environment       Custom
  Model API URL     ${modelApiUrl}
  Account API URL   ${accountApiUrl}

What it has received:
  curl ${modelApiUrl}/emulator/counts
  curl ${modelApiUrl}/emulator/requests
  curl ${modelApiUrl}/emulator/deployments

Let the next job fail, then refuse the next two submits with 429:
  curl -X PATCH ${modelApiUrl}/emulator/switches -d '{"switches":{"jobOutcome":"failed"},"next":1}'
  curl ${modelApiUrl}/emulator/faults \\
    -d '{"phase":"submit","fault":{"kind":"rateLimited","retryAfter":5},"scope":{"next":2}}'

Reset everything:
  curl -X POST ${modelApiUrl}/emulator/reset

All switches and faults: test/emulator/README.md
`;
}
