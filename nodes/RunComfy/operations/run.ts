import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { Calls } from '../api/call';
import { type Connection, readConnection } from '../api/connection';
import type { CallPolicy } from '../api/policy';
import { RequestsApi } from '../api/requests';
import type { Log } from '../errors/logLines';
import type { Hint } from '../output/hints';
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
	connection: Connection;
	requests: RequestsApi;
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

/** Sets up a run. Throws a RunComfyError when the credential is not usable. */
export async function startRun(context: IExecuteFunctions, stop: Stop, commons: Commons): Promise<Run> {
	const { clock, policies, jobTimes } = commons;
	const { call: policy } = policies;
	const connection = await readConnection(context);
	const { budget, fileSubmits, downloads } = commons.ofAccount(connection.fingerprint);
	const requests = new RequestsApi(new Calls({ caller: context, connection, budget, policy, clock, stop }), stop);
	const asTool = runsAsTool(context);
	const journal = Journal.of(context, asTool);
	const log = context.logger;
	return {
		context,
		items: context.getInputData(),
		connection,
		requests,
		journal,
		open: new OpenRequests(requests, journal, stop, log),
		jobTimes,
		fileSubmits,
		downloads,
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
