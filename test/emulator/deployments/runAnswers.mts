import type { Context } from '../context.mts';
import { tellTime } from '../times.mts';
import { outputsOf } from './outputs.mts';
import type { Run } from './run.mts';

/** The three addresses of a run, as RunComfy gives them. */
export function runUrls({ id, life, deployment }: Run, { baseUrl }: Context) {
	const start = `${life.urlBase || baseUrl}/prod/v2/deployments/${deployment.record.id}/requests/${id}`;
	return { status_url: `${start}/status`, result_url: `${start}/result`, cancel_url: `${start}/cancel` };
}

/** A file's address: `<storage>/deployment_requests/<run>/<type>/<name>`. */
export function fileUrl({ id, life }: Run, { type, filename }: { type: string; filename: string }, context: Context) {
	return `${life.fileBase || context.baseUrl}/deployment_requests/${id}/${type}/${filename}`;
}

/** The answer of /status. `completed` says finished, not succeeded. */
export function statusOf(run: Run, context: Context, atMs: number): Record<string, unknown> {
	const { life, work, deployment } = run;
	const state = run.stateAt(atMs);
	const { status_url, result_url } = runUrls(run, context);
	const common = { request_id: run.id, status_url, result_url };
	switch (state) {
		case 'in_queue': {
			const place = life.queuePositions ? { queue_position: deployment.machine.queuePosition(work) } : {};
			return { ...common, status: state, ...place };
		}
		case 'in_progress': {
			const log = life.logUrl ? { log_url: `${context.baseUrl}/logs/${run.id}` } : {};
			return { ...common, status: life.unknownState || state, instance_id: work.instanceId, ...log };
		}
		case 'cancelled':
			return { ...common, status: life.cancelledWord };
		default:
			return { ...common, status: life.endWord || 'completed' };
	}
}

/** The answer of /result; a webhook's is the same with the deployment's id. */
export function resultOf(run: Run, context: Context, atMs: number): Record<string, unknown> {
	const { life, work, deployment, acceptedAtMs } = run;
	const state = run.stateAt(atMs);
	const word = { cancelled: life.cancelledWord, in_progress: life.unknownState || state }[state as string];
	const isEnd = state === 'succeeded' || state === 'failed';
	const finishedAtMs = run.finishedAtMs(atMs);
	return {
		request_id: run.id,
		status: isEnd ? life.endWord || state : (word ?? state),
		...(state === 'succeeded' ? outputMember(run, context) : {}),
		...(state === 'failed' ? { error: errorOf(run) } : {}),
		created_at: tellTime(acceptedAtMs, 'microseconds'),
		finished_at: finishedAtMs === undefined ? null : tellTime(finishedAtMs, 'microseconds'),
		...(work.instanceId === undefined ? {} : { instance_id: work.instanceId }),
		...(deployment.kind.flatInputs === undefined ? {} : { deployment_id: deployment.record.id }),
	};
}

/** A deployment without a workflow tells `output`, as models do. */
function outputMember(run: Run, context: Context): Record<string, unknown> {
	if (run.deployment.kind.flatInputs !== undefined) {
		return { output: { images: run.files().map((file) => fileUrl(run, file, context)) } };
	}
	const graph = run.work.isCached ? {} : run.order.graph;
	return { outputs: outputsOf(graph, (file) => fileUrl(run, file, context)) };
}

function errorOf({ life, failureMessage }: Run): unknown {
	const debugInfo = 'Traceback (most recent call last):\n  File "/workspace/ComfyUI/execution.py", line 327';
	switch (life.errorShape) {
		case 'list':
			return [{ errorCode: life.errorCode, error: failureMessage, debugInfo }];
		case 'list2':
			return [{ message: failureMessage, details: debugInfo }];
		case 'object':
			return { type: 'PromptExecutionError', message: failureMessage };
		case 'string':
			return failureMessage;
	}
}
