import type { AxiosResponse } from 'axios';

import { DEPLOYMENT_IDS, type EmulatorOptions, type Switches } from '../emulator.mts';
import { useEmulator, type Service } from '../useEmulator.mts';

export const LIST = '/prod/v2/deployments';

export const { flux: FLUX } = DEPLOYMENT_IDS;

/** The calls that tests of deployments make. */
interface Deployments {
	service: Service;
	/** A call about one deployment; its path goes on from there. */
	get(path: string, id?: string): Promise<AxiosResponse>;
	submit(body?: unknown, id?: string, query?: string): Promise<AxiosResponse>;
	/** Submits and gives the new run's id. */
	run(body?: unknown, id?: string, query?: string): Promise<string>;
	patch(body: unknown, id?: string): Promise<AxiosResponse>;
	status(run: string, id?: string): Promise<AxiosResponse>;
	result(run: string, id?: string): Promise<AxiosResponse>;
	cancel(run: string, id?: string): Promise<AxiosResponse>;
	set(switches: Partial<Switches>): void;
	balance(): Promise<number>;
}

export function useDeployments(options: EmulatorOptions = {}): Deployments {
	const service = useEmulator(options);
	const deployments: Deployments = {
		service,
		get: (path, id = FLUX) => service.client.get(`${LIST}/${id}${path}`),
		submit: (body = { overrides: {} }, id = FLUX, query = '') =>
			service.client.post(`${LIST}/${id}/inference${query}`, body),
		run: async (body, id, query) => {
			const { status, data } = await deployments.submit(body, id, query);
			expect([status, data.detail]).toEqual([200, undefined]);
			return data.request_id;
		},
		patch: (body, id = FLUX) => service.client.patch(`${LIST}/${id}`, body),
		status: (run, id) => deployments.get(`/requests/${run}/status`, id),
		result: (run, id) => deployments.get(`/requests/${run}/result`, id),
		cancel: (run, id = FLUX) => service.client.post(`${LIST}/${id}/requests/${run}/cancel`),
		set: (switches) => service.emulator.set(switches),
		balance: async () => (await service.client.get('/prod/v2/balance')).data.balance_usd,
	};
	return deployments;
}
