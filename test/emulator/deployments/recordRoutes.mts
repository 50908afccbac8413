import { detailAnswer, errorAnswer, ok, type Answer } from '../answer.mts';
import { parseObject, type ApiCall } from '../apiCall.mts';
import type { Context } from '../context.mts';
import type { Effect } from '../serve.mts';
import type { Deployment } from './deployment.mts';
import { findDeployment, NOT_FOUND } from './find.mts';
import { HARDWARE_USD_PER_HOUR } from './kind.mts';
import { largeClass, objectInfoOf } from './objectInfo.mts';
import { KINDS } from './store.mts';

const VALIDATION = 422001;

/** GET /deployments, with `ids` and `includes`. */
export const listDeployments: Effect = (call, context) => {
	const how = context.switches.take('deployments');
	if (how === 'none') return detailAnswer(404, 'Not Found');
	const ids = listed(call, 'ids');
	const all = how === 'empty' ? [] : [...context.deployments.of(call.token, call.atMs).values()];
	const told = all.filter(({ record }) => ids.length === 0 || ids.includes(record.id));
	const records = told.map((deployment) => tell(deployment, call, context));
	return ok(how === 'wrapped' ? { deployments: records } : records);
};

/** GET /deployments/{id}. */
export const getDeployment: Effect = (call, context) => {
	const { deployment, refusal } = findDeployment(call, context);
	return refusal ?? ok(tell(deployment, call, context));
};

type Settings = { given: Record<string, unknown>; refusal?: undefined } | { given?: undefined; refusal: Answer };

/** What a record may be given, and how. */
const SETTINGS: Readonly<Record<string, (value: unknown) => boolean>> = {
	name: (value) => typeof value === 'string' && value !== '',
	workflow_version: (value) => typeof value === 'string' && /^v\d+$/.test(value),
	hardware: (value) =>
		Array.isArray(value) && value.length === 1 && Object.hasOwn(HARDWARE_USD_PER_HOUR, String(value[0])),
	min_instances: (value) => isWhole(value, 0, 30),
	max_instances: (value) => isWhole(value, 1, 60),
	queue_size: (value) => isWhole(value, 0, 1_000),
	keep_warm_duration_in_seconds: (value) => isWhole(value, 0, 86_400),
	is_enabled: (value) => typeof value === 'boolean',
};

/** PATCH /deployments/{id}. */
export const patchDeployment: Effect = (call, context) => {
	const { deployment, refusal } = findDeployment(call, context);
	if (refusal) return refusal;
	const needed = context.switches.take('patchNeedsName') ? ['name'] : [];
	const { given, refusal: wrong } = readSettings(call, needed);
	if (wrong) return wrong;
	const version = Number(String(given.workflow_version ?? 'v1').slice(1));
	if (version > Math.max(1, deployment.versions.length)) {
		return errorAnswer(404, NOT_FOUND, 'There is no such version of the workflow.');
	}
	context.deployments.advance(deployment, call.atMs);
	Object.assign(deployment.record, given, { updated_at: new Date(call.atMs).toISOString() });
	if (given.is_enabled === true) deployment.isOutOfFunds = false;
	context.deployments.advance(deployment, call.atMs);
	return ok(tell(deployment, call, context));
};

/** POST /deployments: of a workflow that one of the five has. */
export const createDeployment: Effect = (call, context) => {
	const { is_enabled: _, ...required } = SETTINGS;
	const { given, refusal } = readSettings(call, [...Object.keys(required), 'workflow_id']);
	if (refusal) return refusal;
	const kind = KINDS.find(({ workflowId }) => workflowId === given.workflow_id);
	if (kind === undefined) return errorAnswer(404, NOT_FOUND, 'There is no such workflow.');
	const deployment = context.deployments.create(call.token, kind, call.atMs);
	Object.assign(deployment.record, given, { is_enabled: true });
	context.deployments.advance(deployment, call.atMs);
	return ok(tell(deployment, call, context));
};

