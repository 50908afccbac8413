/** The ways in which a job can end, and how a person tells them apart: by what is in the item or the error. */
import type { NodeRun } from '../engine/index.mts';

interface ErrorEnding {
	message: RegExp;
	/** What the description must say: what to do next, and what it cost. */
	description: RegExp;
	/** Whether the request id must be in the message. */
	namesId: boolean;
}

/** Behind what other items and earlier attempts have. */
const NOT_CHARGED = /^(\d.*\. )?(Nothing (more )?was submitted\. (.*\. )?)?You were not charged for this attempt\./;

/** Every row of the table of errors, by the words of its message. */
export const ERROR_ENDINGS = {
	'outcome unknown': {
		message: /^It is not known whether RunComfy accepted this (image|job|run)( as request \S+)?$/,
		description: /may have been charged.*(Generations|deployment's own page).*(Submit Again|new execution)/,
		namesId: false,
	},
	'input refused': {
		message: /^RunComfy refused the input: /,
		description: NOT_CHARGED,
		namesId: false,
	},
	'token refused': {
		message: /^RunComfy did not accept the API token$/,
		description: /You were not charged for this attempt\..*profile page/,
		namesId: false,
	},
	'deployment not allowed': {
		message: /^RunComfy did not allow this API token to use the deployment \S+$/,
		description: /^You were not charged for this attempt\..*another account/,
		namesId: false,
	},
	'no balance': {
		message: /^The RunComfy account has no balance left$/,
		description: /You were not charged for this attempt\. Top up/,
		namesId: false,
	},
	'no such model': {
		message: /^RunComfy does not know the (model|deployment) /,
		description: NOT_CHARGED,
		namesId: false,
	},
	'model not read': {
		message: /^Could not read the (model \S+ from the catalog|deployment \S+): RunComfy gave no usable answer$/,
		description: /You were not charged for this attempt\. Last reason: /,
		namesId: false,
	},
	'model refused': {
		message: /^RunComfy did not let the node read the (model \S+ from the catalog|deployment \S+)$/,
		description: /^/,
		namesId: false,
	},
	'model redirected': {
		message:
			/^RunComfy answered with a redirect when the node tried to read the (model \S+ from the catalog|deployment \S+)$/,
		description: /never follows redirects/,
		namesId: false,
	},
	'not taken': {
		message: /^RunComfy did not accept this (image|job|run) within \d+ seconds?$/,
		description: NOT_CHARGED,
		namesId: false,
	},
	'no place': {
		message: /^This (image|job|run) was not submitted: the limit of requests in flight was reached for \d+ seconds?$/,
		description: NOT_CHARGED,
		namesId: false,
	},
	'limit too low': {
		message: /^'Maximum Cost \(USD\)' of \S+ is too low: \d+ requests? would cost about \S+$/,
		description: /^Nothing (more )?was submitted\./,
		namesId: false,
	},
	'limit reached': {
		message: /^This (image|job) was not submitted: 'Maximum Cost \(USD\)' of \S+ would be exceeded$/,
		description: /You were not charged for this attempt\./,
		namesId: false,
	},
	'not checked': {
		message: /^Request \S+ was not checked: the limit of requests in flight was reached for \d+ seconds?$/,
		description: /Get Result/,
		namesId: true,
	},
	'token refused, id': {
		message: /^RunComfy did not accept the API token when the node looked up request \S+$/,
		description: /Get Result.*profile page/,
		namesId: true,
	},
	'read refused': {
		message: /^RunComfy did not let the node read request \S+$/,
		description: /Get Result/,
		namesId: true,
	},
	'cancel refused': {
		message: /^RunComfy did not let the node cancel request \S+$/,
		description: /Get Result/,
		namesId: true,
	},
	'foreign request': {
		message: /^Request \S+ belongs to another RunComfy account$/,
		description: /credential/,
		namesId: true,
	},
	'not allowed': {
		message: /^RunComfy did not allow this API token to use request \S+$/,
		description: /Get Result.*token.*another account/,
		namesId: true,
	},
	'something between': {
		message: /^Something between n8n and RunComfy answered with HTTP \d+$/,
		description: NOT_CHARGED,
		namesId: false,
	},
	'unknown id': { message: /^RunComfy does not know request \S+$/, description: /expire/, namesId: true },
	redirected: {
		message: /^RunComfy answered with a redirect when the node tried to (read|cancel) request \S+$/,
		description: /never follows redirects/,
		namesId: true,
	},
	unreachable: {
		message: /^RunComfy has given no usable answer since \d{4}-\S+Z: the result of request \S+ is not known$/,
		description: /Get Result.*Last reason: /,
		namesId: true,
	},
	'not reached to cancel': {
		message: /^Could not cancel request \S+: RunComfy gave no usable answer$/,
		description: /may have cancelled.*Last reason: /,
		namesId: true,
	},
	'still unfinished': {
		message: /^Request \S+ was still .+ after \d+ seconds?$/,
		description: /may still finish.*Get Result.*Timeout/,
		namesId: true,
	},
	'cancelled in time': {
		message: /^Request \S+ was still .+ after \d+ seconds? and was cancelled$/,
		description: /confirmed/,
		namesId: true,
	},
	'not cancelled in time': {
		message: /^Request \S+ gave no result within \d+ seconds?, and its cancellation was not confirmed$/,
		description: /Get Result/,
		namesId: true,
	},
	failed: {
		message: /^Request \S+ failed: ./,
		description: /RunComfy decides whether this request is charged/,
		namesId: true,
	},
	'cancelled at RunComfy': {
		message: /^Request \S+ was cancelled at RunComfy$/,
		description: /RunComfy decides whether this request is charged/,
		namesId: true,
	},
	'no file given': {
		message: /^Request \S+ succeeded, but RunComfy returned no file$/,
		description: /returned.*Generations/,
		namesId: true,
	},
	'wrong parameter': {
		message:
			/^('[^']+'( \(entry \d+\))?:? ('[^']+' )?(must|is|are|cannot|needs|contains|takes|has|can only)|RunComfy cannot reach '[^']+'( \(entry \d+\))?: |The file in '.*' |The input item has no file |All inputs together )/,
		description: /^/,
		namesId: false,
	},
} satisfies Record<string, ErrorEnding>;

