/**
 * Randomised batches in n8n's real engine, with faults at every call, interruptions and retries. From a test as
 * `runChaos`; as a command against the built node: `npm run chaos -- --jobs 10000 --seed 1`, and
 * `npm run chaos -- --batch 123` to play one batch of a run again and see all of it. `--resource deployment` plays only that.
 */
import { parseArgs } from 'node:util';

import { freshSeed, seededRandom } from '../emulator/random.mts';
import { auditBatch, type Finding } from './chaosAudit.mts';
import { type Bench, parametersOf, type PlayedBatch, playBatch } from './chaosBatch.mts';
import { type BatchPlan, limitOf, planOf, RESOURCES, variantsOf } from './chaosPlan.mts';

interface ChaosOptions {
	/** At least so many items are worked on. */
	jobs: number;
	seed: number;
	/** So many pairs of batches are played side by side. */
	pairs: number;
	/** All batches are of this one. */
	resource?: BatchPlan['resource'];
	/** Opens two benches that share a process's processState, each against an emulator of its own. */
	openBenches(): Promise<Bench[]>;
	/** Told after every batch. */
	onProgress?(jobs: number): void;
}

interface ChaosReport {
	seed: number;
	jobs: number;
	batches: number;
	executions: number;
	stopped: number;
	/** Batches of the resources Model and Deployment. */
	ofModel: number;
	ofDeployment: number;
	/** How often the catalogue was read for them. */
	modelReads: number;
	/** Batches in which something else than RunComfy gave trouble, by what it was. */
	troubles: Record<string, number>;
	/** Sentences about money that were held against the server. */
	sentences: number;
	/** Requests that a test run took from the one before. */
	reused: number;
	faults: Record<string, number>;
	submitsReceived: number;
	submitsAccepted: number;
	delivered: number;
	findings: Array<Finding & { batch: number }>;
	unhandled: unknown[];
	seconds: number;
}

const UINT32 = 2 ** 32;

/** The parameters of a plan without surprises. */
const CALM = {
	resource: 'background',
	operation: 'submit',
	modelId: 'emulator/text-to-image',
	simplify: true,
	limitFactor: null,
	variants: 1,
	deployment: { randomizeSeeds: false, maxInstances: 1, queueSize: 1 },
} as BatchPlan;

/** Plays batches until there were `jobs` items. The batches are the same for the same seed. */
export async function runChaos({
	jobs,
	seed,
	pairs,
	resource,
	openBenches,
	onProgress,
}: ChaosOptions): Promise<ChaosReport> {
	const startedAtMs = Date.now();
	const random = seededRandom(seed);
	const report: ChaosReport = {
		seed,
		jobs: 0,
		batches: 0,
		executions: 0,
		stopped: 0,
		ofModel: 0,
		ofDeployment: 0,
		modelReads: 0,
		troubles: {},
		sentences: 0,
		reused: 0,
		faults: {},
		submitsReceived: 0,
		submitsAccepted: 0,
		delivered: 0,
		findings: [],
		unhandled: [],
		seconds: 0,
	};
	const note = (reason: unknown) => report.unhandled.push(reason);
	process.on('unhandledRejection', note);
	process.on('uncaughtException', note);
	const lane = async (bench: Bench) => {
		await warmUp(bench);
		while (report.jobs < jobs) {
			const batch = Math.floor(random() * UINT32);
			const plan = planOf(batch, resource);
			report.jobs += plan.items.length;
			const played = await playBatch(bench, plan);
			addUp(report, bench, plan, played, batch);
			onProgress?.(report.jobs);
		}
		await bench.close();
	};
	try {
		const benches = await Promise.all(Array.from({ length: pairs }, openBenches));
		await Promise.all(benches.flat().map(lane));
	} finally {
		process.off('unhandledRejection', note);
		process.off('uncaughtException', note);
	}
	return { ...report, seconds: Math.round((Date.now() - startedAtMs) / 1000) };
}

/** What is loaded at the first call would else eat up the milliseconds of the first batch. */
async function warmUp(bench: Bench): Promise<void> {
	const items = [{ json: { prompt: 'warm up' } }];
	for (const resource of ['background', 'model', 'deployment'] as const) {
		await bench.start({ items, parameters: parametersOf({ ...CALM, resource }) }).result;
	}
}

function addUp(report: ChaosReport, { emulator }: Bench, plan: BatchPlan, played: PlayedBatch, batch: number): void {
	const { submitsReceived, submitsAccepted, modelReads } = emulator.counts();
	report.batches += 1;
	report.ofModel += Number(plan.resource === 'model');
	report.ofDeployment += Number(plan.resource === 'deployment');
	report.modelReads += modelReads;
	report.executions += played.runs.length;
	report.stopped += played.runs.filter(({ finished }) => finished.status === 'canceled').length;
	report.submitsReceived += submitsReceived;
	report.submitsAccepted += submitsAccepted;
	report.delivered += played.runs.at(-1)?.items.filter(({ json }) => json.error === undefined).length ?? 0;
	const troubles = {
		'volatile expressions': plan.volatile,
		'clock set': plan.clockSet !== null,
		'slow storage': plan.storageMs > 0,
		'Retry On Fail': plan.maxTries > 1,
		'Retry execution': played.runs.length - Number(played.repeated) > 1,
		'Maximum Cost': limitOf(plan) !== undefined,
		'Number of Variants': variantsOf(plan) > 1,
		'test run, run again': played.repeated,
	};
	for (const [name, isThere] of Object.entries(troubles)) {
		report.troubles[name] = (report.troubles[name] ?? 0) + Number(isThere);
	}
	report.reused += reusedIn(played);
	for (const name of played.faultsPlayed) report.faults[name] = (report.faults[name] ?? 0) + 1;
	const { findings, sentences } = auditBatch(emulator, plan, played);
	report.sentences += sentences;
	report.findings.push(...findings.map((finding) => ({ ...finding, batch })));
}

