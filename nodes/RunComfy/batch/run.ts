import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ApiHosts } from '../api/queue';
import { RequestsApi } from '../api/requests';
import { FileNames } from '../output/fileName';
import type { Hint } from '../output/hints';
import { type Defaults, identify } from '../purchase/identity';
import { Journal, requestOf } from '../purchase/journal';
import { OpenRequests } from '../purchase/openRequests';
import type { PurchaseContext } from '../purchase/order';
import { Spending } from '../purchase/spending';
import { TestRunReuse, type TestRunMemory } from '../purchase/testRunReuse';
import type { Stop } from '../timing/stop';
import type { JobTimes } from '../wait/jobTimes';
import { connect, type Lookup } from './lookup';
import type { ProcessState } from './processState';

/** One execution of the node: everything an operation works with. */
export interface Run extends Lookup, Omit<PurchaseContext, keyof Lookup> {
	context: IExecuteFunctions;
	items: INodeExecutionData[];
	testRunMemory: TestRunMemory;
	jobTimes: JobTimes;
	/** What the output pane says besides what the items show: operations add to it. */
	hints: Hint[];
	fileNames: FileNames;
	/** Whether a bad item becomes an error item instead of ending the node. */
	continueOnFail: boolean;
	/** Whether an AI agent asked. It is given JSON only. */
	asTool: boolean;
}

/** Whether the node runs as the tool of an AI agent. n8n says so in two ways, depending on its version. */
export function runsAsTool(context: IExecuteFunctions): boolean {
	if (context.getNode().type.endsWith('Tool')) return true;
	// Not there before n8n 2.
	const { isToolExecution } = context as Partial<IExecuteFunctions>;
	return isToolExecution?.call(context) ?? false;
}

/**
 * The journal of an execution, which is there before the credential is read. `defaults`: of the node's fields, see `identify`.
 */
export const openJournal = (context: IExecuteFunctions, { claims }: ProcessState, defaults?: Defaults): Journal =>
	Journal.of(context, runsAsTool(context), identify(context, defaults), claims);

/** Sets up a run. Throws a RunComfyError when the credential is not usable. */
export async function startRun(
	context: IExecuteFunctions,
	stop: Stop,
	processState: ProcessState,
	journal: Journal,
): Promise<Run> {
	const { clock, policies, jobTimes, testRunMemory } = processState;
	const lookup = await connect(context, processState, policies, stop);
	const { connection } = lookup;
	const requests = new RequestsApi(lookup.calls);
	const asTool = runsAsTool(context);
	const log = context.logger;
	const open = new OpenRequests({ requests, testRunMemory, clock, log, policies }, stop);
	coverEarlierAttempts(open, journal, connection);
	const testRunReuse = new TestRunReuse(
		testRunMemory,
		context.getMode() === 'manual' && !asTool,
		connection.fingerprint,
		String(context.getExecutionId()),
		context.getContext('flow'),
		journal.allIds(),
	);
	return {
		...lookup,
		context,
		items: context.getInputData(),
		requests,
		money: { journal, open, spending: new Spending(journal), testRunReuse },
		testRunMemory,
		jobTimes,
		log,
		hints: [],
		fileNames: new FileNames(),
		continueOnFail: context.continueOnFail(),
		asTool,
	};
}

/** From here on Stop covers what earlier attempts submitted. */
function coverEarlierAttempts(open: OpenRequests, journal: Journal, hosts: ApiHosts): void {
	const unfinished = journal.unfinished();
	for (const { bought } of unfinished) {
		const cancelOnStop = bought.keep !== true && bought.free !== true;
		open.add({ ...requestOf(bought, hosts), cancelOnStop });
	}
	const isOpen = new Set(unfinished.map(({ bought }) => bought.id));
	open.addEnded(journal.requestIds().filter((requestId) => !isOpen.has(requestId)));
}
