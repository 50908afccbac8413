/** The life of one execution: start, operation, hand over, Stop. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { toNodeError } from './errors/nodeError';
import { asRunComfyError } from './errors/RunComfyError';
import { type Commons, commons as commonsOfProcess } from './operations/commons';
import { type Run, runsAsTool, startRun } from './operations/run';
import { showHints } from './output/hints';
import { errorItem } from './output/items';
import { Journal } from './purchase/journal';
import { nameUndelivered } from './purchase/openRequests';
import { loadOperation } from './resources';
import { STOPPED, Stop } from './timing/stop';

/**
 * Runs the operation the node is set to. After a Stop it returns nothing rather than throw: n8n would run the node
 * again for an error if Retry On Fail is on.
 */
export async function execute(
	context: IExecuteFunctions,
	commons: Commons = commonsOfProcess,
): Promise<INodeExecutionData[][]> {
	const stop = new Stop(context.getExecutionCancelSignal());
	if (stop.stopped) {
		// Stop came between two tries: n8n has thrown away the items of the first, and with them its request ids.
		nameUndelivered(context.logger, Journal.of(context, runsAsTool(context)).requestIds());
		return [[]];
	}
	let run: Run | undefined;
	try {
		const resource = context.getNodeParameter('resource', 0) as string;
		const operation = await loadOperation(resource, context.getNodeParameter('operation', 0) as string);
		run = await startRun(context, stop, commons);
		const items = await operation.execute(run);
		if (items === STOPPED) return [[]];
		showHints(run, items, run.hints);
		return [items];
	} catch (error) {
		if (stop.stopped) return [[]];
		// In a continue mode n8n would send the input out of the success branch for an error that is thrown.
		if (context.continueOnFail()) {
			const input = context.getInputData();
			const failed = input.map((_item, itemIndex) => errorItem(itemIndex, asRunComfyError(error)));
			showHints({ context, items: input }, failed);
			return [failed];
		}
		throw toNodeError(context.getNode(), error);
	} finally {
		if (run === undefined) stop.release();
		else if (!stop.stopped) run.open.handOver();
	}
}
