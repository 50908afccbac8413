/** What the live check does at RunComfy, each at most once: a picture, a cancelled request, a failing one, a wrong value. */
import { setTimeout as sleep } from 'node:timers/promises';

import { type Answer, asObject, type JsonObject, Service } from './service.mts';

export const MODEL_ID = 'ideogram/ideogram-v3/replace-background';

/** Well formed, and nobody's. */
export const UNKNOWN_REQUEST_ID = '00000000-0000-4000-8000-000000000000';

/** A speed that the model's page does not list, and a style that no list of Ideogram's has. */
const WRONG_VALUES = {
	rendering_speed: { rendering_speed: 'NO_SUCH_SPEED' },
	style: { rendering_speed: 'TURBO', style: { style_type: 'No Such Style' } },
};

/** Nothing is there: a domain that is reserved for examples. */
export const MISSING_IMAGE_URL = 'https://example.com/no-such-picture.jpg';

const PROMPT = 'on a marble table in soft morning light';

interface Pace {
	/** Between two reads of a request. */
	readEveryMs: number;
	/** After that a request is given up. */
	longestMs: number;
	/** How long a cost, a file or a balance that is not there yet is looked for. */
	lateMs: number;
}

export const LIVE_PACE: Pace = { readEveryMs: 1_000, longestMs: 600_000, lateMs: 60_000 };

/** A request that was submitted and read to its end. */
export interface Run {
	submit: Answer;
	requestId: string;
	/** Whether it was unknown right after its submit. */
	wasUnknown: boolean;
	/** The first one by which it is known. */
	firstResult: Answer;
	/** Every word of `status` that the status call said, in order, each once. */
	words: string[];
	hasQueuePosition: boolean;
	/** Undefined where it did not end in time. */
	status?: Answer;
	result?: Answer;
	seconds: number;
}

const UNKNOWN = 404;

const isKnown = ({ status }: Answer): boolean => status !== UNKNOWN;

/** Words by which the published documents tell that a request goes on. */
const UNFINISHED = ['in_queue', 'in_progress', 'pending', 'queued', 'waiting', 'starting', 'processing'];

export class Evidence {
	private readonly once = new Map<string, Promise<unknown>>();

	readonly service: Service;
	readonly pace: Pace;
	private readonly image: Buffer;
	private readonly mayPay: (what: string) => Promise<void>;

	/**
	 * @param image a JPEG
	 * @param mayPay is asked before each submit that may be charged, with what it does; throws to refuse it
	 */
	constructor(service: Service, image: Buffer, pace: Pace, mayPay: (what: string) => Promise<void>) {
		this.service = service;
		this.image = image;
		this.pace = pace;
		this.mayPay = mayPay;
	}

	readonly balance = async (): Promise<Answer> => await this.service.account('/balance');

	/** The balance before anything was bought. */
	readonly balanceBefore = (): Promise<Answer> => this.keep('balance', async () => await this.balance());

	readonly modelRead = (): Promise<Answer> =>
		this.keep('model', async () => await this.service.model(`/models/${MODEL_ID}?include_schema=true`));

	/** What the catalog says that one request costs, in USD; undefined where it does not. */
	readonly priceUsd = async (): Promise<number | undefined> => {
		const [digits] = /\d+(\.\d+)?/.exec(String(asObject((await this.modelRead()).body).base_price_usd)) ?? [];
		return digits === undefined ? undefined : Number(digits);
	};

	/** One picture of a photo within the request. A refusal is an answer, too: then there is no request. */
	readonly picture = (): Promise<Run | Answer> =>
		this.keep('picture', async () => {
			await this.balanceBefore();
			await this.mayPay('one picture');
			return await this.run({ image: this.dataUri(), prompt: PROMPT, rendering_speed: 'TURBO' });
		});

