/**
 * `npm run demo`: the built node in n8n's real engine, a product photo in, pictures out. Without an account it talks
 * to the emulator; with `--live` and a token, to RunComfy itself. With `--check` it asks the service, without the node, what
 * its documents leave open.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';

import type { INodeExecutionData } from 'n8n-workflow';

import { startEmulator } from '../emulator/emulator.mts';
import { binaryItem, createEngine, readBinary, type WorkflowJson } from '../engine/index.mts';
import { coreNodeTypes } from '../engine/coreNodes.mts';
import { productPhoto } from '../lib/photos.mts';
import { budgetOf, checkLive, priceOf } from '../live/check.mts';
import { Evidence, LIVE_PACE } from '../live/evidence.mts';
import { Service } from '../live/service.mts';
import { sideBySide } from './sideBySide.mts';

const ROOT = join(import.meta.dirname, '..', '..');
const OUTPUT = join(ROOT, 'demo-output');
const WORKFLOW = join(ROOT, 'examples', 'start', 'form-to-picture.json');
const BUYING_NODE = 'Replace Background';

/** What people would write into the form, one photo each. */
const SCENES = [
	'on a marble table in soft morning light, a blurred kitchen behind',
	'on a wooden table in a café',
	'in a pastel pink studio',
];

/** Of a live check. */
const MOST_USD = 1;

const { values } = parseArgs({
	options: {
		live: { type: 'boolean', default: false },
		yes: { type: 'boolean', default: false },
		check: { type: 'boolean', default: false },
	},
});

const require = createRequire(import.meta.url);

async function main(): Promise<number> {
	const service = await serviceOf();
	if (service === undefined) return 1;
	if (values.check) return await check(service).finally(async () => await service.close());
	const { RunComfy, RunComfyApi } = require(join(ROOT, 'dist', 'index.js'));
	const engine = await createEngine({
		nodeTypes: { 'n8n-nodes-runcomfy.runComfy': RunComfy, ...coreNodeTypes },
		credentialTypes: { runComfyApi: new RunComfyApi() },
	});
	try {
		const photo = await productPhoto();
		const workflow = JSON.parse(await readFile(WORKFLOW, 'utf8')) as WorkflowJson;
		console.log(
			`Workflow  ${relative(ROOT, WORKFLOW)}, run by n8n's engine ${engine.n8n.coreVersion} with the built node`,
		);
		console.log(`Service   ${service.name}`);
		console.log(
			`Photo     a mug on a plain ground, ${Math.round(photo.length / 1000)} kB, sent ${SCENES.length} times\n`,
		);

		const forms = await Promise.all(
			SCENES.map(async (Scene) => {
				return await binaryItem({ Scene }, 'Photo', photo, { fileName: 'mug.jpg', mimeType: 'image/jpeg' });
			}),
		);
		const finished = await engine.run(workflow, { items: forms, credentials: { runComfyApi: service.credential } });
		if (finished.error !== undefined) {
			console.error(`It failed: ${finished.error.message}\n${finished.error.description ?? ''}`);
			return 1;
		}
		const items = finished.itemsOf(BUYING_NODE);
		const saved = await save(photo, items);
		const hints = finished.hints.map(({ message }) => withoutPreviews(message).replace(/\.$/, ''));
		console.log(`\n${hints.join('; ')}. Took ${(finished.durationMs / 1000).toFixed(1)} s.`);
		console.log(`${service.afterwards()}\n\n${NEXT}`);
		return saved === SCENES.length ? 0 : 1;
	} finally {
		await engine.close();
		await service.close();
	}
}

/** In order, the free ones first. What was found is kept as a file, too. */
async function check({ name, address }: NonNullable<Awaited<ReturnType<typeof serviceOf>>>): Promise<number> {
	console.log(`Service   ${name}\n`);
	const mayPay = budgetOf(MOST_USD, async () => await priceOf(evidence));
	const evidence = new Evidence(new Service(address), await productPhoto(), LIVE_PACE, mayPay);
	const findings = await checkLive(evidence, ({ name: doubt, question, found, then }) => {
		console.log(`${doubt.padEnd(20)} ${question}\n${''.padEnd(20)} ${found}${then === undefined ? '' : ` → ${then}`}`);
	});
	await mkdir(OUTPUT, { recursive: true });
	const path = join(OUTPUT, 'live-check.json');
	await writeFile(path, `${JSON.stringify(findings, null, '\t')}\n`);
	const open = findings.filter(({ then }) => then === undefined).length;
	console.log(`\n${findings.length - open} of ${findings.length} are settled; all are in ${relative(ROOT, path)}`);
	return open < findings.length ? 0 : 1;
}

