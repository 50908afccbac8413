/** The life of one execution: start, operation, hand over, Stop. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { alsoBought, earlierPurchases } from './errors/batchWords';
import { toNodeError } from './errors/toNodeError';
import { asRunComfyError, type RunComfyError } from './errors/RunComfyError';
import { sentences } from './errors/sentences';
import { inputFieldsOfFailed } from './batch/options';
import { namingBought } from './batch/orders';
import { type ProcessState, processState as thisProcess } from './batch/processState';
import { openJournal, type Run, startRun } from './batch/run';
import { showHints } from './output/hints';
import { errorItem } from './output/items';
import type { Journal } from './purchase/journal';
import { nameUndelivered } from './purchase/openRequests';
import { reuseSummary } from './purchase/reuseSummary';
import { fieldDefaults } from './resources';
import { loadOperation } from './resources/loadOperation';
import { Stop } from './timing/stop';

const NO_ITEMS: INodeExecutionData[][] = [[]];

/**
 * Runs the operation the node is set to. A Stop ends it at once, whatever n8n or RunComfy is doing: what is in progress is
 * cleaned up in the background. After a Stop it returns nothing rather than throw, because after an error n8n would run the
 * node again if Retry On Fail is on.
 */
export async function execute(
	context: IExecuteFunctions,
	processState: ProcessState = thisProcess,
): Promise<INodeExecutionData[][]> {
	const stop = new Stop(context.getExecutionCancelSignal());
	try {
		const journal = openJournal(context, processState, fieldDefaults(context.getNode().parameters?.resource));
		if (!stop.stopped) return await stop.race(runToItsEnd(context, stop, processState, journal));
		// Stop came between two attempts: n8n has thrown away the items of the first, and with them its request ids.
		void letGoOfEarlierAttempts(context, stop, processState, journal);
		return NO_ITEMS;
	} catch (error) {
		if (stop.stopped) return NO_ITEMS;
		throw toNodeError(context.getNode(), error);
	}
}

async function runToItsEnd(
	context: IExecuteFunctions,
	stop: Stop,
	processState: ProcessState,
	journal: Journal,
): Promise<INodeExecutionData[][]> {
	let run: Run | undefined;
	try {
		const resource = context.getNodeParameter('resource', 0) as string;
		const operation = await loadOperation(resource, context.getNodeParameter('operation', 0) as string);
		run = await startRun(context, stop, processState, journal);
		const items = await operation.execute(run);
		stop.throwIfStopped();
		const reused = reuseSummary(journal.reused(), context.getTimezone());
		showHints(context, items, { connection: run.connection, reused, more: run.hints });
		return [items];
	} catch (error) {
		return failed(context, stop, journal, run, error);
	} finally {
		journal.release();
		run?.money.testRunReuse.releaseSalts();
		if (run === undefined) stop.release();
		else if (!stop.stopped) run.money.open.handOver();
	}
}

/** The node's end after an error. Whatever was bought is named: in the error, in its items or in the log. */
function failed(
	context: IExecuteFunctions,
	stop: Stop,
	journal: Journal,
	run: Run | undefined,
	error: unknown,
): INodeExecutionData[][] {
	if (stop.stopped) {
		if (run === undefined) nameBought(context, journal);
		return NO_ITEMS;
	}
	// In a continue mode n8n would send the input out of the success branch for an error that is thrown.
	if (context.continueOnFail()) {
		const items = errorItems(context, journal, asRunComfyError(error));
		showHints(context, items, {});
		return [items];
	}
	run?.money.open.nameAll();
	const isBeforeAll = run === undefined && journal.hasBought;
	const known = isBeforeAll ? asRunComfyError(error).withAdvice(earlierPurchases(journal.purchases())) : error;
	throw naming(journal, toNodeError(context.getNode(), known));
}

/** Whatever the error is about, it names all that this execution has bought. */
function naming(journal: Journal, error: ReturnType<typeof toNodeError>) {
	const words = [error.message, error.description, ...error.messages].join(' ').split(/[^\w-]+/);
	const named = new Set(words);
	const { requestIds, unclearIds } = journal.purchases();
	const unnamed = [...new Set([...requestIds, ...unclearIds])].filter((requestId) => !named.has(requestId));
	if (unnamed.length > 0) error.description = sentences(error.description ?? '', alsoBought(unnamed));
	return error;
}

const nameBought = (context: IExecuteFunctions, journal: Journal): void =>
	nameUndelivered(context.logger, [...journal.requestIds(), ...journal.unclearIds()]);

/** The same error for every item, each with the request that an earlier attempt bought for it. */
const errorItems = (context: IExecuteFunctions, journal: Journal, error: RunComfyError): INodeExecutionData[] =>
	context
		.getInputData()
		.map((_, itemIndex) =>
			errorItem(itemIndex, namingBought(journal, itemIndex, error), inputFieldsOfFailed(context, itemIndex)),
		);

/** Cancels what earlier attempts bought, or at least names it if the credential can no longer be read. */
async function letGoOfEarlierAttempts(
	context: IExecuteFunctions,
	stop: Stop,
	processState: ProcessState,
	journal: Journal,
): Promise<void> {
	nameBought(context, journal);
	try {
		if (journal.unfinished().length > 0) await startRun(context, stop, processState, journal);
	} catch {
		// They are named already, and nobody is waiting for another error.
	}
}
