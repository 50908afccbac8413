import { parse, stringify } from 'flatted';
import type {
	ExecutionError,
	ExecutionStatus,
	INodeExecutionData,
	IRun,
	IRunExecutionData,
	ITaskData,
	NodeExecutionHint,
} from 'n8n-workflow';
import type { LogLine, LogSink } from './logCapture.mts';

/** An execution that is over. */
export interface Finished {
	executionId: string;
	status: ExecutionStatus;
	/** The execution's error: the node's, or the one that names a Stop or a timeout. A plain copy, as n8n makes it. */
	error: ExecutionError | undefined;
	/** A node's output items on one output, over all of its runs. */
	itemsOf(nodeName: string, branch?: number): INodeExecutionData[];
	runsOf(nodeName: string): ITaskData[];
	/** The hints of all nodes. */
	hints: NodeExecutionHint[];
	/** What nodes said through `this.logger`. Grows when a node goes on in the background. */
	logs: LogLine[];
	/** What n8n itself logged, from info on: every node error with its stack, for one. */
	engineLogs: LogLine[];
	/**
	 * The execution data as n8n stores it: a copy from the moment the execution ended, or was cancelled. In the second
	 * case a node that takes more than a few milliseconds to end is not in it with its output.
	 */
	readonly data: IRunExecutionData;
	durationMs: number;
	/** Whether a person stopped it: n8n then keeps no execution data. */
	stopped: boolean;
}

/** n8n stores with flatted: `toJSON` applies, functions are lost, shared and circular objects survive. */
export function toStored(data: IRunExecutionData): string {
	return stringify(data);
}

function fromStored(stored: string): IRunExecutionData {
	return parse(stored) as IRunExecutionData;
}

type Circumstances = Pick<Finished, 'executionId' | 'durationMs' | 'stopped'> & { sink: LogSink };

export function finishedFrom(run: IRun, stored: string, about: Circumstances): Finished {
	const { resultData } = run.data;
	const runsOf = (nodeName: string): ITaskData[] => resultData.runData[nodeName] ?? [];
	return {
		executionId: about.executionId,
		status: run.status,
		error: resultData.error,
		itemsOf: (nodeName, branch = 0) => runsOf(nodeName).flatMap(({ data }) => data?.main?.[branch] ?? []),
		runsOf,
		hints: Object.values(resultData.runData).flatMap((runs) => runs.flatMap(({ hints }) => hints ?? [])),
		logs: about.sink.node,
		engineLogs: about.sink.engine,
		get data() {
			return fromStored(stored);
		},
		durationMs: about.durationMs,
		stopped: about.stopped,
	};
}
