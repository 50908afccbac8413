import { performance } from 'node:perf_hooks';

import { jest } from '@jest/globals';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';

import {
	REPLACE_BACKGROUND_ID,
	startEmulator,
	type Emulator,
	type EmulatorOptions,
	type Switches,
} from './emulator.mts';

/** Times of a request in these tests: short, and clear of the clock's grain. */
export const QUEUE_MS = 150;
export const RUN_MS = 40;

export const INPUT = { image: 'https://shop.example/shoe.png', prompt: 'on a marble table' };

export const MODEL_PATH = `/v1/models/${REPLACE_BACKGROUND_ID}`;

/** An emulator and the calls that its tests make. */
export class Service {
	emulator!: Emulator;
	/** Has the good token. */
	client!: AxiosInstance;

	async start(options: EmulatorOptions): Promise<void> {
		this.emulator = await startEmulator({ queueMs: QUEUE_MS, runMs: RUN_MS, spreadMs: 0, seed: 7, ...options });
		this.client = this.clientFor(this.emulator.token);
	}

	clientFor(token?: string): AxiosInstance {
		return clientFor(token, this.emulator);
	}

	/** Submits and gives the new id. */
	async submit(input: Record<string, unknown> = INPUT, modelId = REPLACE_BACKGROUND_ID): Promise<string> {
		const { status, data } = await this.client.post(`/v1/models/${modelId}`, input);
		expect([status, data.detail]).toEqual([200, undefined]);
		return data.request_id;
	}

	/** Submits a job that is finished at once, with these switches, and gives its id. */
	async submitDone(
		switches: Partial<Switches> = {},
		input?: Record<string, unknown>,
		modelId?: string,
	): Promise<string> {
		this.emulator.set({ queueMs: 0, runMs: 0, ...switches });
		return await this.submit(input, modelId);
	}

	statusOf(id: string): Promise<AxiosResponse> {
		return this.client.get(`/v1/requests/${id}/status`);
	}

	resultOf(id: string): Promise<AxiosResponse> {
		return this.client.get(`/v1/requests/${id}/result?include_cost=true`);
	}

	cancel(id: string): Promise<AxiosResponse> {
		return this.client.post(`/v1/requests/${id}/cancel`);
	}

	/** A file, as bytes, without a token. */
	download(url: string): Promise<AxiosResponse<Buffer>> {
		return this.clientFor().get(url, { responseType: 'arraybuffer' });
	}
}

/** One emulator for a test file, as new for each test. */
export function useEmulator(options: EmulatorOptions = {}): Service {
	const service = new Service();
	beforeAll(() => service.start(options));
	afterEach(() => {
		jest.restoreAllMocks();
		service.emulator.reset();
	});
	afterAll(() => service.emulator.close());
	return service;
}

export function clientFor(token: string | undefined, of: Emulator): AxiosInstance {
	return axios.create({
		baseURL: of.modelApiUrl,
		headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
		validateStatus: () => true,
		maxRedirects: 0,
		timeout: 20_000,
	});
}

/** A clock that moves only where a test moves it: then no state passes unseen on a busy machine. */
export interface HandClock {
	passMs(ms: number): void;
}

/** Holds the emulator's clock, and this process's `performance.now`, until the end of the test. */
export function holdClock(): HandClock {
	let atMs = performance.now();
	jest.spyOn(performance, 'now').mockImplementation(() => atMs);
	return { passMs: (ms) => void (atMs += ms) };
}
