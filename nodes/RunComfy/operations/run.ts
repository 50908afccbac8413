import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { type Account, readAccount } from '../api/connection';
import { budgetOf } from '../api/callBudget';
import { RunComfyClient } from '../api/requests';
import { Journal, runsAsTool } from '../purchase/journal';
import { type Log, OpenRequests } from '../purchase/openRequests';
import { type Clock, systemClock } from '../timing/clock';
import { Stop } from '../timing/stop';

/** One execution of the node: everything an operation works with. */
export interface Run {
	context: IExecuteFunctions;
	items: INodeExecutionData[];
	account: Account;
	client: RunComfyClient;
	journal: Journal;
	open: OpenRequests;
	clock: Clock;
	stop: Stop;
	log: Log;
	/** Whether a bad item becomes an error item instead of ending the node. */
	continueOnFail: boolean;
	/** Whether an AI agent asked. It is given JSON only. */
	asTool: boolean;
}

/** Sets up a run. Throws a RunComfyError when the credential is not usable. */
export async function startRun(context: IExecuteFunctions, stop: Stop): Promise<Run> {
	const clock = systemClock;
	const account = await readAccount(context);
	const client = new RunComfyClient(context, account, budgetOf(account.fingerprint, clock), clock, stop);
	const journal = Journal.of(context);
	const log = context.logger;
	return {
		context,
		items: context.getInputData(),
		account,
		client,
		journal,
		open: new OpenRequests(client, journal, stop, log),
		clock,
		stop,
		log,
		continueOnFail: context.continueOnFail(),
		asTool: runsAsTool(context),
	};
}
