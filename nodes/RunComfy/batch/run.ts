import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { Calls } from '../api/calls';
import { readConnection } from '../api/connection';
import { modelRequestsUrl } from '../api/queue';
import { RequestsApi } from '../api/requests';
import type { Hint } from '../output/hints';
import type { Shop } from '../purchase/order';
import { type Defaults, identify } from '../purchase/identity';
import { Journal } from '../purchase/journal';
import { OpenRequests } from '../purchase/openRequests';
import { Spending } from '../purchase/spending';
import { TestRun, type TestRuns } from '../purchase/testRuns';
import type { Gate } from '../timing/gate';
import type { Stop } from '../timing/stop';
import type { JobTimes } from '../wait/jobTimes';
import type { ProcessState } from './processState';
import type { Lookup } from './lookup';

/** One execution of the node: everything an operation works with. */
export interface Run extends Lookup, Shop {
	context: IExecuteFunctions;
	items: INodeExecutionData[];
	/** What counts as the same purchase, see `identify`. */
	identityOf(itemIndex: number): string;
	/** What runs from the editor have bought, whoever sees what became of it. */
	testRuns: TestRuns;
	jobTimes: JobTimes;
	downloads: Gate;
	largeDownloads: Gate;
	/** What the output pane shall say besides what the items tell: operations add to it. */
	hints: Hint[];
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

/** Sets up a run. `defaults`: of the node's fields, see `identify`. Throws a RunComfyError when the credential is not usable. */
export async function startRun(
	context: IExecuteFunctions,
	stop: Stop,
	processState: ProcessState,
	defaults?: Defaults,
): Promise<Run> {
	const { clock, policies, jobTimes } = processState;
	const { call: policy } = policies;
	const connection = await readConnection(context);
	const { rateLimit, fileSubmits, downloads, largeDownloads, catalogue } = processState.ofAccount(
		connection.fingerprint,
	);
	const calls = new Calls({ caller: context, connection, rateLimit, policy, clock, stop });
	const requests = new RequestsApi(calls, stop);
	const asTool = runsAsTool(context);
	const journal = Journal.of(context, asTool, processState.claims);
	const log = context.logger;
	const isTestRun = context.getMode() === 'manual' && !asTool;
	const items = context.getInputData();
	const identityOfItem = identify(context, defaults);
	const requestsUrl = modelRequestsUrl(connection.modelApiUrl);
	const open = new OpenRequests({ requests, clock, log, policies }, stop);
	// Whichever try bought it: Stop covers it from here on.
	const unfinished = journal.unfinished();
	for (const { bought } of unfinished) {
		open.add({
			requestId: bought.id,
			requestsUrl: bought.at ?? requestsUrl,
			cancelOnStop: bought.keep !== true && bought.free !== true,
		});
	}
	const isOpen = new Set(unfinished.map(({ bought }) => bought.id));
	open.addEnded(journal.requestIds().filter((requestId) => !isOpen.has(requestId)));
	return {
		context,
		items,
		identityOf: (itemIndex) => identityOfItem(items[itemIndex]),
		connection,
		calls,
		catalogue,
		requests,
		requestsUrl,
		journal,
		open,
		spending: new Spending(journal),
		testRuns: processState.testRuns,
		...(isTestRun && { testRun: new TestRun(processState.testRuns, connection.fingerprint, journal.allIds()) }),
		jobTimes,
		fileSubmits,
		downloads,
		largeDownloads,
		policies,
		policy,
		clock,
		stop,
		log,
		hints: [],
		continueOnFail: context.continueOnFail(),
		asTool,
	};
}