	/** A submit and at once its cancellation: free while it is queued. */
	readonly cancelled = (): Promise<{ cancel: Answer; result: Answer }> =>
		this.keep('cancelled', async () => {
			await this.mayPay('a picture that is cancelled at once, which is free while it is queued');
			const submit = await this.submit({ image: this.dataUri(), prompt: PROMPT, rendering_speed: 'TURBO' });
			if (idOf(submit) === '') throw new Error(`The submit was answered ${submit.status}`);
			const path = `/requests/${idOf(submit)}`;
			await this.until(async () => await this.service.model(`${path}/status`), isKnown, this.pace.lateMs);
			const cancel = await this.service.model(`${path}/cancel`, { method: 'POST' });
			const isEnd = ({ body }: Answer) => word(body) !== '' && !UNFINISHED.includes(word(body));
			const result = await this.until(
				async () => await this.service.model(`${path}/result`),
				isEnd,
				this.pace.longestMs,
			);
			return { cancel, result };
		});

	/** A submit with a value that does not exist; cancelled at once where it is accepted. */
	readonly wrongValue = (input: keyof typeof WRONG_VALUES): Promise<Answer> =>
		this.keep(`wrong ${input}`, async () => {
			await this.mayPay(`a submit with a wrong ${input}, cancelled at once where it is accepted`);
			const submit = await this.submit({ image: this.dataUri(), prompt: PROMPT, ...WRONG_VALUES[input] });
			if (submit.status < 300) await this.service.model(`/requests/${idOf(submit)}/cancel`, { method: 'POST' });
			return submit;
		});

	/** A submit that cannot succeed, since its image is not there. */
	readonly failing = (): Promise<Run | Answer> =>
		this.keep('failing', async () => {
			await this.mayPay('a picture that fails, since its image does not exist');
			return await this.run({ image: MISSING_IMAGE_URL, prompt: PROMPT, rendering_speed: 'TURBO' });
		});

	/** Reads until `isRight`, or for so long; gives the last answer. */
	async until(read: () => Promise<Answer>, isRight: (answer: Answer) => boolean, forMs: number): Promise<Answer> {
		const endMs = performance.now() + forMs;
		for (;;) {
			const answer = await read();
			if (isRight(answer) || performance.now() > endMs) return answer;
			await sleep(this.pace.readEveryMs);
		}
	}

	private dataUri(): string {
		return `data:image/jpeg;base64,${this.image.toString('base64')}`;
	}

	private async submit(body: JsonObject): Promise<Answer> {
		return await this.service.model(`/models/${MODEL_ID}`, { method: 'POST', body });
	}

	private async run(body: JsonObject): Promise<Run | Answer> {
		const startMs = performance.now();
		const submit = await this.submit(body);
		const requestId = idOf(submit);
		if (requestId === '') return submit;
		const path = `/requests/${requestId}`;
		const words = new Set<string>();
		let hasQueuePosition = false;
		const readStatus = async () => {
			const answer = await this.service.model(`${path}/status`);
			if (word(answer.body) !== '') words.add(word(answer.body));
			hasQueuePosition ||= 'queue_position' in asObject(answer.body);
			return answer;
		};
		const readResult = async () => await this.service.model(`${path}/result?include_cost=true`);
		const wasUnknown = (await readStatus()).status === UNKNOWN;
		const firstResult = await this.until(readResult, isKnown, this.pace.lateMs);
		const hasEnded = ({ body }: Answer) => 'finished_at' in asObject(body) && asObject(body).finished_at !== null;
		const result = await this.until(
			async () => {
				await readStatus();
				return await readResult();
			},
			hasEnded,
			this.pace.longestMs,
		);
		const seen = { submit, requestId, wasUnknown, firstResult };
		const status = await readStatus();
		const seconds = (performance.now() - startMs) / 1000;
		return { ...seen, words: [...words], hasQueuePosition, seconds, ...(hasEnded(result) && { status, result }) };
	}

	private keep<T>(name: string, make: () => Promise<T>): Promise<T> {
		const kept = this.once.get(name) ?? make();
		this.once.set(name, kept);
		return kept as Promise<T>;
	}
}

export const word = (body: unknown): string => {
	const { status } = asObject(body);
	return typeof status === 'string' ? status.toLowerCase() : '';
};

const idOf = ({ body }: Answer): string => {
	const { request_id: id } = asObject(body);
	return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
};
