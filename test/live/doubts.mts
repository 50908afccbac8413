/** What RunComfy's public documents leave open: each with the call that settles it, and what then can go. */
import { type Answer, asObject, type JsonObject } from './service.mts';
import { type Evidence, MODEL_ID, type Run, UNKNOWN_REQUEST_ID, word } from './evidence.mts';

interface Doubt {
	/** The emulator's switch where it has one. */
	name: string;
	question: string;
	/** What it costs at most beyond what the doubts before it have paid for. */
	cost: 'nothing' | 'one picture';
	/** Every answer the check can tell, with what is right once it is known. */
	answers: Record<string, string>;
	/** One of `answers`, or a text that begins with `?` where it could not be seen. */
	ask(evidence: Evidence): Promise<string>;
}

const NOT_SEEN = '?';

const isRun = (found: Run | Answer): found is Run => 'requestId' in found;

/** Of a finished picture; a text with `?` where there is none. */
async function ofPicture(evidence: Evidence, see: (run: Required<Run>) => string | Promise<string>): Promise<string> {
	const run = await evidence.picture();
	if (!isRun(run)) return `${NOT_SEEN} the submit was answered ${run.status}: ${excerpt(run.body)}`;
	if (run.result === undefined || run.status === undefined) return `${NOT_SEEN} it did not finish in time`;
	return await see(run as Required<Run>);
}

const excerpt = (body: unknown): string => JSON.stringify(body).slice(0, 300);

const hasCode = (body: unknown) => 'error_code' in asObject(body);

/** How a refusal is told, as the emulator's switches name it. */
function refusalForm({ status, body }: Answer): string {
	if (status === 400 && !hasCode(body) && 'code' in asObject(body)) return '400code';
	if (status === 403 && !hasCode(body) && 'message' in asObject(body)) return '403message';
	return String(status);
}

const REFUSALS = {
	'200': 'keep reading `error_code` before the HTTP status',
	'400': 'keep `error_code`; use `tokenOrForeign` in `api/answers.ts` only for reads of requests',
	'401': '401 alone means the token: remove the error codes for it',
	'403': 'keep `tokenOrForeign` in `api/answers.ts`, because 403 means two things',
	'403message': 'keep `tokenOrForeign`, and the reading of `message`',
	'400code': 'keep the reading of `code` beside `error_code`',
};

function shapeOf(output: unknown): string {
	if (typeof output === 'string') return 'string';
	if (Array.isArray(output)) return 'array';
	const { image, images } = asObject(output);
	if (typeof image === 'string' && Array.isArray(images)) return 'both';
	if (Array.isArray(images)) return typeof images[0] === 'string' ? 'images' : 'objects';
	return typeof image === 'string' ? 'image' : 'other';
}

function urlIn(value: unknown): string | undefined {
	if (typeof value === 'string') return /^https?:/.test(value) ? value : undefined;
	if (typeof value !== 'object' || value === null) return undefined;
	return Object.values(value).map(urlIn).find(Boolean);
}

const outputOf = ({ result }: Required<Run>): unknown => asObject(result.body).output;

const numberOf = (body: unknown, name: string): number => Number(asObject(body)[name] ?? NaN);

