/** Holds a played batch against the emulator's own records: was anything paid twice, lost, or told wrongly? */
import type { Emulator } from '../emulator/emulator.mts';
import type { NodeRun } from '../engine/index.mts';
import { visibleText } from './books.mts';
import { auditSentences } from './chaosSentences.mts';
import { type Accepted, acceptedBy, itemOfPrompt, type PlayedBatch } from './chaosBatch.mts';
import { type BatchPlan, variantsOf } from './chaosPlan.mts';
import { ERROR_ENDINGS, errorEndingOf, type ErrorEndingName, type Told } from './endings.mts';
import { type FaultName, MATRIX } from './matrix.mts';

export interface Finding {
	kind: 'double submit' | 'lost id' | 'over the limit' | 'over the meter' | 'false sentence' | 'wrong or missing error';
	text: string;
}

/** A request as one run sees it: a run from the editor that is repeated charges nothing of what an earlier one submitted. */
interface Seen extends Accepted {
	isEarlier: boolean;
}

/** Whether a fault leaves the outcome of a submit unknown to the node. */
const leavesUnknown = (fault: FaultName | undefined) =>
	fault !== undefined && MATRIX.submit[fault][0] === 'outcome unknown';

/** Endings that say that nothing was charged. */
const NOT_CHARGED: ErrorEndingName[] = [
	'input refused',
	'token refused',
	'deployment not allowed',
	'no balance',
	'no such model',
	'model not read',
	'model refused',
	'model redirected',
	'not taken',
	'limit reached',
];

/** What is wrong, and how many sentences about money were held against the server. */
export function auditBatch(
	emulator: Emulator,
	plan: BatchPlan,
	batch: PlayedBatch,
): { findings: Finding[]; sentences: number } {
	const findings: Finding[] = [];
	const report = (kind: Finding['kind'], text: string) => findings.push({ kind, text });
	const requests = acceptedBy(emulator, plan);
	const purchases = plan.items.map((_, item) => requests.filter(({ prompt }) => itemOfPrompt(prompt) === item));
	const text = batch.runs.map(visibleText).join('\n');

	// A submit that a Stop cuts off has no id to be named, but a line in the log that says so.
	const cutOff = batch.runs.flatMap(({ logs }) => logs).filter(({ message }) => /unknown outcome/.test(message)).length;
	let unnamedInAll = 0;

	purchases.forEach((bought, item) => {
		for (const seed of seedsOf(plan, bought)) {
			const own = bought.filter((one) => seed === undefined || one.seed === seed);
			auditPurchases(plan, batch, { item, seed, text }, own, (problem) => report('double submit', problem));
		}
		const isUnknown = batch.submits.some((submit) => submit.item === item && leavesUnknown(submit.fault));
		const unnamed = bought.filter(({ id }) => !text.includes(id));
		unnamedInAll += Math.max(0, unnamed.length - unknownsOf(batch, item));
		if (unnamed.length > unknownsOf(batch, item) && unnamedInAll > cutOff) {
			report('lost id', `item ${item}: ${unnamed.map(({ id, state }) => `${id} (${state})`).join(', ')}`);
		}
		if (unnamed.length > 0 && isUnknown && !isToldUnknown(plan, text)) {
			report('wrong or missing error', `item ${item}: nobody was told that it may have been charged`);
		}
	});
	for (const problem of batch.overLimit) report('over the limit', problem);
	auditMachine(batch, requests, (problem) => report('over the meter', problem));
	let sentences = 0;
	batch.runs.forEach((run, index) => {
		const isByThen = ({ id }: Accepted) => (batch.executionOf.get(id) ?? 0) <= index;
		const isRepeat = batch.repeated && index === batch.runs.length - 1;
		const asSeen = (one: Accepted): Seen => ({
			...one,
			isEarlier: isRepeat && batch.executionOf.get(one.id) !== index,
		});
		const boughtByThen = purchases.map((bought) => bought.filter(isByThen).map(asSeen));
		auditRun(plan, run, boughtByThen, (problem) => report('wrong or missing error', problem));
		sentences += auditSentences(plan, batch, index, boughtByThen, (problem) => report('false sentence', problem));
	});
	return { findings, sentences };
}

/** Rounding, and the milliseconds in which the machine's clock goes on while it is read. */
const METER_DUST_SECONDS = 200;

/**
 * The machines have cost at most a start, the run and a keep-warm for each run, and at least what was run to its end. Of what is not
 * over nobody knows it.
 */