/** Requests in the items of the repeated run that an earlier run submitted. */
function reusedIn({ repeated, runs, executionOf }: PlayedBatch): number {
	const ids = new Set(runs.at(-1)?.items.map(({ json }) => String(json.request_id)));
	const earlier = [...ids].filter((id) => (executionOf.get(id) ?? Infinity) < runs.length - 1);
	return repeated ? earlier.length : 0;
}

const countOf = ({ findings }: ChaosReport, kind: Finding['kind']) =>
	findings.filter((one) => one.kind === kind).length;

/** Whether money, ids and words all held. */
export const isClean = ({ findings, unhandled }: ChaosReport) => findings.length === 0 && unhandled.length === 0;

const KINDS: Array<Finding['kind']> = [
	'double submit',
	'lost id',
	'over the limit',
	'over the meter',
	'false sentence',
	'wrong or missing error',
];

/** Enough to see what they have in common. */
const TOLD_OF_EACH_KIND = 12;

/** The report as a table for people. */
export function tableOf(report: ChaosReport): string {
	const faults = Object.entries(report.faults).sort(([, a], [, b]) => b - a);
	const rows: Array<[string, unknown]> = [
		['seed', report.seed],
		['jobs', report.jobs],
		['batches', report.batches],
		['of these of Model', report.ofModel],
		['of these of Deployment', report.ofDeployment],
		['executions, retries included', report.executions],
		['of these stopped or timed out', report.stopped],
		...Object.entries(report.troubles).map(([name, count]): [string, unknown] => [`batches with ${name}`, count]),
		['faults injected', faults.reduce((sum, [, count]) => sum + count, 0)],
		...faults.map(([name, count]): [string, unknown] => [`  ${name}`, count]),
		['catalogue read', report.modelReads],
		['submits received', report.submitsReceived],
		['submits accepted', report.submitsAccepted],
		['items delivered', report.delivered],
		['requests reused in a test run', report.reused],
		['sentences about money checked', report.sentences],
		['double submits', countOf(report, 'double submit')],
		['lost ids', countOf(report, 'lost id')],
		['over the limit', countOf(report, 'over the limit')],
		['over the meter', countOf(report, 'over the meter')],
		['false sentences', countOf(report, 'false sentence')],
		['wrong or missing errors', countOf(report, 'wrong or missing error')],
		['unhandled rejections', report.unhandled.length],
		['seconds', report.seconds],
	];
	const found = KINDS.flatMap((kind) =>
		report.findings.filter((one) => one.kind === kind).slice(0, TOLD_OF_EACH_KIND),
	).map(({ kind, text, batch }) => `${kind} in batch ${batch}: ${text}`);
	return [...rows.map(([name, value]) => `${name.padEnd(36)}${String(value).padStart(12)}`), ...found].join('\n');
}

/** Most batches wait most of the time; more would only crowd one processor. */
const PAIRS = 8;

const PROGRESS_EVERY_MS = 15_000;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			jobs: { type: 'string', default: '1000' },
			seed: { type: 'string' },
			batch: { type: 'string' },
			resource: { type: 'string' },
		},
	});
	const resource = RESOURCES.find((one) => one === values.resource);
	if (resource !== values.resource) throw new Error(`--resource takes ${RESOURCES.join(', ')}`);
	const { openBuiltBenches } = await import('./builtNode.mts');
	if (values.batch !== undefined) {
		const [bench, other] = await openBuiltBenches();
		await replay(planOf(Number(values.batch), resource), bench);
		return await other.close();
	}

	const jobs = Number(values.jobs);
	const seed = values.seed === undefined ? freshSeed() : Number(values.seed);
	if (!Number.isInteger(jobs) || jobs < 1 || !Number.isInteger(seed))
		throw new Error('--jobs and --seed take whole numbers');
	console.log(`${jobs} jobs with seed ${seed}`);
	let toldAtMs = Date.now();
	const report = await runChaos({
		jobs,
		seed,
		pairs: PAIRS,
		resource,
		openBenches: openBuiltBenches,
		onProgress: (done) => {
			if (Date.now() - toldAtMs < PROGRESS_EVERY_MS) return;
			toldAtMs = Date.now();
			console.log(`${done} jobs`);
		},
	});
	console.log(tableOf(report));
	process.exitCode = isClean(report) ? 0 : 1;
}

/** Plays one batch again and prints what was planned, called and found. */
async function replay(plan: BatchPlan, bench: Bench): Promise<void> {
	await warmUp(bench);
	const played = await playBatch(bench, plan);
	console.dir(plan, { depth: null });
	console.table(
		bench.emulator.calls().map(({ atMs, phase, requestId, status, fault }) => ({
			atMs: Math.round(atMs) % 100_000,
			phase,
			requestId,
			status,
			fault,
		})),
	);
	for (const { finished, items, errorItems, error } of played.runs) {
		console.dir(
			{
				status: finished.status,
				error: error?.message,
				description: error?.description,
				items,
				errorItems,
				logs: finished.logs,
			},
			{ depth: 6 },
		);
	}
	const { findings } = auditBatch(bench.emulator, plan, played);
	console.dir(findings, { depth: null });
	await bench.close();
	process.exitCode = findings.length === 0 ? 0 : 1;
}

if (import.meta.main) await main();
