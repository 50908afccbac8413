/** The life of one execution: start, operation, hand over, Stop. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { earlierTries, NOTHING_WAS_SENT } from './errors/advice';
import { toNodeError } from './errors/nodeError';
import { asRunComfyError, type RunComfyError } from './errors/RunComfyError';
import { type Commons, commons as commonsOfProcess } from './operations/commons';
import { type Run, runsAsTool, startRun } from './operations/run';
import { errorItem } from './output/items';
import { identify } from './purchase/identity';
import { Journal } from './purchase/journal';
import { nameUndelivered } from './purchase/openRequests';
import { loadOperation } from './resources';
import { STOPPED, Stop } from './timing/stop';

const NO_ITEMS: INodeExecutionData[][] = [[]];

/**
 * Runs the operation the node is set to. A Stop ends it at once, whatever n8n or RunComfy is doing just then: what is under
 * way is seen to out of sight. After a Stop it returns nothing rather than throw: n8n would run the node again for an error
 * if Retry On Fail is on.
 */
export async function execute(
	context: IExecuteFunctions,
	commons: Commons = commonsOfProcess,
): Promise<INodeExecutionData[][]> {
	const stop = new Stop(context.getExecutionCancelSignal());
	if (stop.stopped) {
		// Stop came between two tries: n8n has thrown away the items of the first, and with them its request ids.
		void letGoOfEarlierTries(context, stop, commons);
		return NO_ITEMS;
	}
	const items = await stop.race(runToItsEnd(context, stop, commons));
	return items === STOPPED ? NO_ITEMS : items;
}

async function runToItsEnd(context: IExecuteFunctions, stop: Stop, commons: Commons): Promise<INodeExecutionData[][]> {
	let run: Run | undefined;
	try {
		const resource = context.getNodeParameter('resource', 0) as string;
		const operation = await loadOperation(resource, context.getNodeParameter('operation', 0) as string);
		run = await startRun(context, stop, commons);
		const items = await operation.execute(run);
		return items === STOPPED ? NO_ITEMS : [items];
	} catch (error) {
		if (stop.stopped) return NO_ITEMS;
		const journal = run?.journal ?? Journal.of(context, runsAsTool(context), commons.claims);
		// In a continue mode n8n would send the input out of the success branch for an error that is thrown.
		if (context.continueOnFail()) return [errorItems(context, journal, asRunComfyError(error))];
		throw toNodeError(context.getNode(), run === undefined ? withEarlierTries(error, journal) : error);
	} finally {
		run?.journal.release();
		if (run === undefined) stop.release();
		else if (!stop.stopped) run.open.handOver();
	}
}

/** An error before anything was sent must still name what an earlier try bought. */
function withEarlierTries(error: unknown, journal: Journal): unknown {
	const about = earlierTries(journal.requestIds(), journal.unknownCount());
	return about === NOTHING_WAS_SENT ? error : asRunComfyError(error).withAdvice(about);
}

/** The same error for every item, each with the request that an earlier try bought for it. */
function errorItems(context: IExecuteFunctions, journal: Journal, error: RunComfyError): INodeExecutionData[] {
	const identityOf = identify(context);
	return context.getInputData().map((item, itemIndex) => {
		const standing = journal.standing(journal.keyOf(itemIndex, identityOf(item)));
		const requestId = standing.kind === 'buy' ? undefined : standing.bought?.id;
		return errorItem(itemIndex, requestId === undefined ? error : error.aboutRequest(requestId));
	});
}

/** Cancels what earlier tries bought, or at least names it where the credential cannot be read any more. */
async function letGoOfEarlierTries(context: IExecuteFunctions, stop: Stop, commons: Commons): Promise<void> {
	const journal = Journal.of(context, runsAsTool(context), commons.claims);
	nameUndelivered(context.logger, journal.requestIds());
	try {
		if (journal.unfinished().length > 0) await startRun(context, stop, commons);
	} catch {
		// They are named already; whatever else is wrong now, nobody is there to be told.
	}
}