/** DELETE /deployments/{id}. */
export const deleteDeployment: Effect = (call, context) => {
	const { deployment, refusal } = findDeployment(call, context);
	if (refusal) return refusal;
	context.deployments.delete(call.token, deployment, call.atMs);
	return ok({ id: deployment.record.id, status: 'deleted' });
};

/** GET /object_info/{id}.json: the schema of every class on the machine. Needs no token. */
export const objectInfo: Effect = ({ deploymentId = '', atMs }, { accounts, deployments, switches }) => {
	const kind = KINDS.find(({ id }) => `${id}.json` === deploymentId);
	const how = switches.take('objectInfo');
	if (kind === undefined || how === '404') return detailAnswer(404, 'Not Found');
	// It needs no token; the good account's deployment of the kind may have newer versions.
	const own = deployments.of(accounts.goodToken, atMs).get(kind.id);
	return ok({ ...objectInfoOf(own ?? kind), ...(how === 'large' && largeClass()) });
};

/** Any method …/instances/{id}/proxy/{path}: a little of ComfyUI's own server, while the instance lives. */
export const proxy: Effect = (call, context) => {
	const { deployment, refusal } = findDeployment(call, context);
	if (refusal) return refusal;
	context.deployments.advance(deployment, call.atMs);
	if (!deployment.machine.isAlive(call.instanceId ?? '')) {
		return errorAnswer(404, NOT_FOUND, 'There is no such instance.');
	}
	switch (call.path.split('/proxy/')[1]) {
		case 'api/free':
			return { status: 200, body: Buffer.from(''), headers: { 'content-type': 'text/plain; charset=utf-8' } };
		case 'object_info':
			return ok(objectInfoOf(deployment));
		case 'upload/image':
			return ok({ name: 'upload.png', subfolder: '', type: 'input' });
		case 'history':
			return ok({});
		default:
			return detailAnswer(404, 'Not Found');
	}
};

function tell(deployment: Deployment, call: ApiCall, { switches, baseUrl }: Context): Record<string, unknown> {
	const { record, graph, kind } = deployment;
	const includes = switches.take('includes') === 'ignored' ? [] : listed(call, 'includes');
	const workflow =
		graph === undefined
			? {}
			: {
					workflow_api_json: graph,
					overrides: kind.overrides ?? {},
					...(switches.take('objectInfo') !== 'absent' && {
						object_info_url: `${baseUrl}/object_info/${kind.id}.json`,
					}),
				};
	return {
		...record,
		...(includes.includes('payload') ? { payload: workflow } : {}),
		...(includes.includes('readme') ? { readme: kind.readme } : {}),
	};
}

/** The settings in a body, or the refusal. Members that are none are passed over. */
function readSettings(call: ApiCall, required: string[]): Settings {
	const body = parseObject(call.body) ?? {};
	const missing = required.filter((name) => !Object.hasOwn(body, name));
	const wrong = Object.keys(SETTINGS).filter((name) => Object.hasOwn(body, name) && !SETTINGS[name](body[name]));
	const detail = [
		...missing.map((name) => ({ loc: ['body', name], msg: 'Field required', type: 'missing' })),
		...wrong.map((name) => ({ loc: ['body', name], msg: 'Input is not valid', type: 'value_error' })),
	];
	if (detail.length > 0) {
		const body422 = { error_code: VALIDATION, error_message: 'The request is not valid.', detail };
		return { refusal: { status: 422, body: body422 } };
	}
	const known = Object.entries(body).filter(([name]) => Object.hasOwn(SETTINGS, name) || required.includes(name));
	return { given: Object.fromEntries(known) };
}

/** A parameter that may be repeated. */
function listed({ query }: ApiCall, name: string): string[] {
	const value: unknown = query[name];
	return value === undefined ? [] : ([value].flat() as string[]);
}

function isWhole(value: unknown, min: number, max: number): boolean {
	return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}
