import { detailAnswer, errorAnswer, ok, type Answer } from '../answer.mts';
import { parseObject } from '../apiCall.mts';
import { balanceUsdOf } from '../costs.mts';
import type { Context } from '../context.mts';
import { tellCancel } from '../routes/requests.mts';
import { tellFile } from '../routes/files.mts';
import type { Effect } from '../serve.mts';
import { TINY_FILES } from '../sampleFiles.mts';
import { type Deployment, findDeployment, findRun } from './store.mts';
import { readOrder } from './order.mts';
import { resultOf, runUrls, statusOf } from './run.mts';

const VALIDATION = 422001;
const NO_FUNDS = 10001;
const DISABLED = 10002;
const NOT_READY = 400005;

/** POST …/inference: what costs. The gates come before the body is looked at. */
export const submitRun: Effect = (call, context) => {
	const { switches, deployments } = context;
	const { deployment, refusal } = findDeployment(call, context);
	if (refusal) return refusal;
	const closed = closedGate(deployment, balanceUsdOf(call.token, context, call.atMs), context);
	if (closed !== undefined) return closed;
	const body = call.body.trim() === '' ? {} : parseObject(call.body);
	const { order, problems } =
		body === undefined
			? { order: undefined, problems: [{ loc: ['body'], msg: 'Input should be a JSON object', type: 'json_invalid' }] }
			: readOrder(body, deployment, switches);
	if (order === undefined || problems.length > 0) {
		return {
			status: 422,
			body: { error_code: VALIDATION, error_message: 'The request is not valid.', detail: problems },
		};
	}
	const run = deployments.accept(call.token, deployment, order, switches.takeForLife(), call.atMs);
	call.requestId = run.id;
	context.bodies.put(run.id, call.body);
	context.counts.accepted(call.token, run, call.atMs);
	context.webhooks.expect(run, {
		url: call.query.webhook ?? order.body.webhook,
		intermediate: call.query.webhook_intermediate_status ?? order.body.webhook_intermediate_status,
	});
	return ok({ request_id: run.id, ...runUrls(run, context) });
};

/** An empty balance disables the deployment, and money alone does not enable it again. */
function closedGate(deployment: Deployment, balanceUsd: number, context: Context): Answer | undefined {
	const { record } = deployment;
	if (record.is_enabled && balanceUsd <= 0) {
		deployment.isOutOfFunds = true;
		record.is_enabled = false;
	}
	if (record.is_enabled) return undefined;
	return deployment.isOutOfFunds
		? gate(context, NO_FUNDS, 'The deployment was disabled because of insufficient funds.')
		: gate(context, DISABLED, 'The deployment is disabled.');
}

function gate({ switches }: Context, code: number, message: string): Answer {
	return errorAnswer(Number(switches.take('deploymentRefusal')), code, message);
}

/** GET …/status. */
export const runStatus: Effect = (call, context) => {
	const { request: run, refusal } = findRun(call, context);
	return refusal ?? ok(statusOf(run, context, call.atMs));
};

/** GET …/result. */
export const runResult: Effect = (call, context) => {
	const { request: run, refusal } = findRun(call, context);
	if (refusal) return refusal;
	if (!run.isFinished(call.atMs) && context.switches.take('earlyResult') === '400') {
		return errorAnswer(400, NOT_READY, 'The result is not ready.');
	}
	return ok(resultOf(run, context, call.atMs));
};

/** POST …/cancel: queued and running runs. */
export const cancelRun: Effect = (call, context) => {
	const { request: run, refusal } = findRun(call, context);
	if (refusal) return refusal;
	const rule = context.switches.take('cancelAnswer');
	const state = run.stateAt(call.atMs);
	const isOver = state === 'succeeded' || state === 'failed';
	const isGranted = rule === 'cancelled' || (rule === 'byState' && !isOver);
	if (isGranted && run.cancel(call.atMs)) context.counts.granted(call.token);
	return tellCancel(run.id, isGranted, context.switches.take('cancelForm'));
};

/** GET /deployment_requests/{run}/{type}/{name}: needs no token. */
export const runFile: Effect = ({ requestId = '', fileType, fileName = '', atMs }, { deployments }) => {
	const run = deployments.run(requestId);
	const isThere = run !== undefined && run.isKnown(atMs) && run.stateAt(atMs) === 'succeeded';
	const files = isThere ? run.files() : [];
	if (!isThere || !files.some(({ filename, type }) => filename === fileName && type === fileType)) {
		return detailAnswer(404, 'Not Found');
	}
	return tellFile(TINY_FILES[fileName.split('.').at(-1)!], run, atMs);
};