export type ErrorEndingName = keyof typeof ERROR_ENDINGS;

export type Ending = ErrorEndingName | 'picture' | 'submitted' | 'file' | 'no file' | 'cancelled' | 'unfinished';

export interface Told {
	message: string;
	description: string;
}

/** The row of the table of errors that an error belongs to; undefined for one that is worded by nobody. */
export function errorEndingOf({ message, description }: Told): ErrorEndingName | undefined {
	const found = Object.entries(ERROR_ENDINGS).find(([, rule]) => rule.message.test(message));
	if (found === undefined || !found[1].description.test(description)) return undefined;
	return found[0] as ErrorEndingName;
}

/** The ending of a run with one input item: its name, or the text of what came instead. */
export function endingOf({ items, error }: NodeRun): string {
	if (error) {
		const told = { message: error.message, description: error.description ?? '' };
		return errorEndingOf(told) ?? `an error nobody worded: ${told.message} | ${told.description}`;
	}
	if (items.length !== 1) return `${items.length} items`;
	const [{ json, binary }] = items;
	if (json.cancelled === true && json.outcome === 'cancelled') return 'cancelled';
	if (json.finished === false) return 'unfinished';
	if (typeof json.result_url === 'string' && String(json.result_url).includes(String(json.request_id)))
		return 'submitted';
	if (json.status !== 'succeeded' || typeof json.image_url !== 'string') return JSON.stringify(json);
	if (binary?.data) return 'file';
	return json.download_error === undefined ? 'picture' : 'no file';
}
