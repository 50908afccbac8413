import { type Answer, detailAnswer, errorAnswer, ok } from '../answer.mts';
import { type ApiCall, parseObject } from '../apiCall.mts';
import type { Context } from '../context.mts';
import type { Effect } from '../serve.mts';
import { HARDWARE_USD_PER_HOUR, isLink, type Kind } from './kind.mts';
import { KINDS } from './kinds.mts';
import { type Deployment, findDeployment, NOT_FOUND } from './store.mts';

const VALIDATION = 422001;

/** GET /deployments, with `includes`. */
export const listDeployments: Effect = (call, context) => {
	const how = context.switches.take('deployments');
	if (how === 'none') return detailAnswer(404, 'Not Found');
	const all = how === 'empty' ? [] : [...context.deployments.of(call.token, call.atMs).values()];
	const records = all.map((deployment) => tell(deployment, call, context));
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
	const { given, refusal: wrong } = readSettings(call);
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

/** GET /object_info/{id}.json: the schema of every class on the machine. Needs no token. */
export const objectInfo: Effect = ({ deploymentId = '', atMs }, { accounts, deployments, switches }) => {
	const kind = KINDS.find(({ id }) => `${id}.json` === deploymentId);
	const how = switches.take('objectInfo');
	if (kind === undefined || how === '404') return detailAnswer(404, 'Not Found');
	// It needs no token; the good account's deployment of the kind may have newer versions.
	const own = deployments.of(accounts.goodToken, atMs).get(kind.id);
	return ok({ ...objectInfoOf(own ?? kind), ...(how === 'large' && largeClass()) });
};

function tell(deployment: Deployment, call: ApiCall, { switches, baseUrl }: Context): object {
	const { record, graph, kind } = deployment;
	// It may be repeated.
	const asked = [call.query.includes].flat().includes('payload');
	if (!asked || switches.take('includes') === 'ignored') return record;
	const payload =
		graph === undefined
			? {}
			: {
					workflow_api_json: graph,
					overrides: kind.overrides ?? {},
					...(switches.take('objectInfo') !== 'absent' && {
						object_info_url: `${baseUrl}/object_info/${kind.id}.json`,
					}),
				};
	return { ...record, payload };
}

/** The settings in a body, which has to repeat the name, or the refusal. Members that are none are passed over. */
function readSettings(call: ApiCall): Settings {
	const body = parseObject(call.body) ?? {};
	const settings = Object.keys(SETTINGS).filter((name) => Object.hasOwn(body, name));
	const wrong = settings.filter((name) => !SETTINGS[name](body[name]));
	const detail = [
		...(settings.includes('name') ? [] : [{ loc: ['body', 'name'], msg: 'Field required', type: 'missing' }]),
		...wrong.map((name) => ({ loc: ['body', name], msg: 'Input is not valid', type: 'value_error' })),
	];
	if (detail.length === 0) return { given: Object.fromEntries(settings.map((name) => [name, body[name]])) };
	const body422 = { error_code: VALIDATION, error_message: 'The request is not valid.', detail };
	return { refusal: { status: 422, body: body422 } };
}

function isWhole(value: unknown, min: number, max: number): boolean {
	return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}

/** Choices and ranges ComfyUI tells of some inputs, whatever node has them. */
const TOLD: Readonly<Record<string, unknown[]>> = {
	sampler_name: [['euler', 'euler_ancestral', 'heun', 'dpmpp_2m', 'uni_pc']],
	scheduler: [['simple', 'normal', 'karras', 'beta']],
	upscale_method: [['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']],
	weight_dtype: [['default', 'fp8_e4m3fn']],
	steps: ['INT', { default: 20, min: 1, max: 10_000 }],
	cfg: ['FLOAT', { default: 8, min: 0, max: 100, step: 0.1 }],
	denoise: ['FLOAT', { default: 1, min: 0, max: 1, step: 0.01 }],
	seed: ['INT', { default: 0, min: 0, max: 18_446_744_073_709_551_615 }],
	noise_seed: ['INT', { default: 0, min: 0, max: 18_446_744_073_709_551_615 }],
	width: ['INT', { default: 1_024, min: 16, max: 16_384, step: 16 }],
	height: ['INT', { default: 1_024, min: 16, max: 16_384, step: 16 }],
	text: ['STRING', { multiline: true, tooltip: 'The text to be encoded.' }],
	image: [['example.png'], { image_upload: true }],
	file: [['example.mp4'], { video_upload: true }],
};

const MEGABYTES = 30;

/** One class with a list beyond all bounds, as machines with thousands of files have it. */
function largeClass(): Record<string, object> {
	const files = Array.from({ length: MEGABYTES }, (_, number) => String(number % 10).repeat(1_048_576));
	return { LoadAnything: { input: { required: { name: [files] } } } };
}

/** The classes of a deployment's workflows as `object_info` has them. */
function objectInfoOf({ versions }: Pick<Kind, 'versions'>): Record<string, object> {
	const nodes = versions.flatMap((graph) => Object.values(graph));
	return Object.fromEntries(
		nodes.map(({ class_type: name, inputs }) => {
			const required = Object.entries(inputs).map(([input, value]) => [
				input,
				isLink(value) ? ['LATENT'] : (TOLD[input] ?? [typeof value === 'number' ? 'FLOAT' : 'STRING', {}]),
			]);
			return [name, { input: { required: Object.fromEntries(required) as object }, output: [], display_name: name }];
		}),
	);
}
