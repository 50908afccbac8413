import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { Calls } from '../api/call';
import { readConnection } from '../api/connection';
import { RequestsApi } from '../api/requests';
import type { Log } from '../errors/logLines';
import { Journal } from '../purchase/journal';
import { OpenRequests } from '../purchase/openRequests';
import type { Gate } from '../timing/gate';
import type { Stop } from '../timing/stop';
import type { JobTimes } from '../wait/jobTimes';
import type { Commons } from './commons';
import type { Lookup } from './lookup';

/** One execution of the node: everything an operation works with. */
export interface Run extends Lookup {
	context: IExecuteFunctions;
	items: INodeExecutionData[];
	requests: RequestsApi;
	journal: Journal;
	open: OpenRequests;
	jobTimes: JobTimes;
	fileSubmits: Gate;
	downloads: Gate;
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
	const { budget, fileSubmits, downloads, catalogue } = commons.ofAccount(connection.fingerprint);
	const calls = new Calls({ caller: context, connection, budget, policy, clock, stop });
	const requests = new RequestsApi(calls, stop);
	const asTool = runsAsTool(context);
	const journal = Journal.of(context, asTool);
	const log = context.logger;
	return {
		context,
		items: context.getInputData(),
		connection,
		calls,
		catalogue,
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
		continueOnFail: context.continueOnFail(),
		asTool,
	};
}
