import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { Calls } from '../api/call';
import { type Connection, readConnection } from '../api/connection';
import type { CallPolicy } from '../api/policy';
import { modelRequestsUrl } from '../api/queue';
import { RequestsApi } from '../api/requests';
import type { Log } from '../errors/logLines';
import { identify } from '../purchase/identity';
import { Journal } from '../purchase/journal';
import { OpenRequests } from '../purchase/openRequests';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import type { Stop } from '../timing/stop';
import type { JobTimes } from '../wait/jobTimes';
import type { Commons, Policies } from './commons';

/** One execution of the node: everything an operation works with. */
export interface Run {
	context: IExecuteFunctions;
	items: INodeExecutionData[];
	/** What counts as the same purchase, see `identify`. */
	identityOf(itemIndex: number): string;
	connection: Connection;
	requests: RequestsApi;
	/** Where requests of any model live. */
	requestsUrl: string;
	journal: Journal;
	open: OpenRequests;
	jobTimes: JobTimes;
	fileSubmits: Gate;
	downloads: Gate;
	policies: Policies;
	/** How patiently RunComfy is called. */
	policy: CallPolicy;
	clock: Clock;
	stop: Stop;
	log: Log;
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

/** Sets up a run. Throws a RunComfyError when the credential is not usable. */
export async function startRun(context: IExecuteFunctions, stop: Stop, commons: Commons): Promise<Run> {
	const { clock, policies, jobTimes } = commons;
	const { call: policy } = policies;
	const connection = await readConnection(context);
	const { budget, fileSubmits, downloads } = commons.ofAccount(connection.fingerprint);
	const requests = new RequestsApi(new Calls({ caller: context, connection, budget, policy, clock, stop }), stop);
	const asTool = runsAsTool(context);
	const journal = Journal.of(context, asTool, commons.claims);
	const log = context.logger;
	const items = context.getInputData();
	const identityOfItem = identify(context);
	const requestsUrl = modelRequestsUrl(connection.modelApiUrl);
	const open = new OpenRequests(requests, clock, stop, log, policy.afterStopMs);
	// Whichever try bought it: Stop covers it from here on.
	const unfinished = journal.unfinished();
	for (const { bought } of unfinished) {
		open.add({ requestId: bought.id, requestsUrl: bought.at ?? requestsUrl, cancelOnStop: bought.keep !== true });
	}
	const isOpen = new Set(unfinished.map(({ bought }) => bought.id));
	open.addEnded(journal.requestIds().filter((requestId) => !isOpen.has(requestId)));
	return {
		context,
		items,
		identityOf: (itemIndex) => identityOfItem(items[itemIndex]),
		connection,
		requests,
		requestsUrl,
		journal,
		open,
		jobTimes,
		fileSubmits,
		downloads,
		policies,
		policy,
		clock,
		stop,
		log,
		continueOnFail: context.continueOnFail(),
		asTool,
	};
}