export const doubts: Doubt[] = [
	{
		name: 'balanceTold',
		question: 'Is the balance a number?',
		cost: 'nothing',
		answers: { number: 'remove the reading of numbers given as text', text: 'keep it', other: 'look at the answer' },
		async ask(evidence) {
			const { body } = await evidence.balanceBefore();
			const usd = asObject(body).balance_usd;
			return typeof usd === 'number' ? 'number' : typeof usd === 'string' ? 'text' : 'other';
		},
	},
	{
		name: 'balanceTokenRefusal',
		question: 'How does the account host refuse a wrong token?',
		cost: 'nothing',
		answers: REFUSALS,
		ask: async ({ service }) => refusalForm(await service.account('/balance', { token: 'wrong' })),
	},
	{
		name: 'tokenRefusal',
		question: 'How does the model host refuse a wrong token?',
		cost: 'nothing',
		answers: REFUSALS,
		ask: async ({ service }) =>
			refusalForm(await service.model(`/models/${MODEL_ID}`, { method: 'POST', body: {}, token: 'wrong' })),
	},
	{
		name: 'unknownModel',
		question: 'How is an unknown model refused?',
		cost: 'nothing',
		answers: { '400': '404 without a code may not be about the model', '404': 'keep both' },
		ask: async ({ service }) => refusalForm(await service.model('/models/no/such/model', { method: 'POST', body: {} })),
	},
	{
		name: 'unknownRequest',
		question: 'How is an unknown request ID refused?',
		cost: 'nothing',
		answers: {
			'404': 'only 404 means *unknown request*',
			'403': 'an ID that does not exist looks like one of another account: keep `tokenOrForeign`',
			other: 'look at the answer',
		},
		async ask({ service }) {
			const form = refusalForm(await service.model(`/requests/${UNKNOWN_REQUEST_ID}/result`));
			return ['404', '403'].includes(form) ? form : 'other';
		},
	},
	{
		name: 'priceTold',
		question: 'Does the model return its price as a number?',
		cost: 'nothing',
		answers: {
			asIs: '*Maximum Cost* works with the catalog as it is',
			text: 'read it as text, too',
			missing: '*Maximum Cost* cannot be used for this model: say so in `docs/money.md`',
		},
		async ask(evidence) {
			const price = asObject((await evidence.modelRead()).body).base_price_usd;
			return typeof price === 'number' ? 'asIs' : typeof price === 'string' ? 'text' : 'missing';
		},
	},
	{
		name: 'deployments',
		question: 'Is there a list of serverless deployments?',
		cost: 'nothing',
		answers: { none: 'there is no such call', list: 'you can make the checks of deployments (below)' },
		async ask({ service }) {
			const { status } = await service.account('/deployments');
			return status === 200 ? 'list' : 'none';
		},
	},
	{
		name: 'dataUri',
		question: 'Can a photo be sent inside the request?',
		cost: 'one picture',
		answers: {
			taken: 'remove the sentence about it under *What has not been proved*',
			refused: '*Binary File* cannot work: remove it, and say that photos need a URL',
		},
		ask: async (evidence) => (isRun(await evidence.picture()) ? 'taken' : 'refused'),
	},
	{
		name: 'submitAnswer',
		question: 'Which status does an accepted submit return?',
		cost: 'nothing',
		answers: { '200': 'nothing: any 2xx is accepted', '202': 'nothing: any 2xx is accepted' },
		ask: async (evidence) => await ofPicture(evidence, ({ submit }) => String(submit.status)),
	},
	{
		name: 'earlyResult',
		question: 'Can a result be read before the end?',
		cost: 'nothing',
		answers: {
			'200': 'remove `readStatusFirst` in `api/requests.ts`',
			'400': 'keep `readStatusFirst`; read the status first from the start',
		},
		ask: async (evidence) => await ofPicture(evidence, ({ firstResult }) => String(firstResult.status)),
	},
	{
		name: 'readLagMs',
		question: 'Is a request known right after its submit?',
		cost: 'nothing',
		answers: {
			atOnce: 'an early 404 means that the request does not exist',
			later: 'keep retrying after an early 404',
		},
		ask: async (evidence) => await ofPicture(evidence, ({ wasUnknown }) => (wasUnknown ? 'later' : 'atOnce')),
	},
	{
		name: 'queuePositions',
		question: 'Does the status include the position in the queue?',
		cost: 'nothing',
		answers: { true: 'nothing', false: 'remove `queue_position` from *Get Status*' },
		ask: async (evidence) =>
			await ofPicture(evidence, ({ words, hasQueuePosition }) =>
				words.includes('in_queue') ? String(hasQueuePosition) : `${NOT_SEEN} it was never queued`,
			),
	},
	{
		name: 'unknownState',
		question: 'Which words does the status use before the end?',
		cost: 'nothing',
		answers: {
			known: 'remove the other words for an unfinished request',
			other: 'add the word to `api/requestState.ts`',
		},
		ask: async (evidence) =>
			await ofPicture(evidence, ({ words }) =>
				words.every((one) => ['in_queue', 'in_progress', 'completed'].includes(one)) ? 'known' : 'other',
			),
	},
	{
		name: 'endWord',
		question: 'Which word does a finished result use?',
		cost: 'nothing',
		answers: {
			succeeded: 'remove the other words for a finished request',
			other: 'add the word to `api/requestState.ts`',
		},
		ask: async (evidence) =>
			await ofPicture(evidence, ({ result }) => (word(result.body) === 'succeeded' ? 'succeeded' : 'other')),
	},
	{
		name: 'output',
		question: 'Where is the picture in the result?',
		cost: 'nothing',
		answers: {
			both: 'keep counting each URL once',
			image: 'nothing',
			images: 'nothing',
			objects: 'nothing',
			string: 'nothing',
			array: 'nothing',
			other: 'look at the answer: `api/outputFiles.ts` must find it',
		},
		ask: async (evidence) => await ofPicture(evidence, (run) => shapeOf(outputOf(run))),
	},
	{
		name: 'echoInputs',
		question: 'Does the result repeat the inputs?',
		cost: 'nothing',
		answers: { true: 'keep removing pictures from answers', false: 'shorten the cleaning in `api/cleanBody.ts`' },
		ask: async (evidence) =>
			await ofPicture(evidence, ({ result }) =>
				String('input' in asObject(result.body) || 'inputs' in asObject(result.body)),
			),
	},
	{
		name: 'modelIdTold',
		question: 'Does the result name the model?',
		cost: 'nothing',
		answers: { own: 'nothing', other: 'do not show `model_id`', missing: 'nothing: it may be missing' },
		ask: async (evidence) =>
			await ofPicture(evidence, ({ result }) => {
				const id = asObject(result.body).model_id;
				return id === undefined ? 'missing' : id === MODEL_ID ? 'own' : 'other';
			}),
	},
	{
		name: 'fileLagMs',
		question: 'Is the file available as soon as the result is, without a token?',
		cost: 'nothing',
		answers: {
			atOnce: 'downloads do not have to retry after a 403 or 404',
			later: 'keep retrying downloads',
			never: 'files need something else: *Download Files* must change',
		},
		ask: async (evidence) =>
			await ofPicture(evidence, async (run) => {
				const url = urlIn(outputOf(run));
				if (url === undefined) return `${NOT_SEEN} no URL`;
				const read = async () => await evidence.service.file(url);
				const isThere = ({ status }: Answer) => status === 200;
				if (isThere(await read())) return 'atOnce';
				return isThere(await evidence.until(read, isThere, evidence.pace.lateMs)) ? 'later' : 'never';
			}),
	},
	{
		name: 'fileAnswer',
		question: 'Is the file declared as an image?',
		cost: 'nothing',
		answers: {
			whole: 'types can be trusted',
			octetStream: 'keep checking the content of the file',
			other: 'look at the answer',
		},
		ask: async (evidence) =>
			await ofPicture(evidence, async (run) => {
				const url = urlIn(outputOf(run));
				if (url === undefined) return `${NOT_SEEN} no URL`;
				const { headers } = await evidence.service.file(url);
				const type = headers.get('content-type') ?? '';
				return type.startsWith('image/') ? 'whole' : type.includes('octet-stream') ? 'octetStream' : 'other';
			}),
	},
	{
		name: 'fileBase',
		question: "Is the file on a host from which the node downloads: one of RunComfy's?",
		cost: 'nothing',
		answers: {
			own: 'nothing',
			other: '*Download Files* refuses it: add its domain to `RUNCOMFY_DOMAINS` in `api/service.ts`',
		},
		ask: async (evidence) =>
			await ofPicture(evidence, (run) => {
				const url = urlIn(outputOf(run));
				if (url === undefined) return `${NOT_SEEN} no URL`;
				return evidence.service.hasFile(new URL(url)) ? 'own' : 'other';
			}),
	},
	{
		name: 'cost',
		question: 'When does the result include its cost?',
		cost: 'nothing',
		answers: {
			atOnce: 'remove `settleLateCost` in `purchase/settle.ts`',
			later: 'keep it',
			never: '*Maximum Cost* counts the estimate: say so in `docs/money.md`',
		},
		ask: async (evidence) =>
			await ofPicture(evidence, async ({ result, requestId }) => {
				const isTold = ({ body }: Answer) => !Number.isNaN(numberOf(body, 'cost'));
				if (isTold(result)) return 'atOnce';
				const path = `/requests/${requestId}/result?include_cost=true`;
				const read = async () => await evidence.service.model(path);
				return isTold(await evidence.until(read, isTold, evidence.pace.lateMs)) ? 'later' : 'never';
			}),
	},
	{
		name: 'costFactor',
		question: 'Is the cost the price of the catalog?',
		cost: 'nothing',
		answers: { same: 'the estimate can be trusted for this model', other: 'say in `docs/money.md` by how much' },
		ask: async (evidence) =>
			await ofPicture(evidence, async ({ requestId }) => {
				const { body } = await evidence.service.model(`/requests/${requestId}/result?include_cost=true`);
				const [cost, price] = [numberOf(body, 'cost'), await evidence.priceUsd()];
				if (price === undefined || Number.isNaN(cost)) return `${NOT_SEEN} cost ${cost}, price ${price}`;
				return Math.abs(cost - price) < 0.000_5 ? 'same' : 'other';
			}),
	},
	{
		name: 'spendBalance',
		question: 'Does the balance fall by the cost?',
		cost: 'nothing',
		answers: { true: '*Get Balance* is fresh after a run', false: 'say that the balance is updated later' },
		ask: async (evidence) =>
			await ofPicture(evidence, async () => {
				const before = numberOf((await evidence.balanceBefore()).body, 'balance_usd');
				const fell = ({ body }: Answer) => numberOf(body, 'balance_usd') < before;
				return String(fell(await evidence.until(evidence.balance, fell, evidence.pace.lateMs)));
			}),
	},
	{
		name: 'cancelAnswer',
		question: 'Can a queued request be cancelled?',
		cost: 'one picture',
		answers: { cancelled: 'nothing', not_cancellable: '*Stop Cancels Requests* saves nothing: say so' },
		async ask(evidence) {
			const { cancel, result } = await evidence.cancelled();
			const { outcome, status } = asObject(cancel.body);
			const isSaid = [outcome, status].some(
				(one) => /cancel+(ed|lation)/.test(String(one)) && !/not/.test(String(one)),
			);
			return isSaid || /^cancel/.test(word(result.body)) ? 'cancelled' : 'not_cancellable';
		},
	},
	{
		name: 'cancelForm',
		question: 'How is a cancellation reported?',
		cost: 'nothing',
		answers: {
			both: 'only `outcome` has to be read',
			statusAlone: 'read `status`, too',
			outcomeAlone: 'only `outcome` has to be read',
			requested: 'keep `cancellation_requested`',
			canceled: 'keep the spelling with one l',
		},
		async ask(evidence) {
			const { outcome, status } = asObject((await evidence.cancelled()).cancel.body);
			if (outcome === 'canceled' || status === 'canceled') return 'canceled';
			if (outcome === 'cancellation_requested' || status === 'cancellation_requested') return 'requested';
			if (outcome === undefined) return 'statusAlone';
			return status === undefined ? 'outcomeAlone' : 'both';
		},
	},
	{
		name: 'cancelledWord',
		question: 'Which word does a cancelled request use?',
		cost: 'nothing',
		answers: {
			cancelled: 'remove the other spelling',
			canceled: 'remove the other spelling',
			other: 'look at the answer',
		},
		async ask(evidence) {
			const said = word((await evidence.cancelled()).result.body);
			return said === 'cancelled' || said === 'canceled' ? said : 'other';
		},
	},
	{
		name: 'validation',
		question: 'Is a value outside the schema refused?',
		cost: 'one picture',
		answers: {
			strict: 'a wrong choice costs nothing',
			lenient: 'wrong choices are charged: keep the checks of the node',
		},
		ask: async (evidence) => ((await evidence.wrongValue('rendering_speed')).status < 300 ? 'lenient' : 'strict'),
	},
	{
		name: 'styleNames',
		question: 'Is an unknown style refused?',
		cost: 'one picture',
		answers: {
			refused: 'the answer may list the names: compare them with those of the node',
			accepted: 'try the names of styles and palettes one by one with *Replace and Wait*; wrong ones are charged',
		},
		ask: async (evidence) => ((await evidence.wrongValue('style')).status < 300 ? 'accepted' : 'refused'),
	},
	{
		name: 'failureTold',
		question: 'How is a failed request reported?',
		cost: 'one picture',
		answers: {
			refused: 'RunComfy checks images before it accepts a submit',
			result: 'the status alone says too little: keep reading the result',
			status: 'the status has it, too: one call less for a failed request',
			succeeded: 'a missing image is charged',
		},
		async ask(evidence) {
			const run = await evidence.failing();
			if (!isRun(run)) return 'refused';
			if (run.result === undefined || run.status === undefined) return `${NOT_SEEN} it did not finish in time`;
			if (word(run.result.body) === 'succeeded') return 'succeeded';
			return word(run.status.body) === 'completed' ? 'result' : 'status';
		},
	},
	{
		name: 'failureForm',
		question: 'In which form is its reason given?',
		cost: 'nothing',
		answers: {
			text: 'remove other forms of a reason',
			object: 'keep reading it',
			list: 'keep reading it',
			missing: 'nothing',
		},
		async ask(evidence) {
			const run = await evidence.failing();
			if (!isRun(run)) return `${NOT_SEEN} the submit was refused: ${excerpt(run.body)}`;
			const reason: unknown = (asObject(run.result?.body) as JsonObject).error;
			if (Array.isArray(reason)) return 'list';
			return typeof reason === 'string' ? 'text' : reason === undefined || reason === null ? 'missing' : 'object';
		},
	},
];
