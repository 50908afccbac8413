/** RunComfy as a live check sees it: every answer as it comes, and what was spent on it. */
interface ServiceAddress {
	modelApiUrl: string;
	accountApiUrl: string;
	token: string;
}

export interface Answer {
	status: number;
	/** Parsed JSON, else the text; of a file nothing. */
	body: unknown;
	headers: Headers;
}

export interface CallOptions {
	method?: 'GET' | 'POST';
	body?: Record<string, unknown>;
	/** Another token than the good one. */
	token?: string;
}

/** A call that is not answered within this is as good as refused: somebody sits in front of the check. */
const CALL_TIMEOUT_MS = 60_000;

export class Service {
	private readonly address: ServiceAddress;

	constructor(address: ServiceAddress) {
		this.address = address;
	}

	async model(path: string, options: CallOptions = {}): Promise<Answer> {
		return await this.call(`${this.address.modelApiUrl}/v1${path}`, options);
	}

	async account(path: string, options: CallOptions = {}): Promise<Answer> {
		return await this.call(`${this.address.accountApiUrl}${path}`, options);
	}

	/** Whether the node would download it: from RunComfy's domains, and from the service that is asked. */
	hasFile({ host, hostname, protocol }: URL): boolean {
		const isRunComfy = protocol === 'https:' && /(^|\.)runcomfy\.(com|net)$/.test(hostname);
		return isRunComfy || host === new URL(this.address.modelApiUrl).host;
	}

	/** The head of a file, asked for without the token: the token must not leave RunComfy's API. */
	async file(url: string): Promise<Answer> {
		const response = await fetch(url, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
		const bytes = (await response.arrayBuffer()).byteLength;
		return { status: response.status, headers: response.headers, body: bytes };
	}

	private async call(url: string, { method = 'GET', body, token = this.address.token }: CallOptions): Promise<Answer> {
		const response = await fetch(url, {
			method,
			redirect: 'manual',
			headers: {
				Authorization: `Bearer ${token}`,
				...(body !== undefined && { 'Content-Type': 'application/json' }),
			},
			...(body !== undefined && { body: JSON.stringify(body) }),
			signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
		});
		const text = await response.text();
		return { status: response.status, headers: response.headers, body: parsed(text) };
	}
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

export type JsonObject = Record<string, unknown>;

export const asObject = (value: unknown): JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