function auditMachine({ machine }: PlayedBatch, runs: Accepted[], report: (problem: string) => void) {
	if (machine === undefined) return;
	const secondsOf = ({ id }: Accepted) => machine.runSeconds.get(id) ?? 0;
	const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
	const least = sum(runs.filter(({ state, isEmpty }) => state === 'succeeded' && !isEmpty).map(secondsOf));
	const most = sum(runs.map((run) => machine.coldStartSeconds + secondsOf(run) + machine.keepWarmSeconds));
	const isOver = runs.every(({ state }) => state !== 'in_queue' && state !== 'in_progress');
	const { machineSeconds: seconds } = machine;
	if (seconds < least - METER_DUST_SECONDS || (isOver && seconds > most + METER_DUST_SECONDS)) {
		report(`the machines ran for ${seconds} s, and ${runs.length} runs take ${least} to ${most} s`);
	}
}

/** The seeds of an item's variants; of an item with one result it does not matter. */
const seedsOf = (plan: BatchPlan, bought: Accepted[]): unknown[] =>
	variantsOf(plan) === 1 ? [undefined] : [...new Set(bought.map((one) => one.seed))];

const ABOUT_ALL: Array<ErrorEndingName | undefined> = [
	...(['limit too low', 'model not read', 'model refused', 'model redirected', 'no such model'] as const),
	...(['token refused', 'something between'] as const),
];

const unknownsOf = (batch: PlayedBatch, item: number) =>
	batch.submits.filter((submit) => submit.item === item && leavesUnknown(submit.fault)).length;

const isToldUnknown = ({ options }: BatchPlan, text: string) =>
	options.onUnknownOutcome === 'submitAgain' || /not known whether|may have been charged/.test(text);

/** No purchase after another one, unless a person asked for it: see "Pay twice" and "Exactly" in what the node promises. */
function auditPurchases(
	{ options, operation, cancelAnswer }: BatchPlan,
	batch: PlayedBatch,
	{ item, seed, text }: { item: number; seed: unknown; text: string },
	bought: Accepted[],
	report: (problem: string) => void,
) {
	const mayRepeat = operation === 'replaceAndWait' && options.onUnknownOutcome === 'submitAgain';
	const executionOf = ({ id }: Accepted) => batch.executionOf.get(id) ?? 0;
	let repeats = 0;
	bought.slice(1).forEach((request, index) => {
		const before = bought[index];
		// Told to do so, the emulator says 'cancelled' of finished requests too, and nobody can know better.
		const saidCancelled = cancelAnswer === 'cancelled' && options.onTimeout === 'cancel';
		const endedInVain = before.state === 'failed' || before.state === 'cancelled' || saidCancelled;
		if (endedInVain && executionOf(request) > executionOf(before)) return;
		// A run from the editor finds what another one submitted: not Retry, not what nobody learned of, not what gave nothing.
		const isRepeated = batch.repeated && executionOf(request) === batch.runs.length - 1;
		const couldBeFound = executionOf(before) === 0 && text.includes(before.id) && !before.isEmpty;
		if (isRepeated && executionOf(before) < batch.runs.length - 1 && !couldBeFound) return;
		repeats += 1;
		if (!mayRepeat || repeats > 1) {
			const story = bought.map((one) => `${one.state} in execution ${executionOf(one)}`).join(', ');
			report(`item ${item} was bought ${bought.length} times: ${story}`);
		}
	});

	const own = batch.submits.filter((submit) => {
		const isOwn = submit.item === item && (seed === undefined || submit.seed === seed);
		return isOwn && !(batch.repeated && submit.execution === batch.runs.length - 1);
	});
	const unknowns = own.map((submit, index) => (leavesUnknown(submit.fault) ? index : -1)).filter((index) => index >= 0);
	if (!mayRepeat && unknowns.length > 0 && unknowns[0] < own.length - 1) {
		report(
			`item ${item} was submitted again after an unknown outcome (${own.map(({ fault }) => fault ?? 'ok').join(', ')})`,
		);
	}
	if (mayRepeat && unknowns.length > 2) report(`item ${item} was repeated more than once`);
}