/** The output pane shows pictures behind the sentence; a terminal would show their HTML. */
const withoutPreviews = (hint: string): string => hint.replace(/<br>[^]*$/, '');

/** How many pictures are now files. */
async function save(photo: Buffer, items: INodeExecutionData[]): Promise<number> {
	await mkdir(OUTPUT, { recursive: true });
	await writeFile(join(OUTPUT, '0-photo.jpg'), photo);
	const pictures: Buffer[] = [];
	for (const [index, item] of items.entries()) {
		const { request_id: requestId, status, Scene, cost, download_error: problem } = item.json;
		console.log(`Item ${index}    ${String(Scene)}`);
		console.log(`          request ${String(requestId)}: ${String(status)}, $${String(cost ?? '?')}`);
		if (item.binary?.Picture === undefined) {
			console.log(`          ${String(problem)}`);
			continue;
		}
		const picture = await readBinary(item, 'Picture');
		const path = join(OUTPUT, `${index + 1}-picture.${item.binary.Picture.fileExtension ?? 'png'}`);
		await writeFile(path, picture);
		pictures.push(picture);
		console.log(`          saved as ${relative(ROOT, path)}`);
	}
	const overview = join(OUTPUT, 'before-and-after.png');
	await writeFile(overview, await sideBySide([photo, ...pictures]));
	console.log(`\nSide by side: ${relative(ROOT, overview)}`);
	return pictures.length;
}

const serviceOf = async () => (values.live ? await liveService() : await emulatedService());

async function emulatedService() {
	const emulator = await startEmulator({ queueMs: 800, runMs: 2_500, spreadMs: 500, pictures: 'made' });
	return {
		name: `the simulator at ${emulator.modelApiUrl} (it stands in for RunComfy, but has no model:
          it pastes the product into built-in scenes, and nothing is charged)`,
		credential: emulator.credential,
		address: emulator,
		afterwards() {
			const { submitsReceived, resultReads, statusReads } = emulator.counts();
			return `The simulator received ${submitsReceived} requests and was polled ${resultReads + statusReads} times.`;
		},
		close: async () => await emulator.close(),
	};
}

/** RunComfy itself, after a yes: every picture costs money. */
async function liveService() {
	const token = process.env.RUNCOMFY_API_TOKEN ?? '';
	if (token === '') {
		console.error('Set RUNCOMFY_API_TOKEN to your API token (profile page at runcomfy.com) to run the demo live.');
		return undefined;
	}
	const agreed =
		values.yes ||
		(await confirm(
			values.check
				? `This sends at most five requests to RunComfy and charges your account $${MOST_USD} at most. Continue? (yes/no) `
				: `This generates ${SCENES.length} pictures on RunComfy and charges your account. Continue? (yes/no) `,
		));
	if (!agreed) {
		console.error('Nothing was charged.');
		return undefined;
	}
	const production = require(join(ROOT, 'dist', 'nodes', 'RunComfy', 'api', 'service.js'));
	return {
		name: 'RunComfy itself: every picture costs money',
		credential: { apiToken: token, environment: 'production', modelApiUrl: '', accountApiUrl: '' },
		address: {
			token,
			modelApiUrl: String(production.PRODUCTION_MODEL_API_URL),
			accountApiUrl: String(production.PRODUCTION_ACCOUNT_API_URL),
		},
		afterwards: () => 'Your requests are listed under Generations at runcomfy.com.',
		close: async () => {},
	};
}

async function confirm(question: string): Promise<boolean> {
	if (!stdin.isTTY) {
		console.error('Add --yes to agree to the cost in advance.');
		return false;
	}
	const terminal = createInterface({ input: stdin, output: stdout });
	const answer = await terminal.question(question);
	terminal.close();
	return /^y(es)?$/i.test(answer.trim());
}

const NEXT = `What next
  npm run n8n               n8n's editor in your browser, with the node and the examples in it
  npm run demo -- --live    the same against RunComfy itself (needs RUNCOMFY_API_TOKEN, costs money)
  README.md                 install the node in your n8n, connect it, first picture`;

process.exitCode = await main();