function auditRun(plan: BatchPlan, run: NodeRun, purchases: Seen[][], report: (problem: string) => void) {
	const { finished, error, items, errorItems } = run;
	// It may have items, if the Stop came after the node had ended.
	if (finished.status === 'canceled') return;
	if (finished.status === 'error') {
		const told: Told = { message: String(error?.message), description: String(error?.description ?? '') };
		// n8n puts it into the title by itself.
		const item = plan.items.length === 1 ? 0 : Number(error?.context?.itemIndex);
		// A limit is about all items, and so is a price that cannot be read.
		if (plan.limitFactor !== null && ABOUT_ALL.includes(errorEndingOf(told))) return;
		if (Number.isNaN(item)) report(`the error does not say which item it was: ${told.description}`);
		else auditError(plan, item, told, purchases[item], report);
		return;
	}
	if (error !== undefined) report(`an error beside a status of ${finished.status}: ${error.message}`);

	const outputs = plan.items.map((): Array<Record<string, unknown>> => []);
	for (const { json, pairedItem } of [...items, ...errorItems]) {
		const { item } = pairedItem as { item: number };
		outputs[item]?.push(json);
		if (outputs[item] === undefined) report(`an item is paired with ${item}`);
	}
	outputs.forEach((jsons, item) => auditOutcome(plan, item, jsons, purchases[item], report));
}

function auditOutcome(
	plan: BatchPlan,
	item: number,
	jsons: Array<Record<string, unknown>>,
	bought: Seen[],
	report: (problem: string) => void,
) {
	if (jsons.length === 0) return report(`item ${item} has no outcome`);
	const errors = jsons.filter(({ error }) => error !== undefined);
	if (errors.length > 0) {
		if (jsons.length > 1 && variantsOf(plan) === 1) return report(`item ${item} has an error and other items`);
		for (const { error } of errors) {
			const told = error as Told & { request_id?: string };
			auditError(plan, item, told, bought, report);
			const [named] = bought.map(({ id }) => id).filter((id) => told.message.includes(id));
			if (named !== undefined && told.request_id !== named) report(`item ${item}: the error item lacks its request_id`);
		}
	}
	const results = jsons.filter(({ error }) => error === undefined);
	const ids = new Set(results.map(({ request_id: id }) => id));
	if (ids.size + errors.length > variantsOf(plan) || (errors.length === 0 && ids.size < variantsOf(plan)))
		report(`item ${item} has ${ids.size} requests and ${errors.length} errors`);
	for (const { request_id: id, finished, status, image_url: imageUrl, video_url: videoUrl } of results) {
		const request = bought.find((one) => one.id === id);
		if (request === undefined) return report(`item ${item} has the request of another: ${String(id)}`);
		if (plan.operation === 'submit' || finished === false) continue;
		if (status !== 'succeeded' || request.state !== 'succeeded') {
			report(`item ${item}: ${String(status)} was told of a request that was ${request.state}`);
		}
		const url = imageUrl ?? videoUrl;
		if (url !== undefined && !request.outputs.includes(String(url)))
			report(`item ${item} has a foreign URL ${String(url)}`);
	}
}

/** The words are known, they name the right request, and they are true. */
function auditError(plan: BatchPlan, item: number, told: Told, bought: Seen[], report: (problem: string) => void) {
	const ending = errorEndingOf(told);
	const quoted = `"${told.message}" (${told.description})`;
	if (ending === undefined) return report(`item ${item}: nobody worded ${quoted}`);
	const named = bought.find(({ id }) => told.message.includes(id));
	if (ERROR_ENDINGS[ending].namesId && named === undefined)
		report(`item ${item}: no request id of its own in ${quoted}`);
	if (ending === 'failed' && named?.state !== 'failed') report(`item ${item}: ${quoted} but it was ${named?.state}`);
	const saysCancelled = ending === 'cancelled at RunComfy' || ending === 'cancelled in time';
	// See above: what the emulator may be told to say.
	const isOver = named?.state === 'succeeded' || named?.state === 'failed';
	const isLiar = plan.cancelAnswer === 'cancelled' && isOver;
	if (saysCancelled && named?.state !== 'cancelled' && !isLiar)
		report(`item ${item}: ${quoted} but it was ${named?.state}`);
	// Another variant may be paid.
	const isPaid =
		variantsOf(plan) === 1 &&
		bought.some(({ state, isEarlier }) => !isEarlier && state !== 'failed' && state !== 'cancelled');
	if (NOT_CHARGED.includes(ending) && isPaid && !told.description.includes('may have been charged')) {
		report(`item ${item}: ${quoted} but a request was accepted`);
	}
	if (/\bat \S+ \(?\S+:\d+:\d+/.test(told.message + told.description))
		report(`item ${item}: a stack trace in ${quoted}`);
}
