/** n8n's internal REST interface, as its editor uses it, and its public API. */
import { randomUUID } from 'node:crypto';

import type { Workflow } from './workflow.mts';
import { until } from '../lib/until.mts';

/** The only user of every n8n here. */
export const OWNER = { email: 'owner@example.com', password: 'Only-for-tests-1', firstName: 'Test', lastName: 'Owner' };

interface NodeRunData {
	error?: { message: string; description?: string };
	data?: { main?: Array<Array<{ json: Record<string, unknown>; binary?: Record<string, unknown> }> | null> };
}

/** An execution as the public API gives it. */
export interface Execution {
	id: string;
	status: string;
	mode: string;
	retryOf: string | null;
	data?: { resultData: { runData: Record<string, NodeRunData[]>; error?: { message: string; description?: string } } };
}

const UNFINISHED = new Set(['new', 'running', 'waiting', 'unknown']);

/** The output items of a node's run. */
export function itemsOf(execution: Execution, node: string, { run = 0, branch = 0 } = {}) {
	return execution.data?.resultData.runData[node]?.[run]?.data?.main?.[branch] ?? [];
}

/** Without it n8n stores null, and in its editor the second Execute step of such a workflow fails. */
const NO_PINS = { pinData: {} };

export class N8nRest {
	readonly url: string;
	readonly browserId = randomUUID();
	cookie = '';
	#apiKey = '';

	constructor(url: string) {
		this.url = url;
	}

	/** @throws Error with n8n's answer unless it is a good one */
	async call<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}${path}`, {
			method,
			headers: {
				'browser-id': this.browserId,
				...(this.cookie && { cookie: this.cookie }),
				...(this.#apiKey && path.startsWith('/api/') && { 'X-N8N-API-KEY': this.#apiKey }),
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		const cookie = response.headers.getSetCookie().find((one) => one.startsWith('n8n-auth='));
		if (cookie !== undefined) this.cookie = cookie.split(';')[0];
		if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
		const answer = text === '' ? undefined : JSON.parse(text);
		return path.startsWith('/rest/') ? answer?.data : answer;
	}

	/** Makes the owner of a brand-new n8n, or logs in, and gets a key for the public API. */
	async signIn(): Promise<void> {
		const settings = await this.call<{ userManagement: { showSetupOnFirstLoad: boolean } }>('GET', '/rest/settings');
		if (settings.userManagement.showSetupOnFirstLoad) {
			await this.call('POST', '/rest/owner/setup', OWNER);
		} else {
			await this.call('POST', '/rest/login', { emailOrLdapLoginId: OWNER.email, password: OWNER.password });
		}
		const scopes = await this.call<string[]>('GET', '/rest/api-keys/scopes');
		const key = await this.call<{ rawApiKey: string }>('POST', '/rest/api-keys', {
			label: `tests ${Date.now()}`,
			expiresAt: null,
			scopes,
		});
		this.#apiKey = key.rawApiKey;
	}

	/** The cookie of a login that n8n does not tie to one browser. */
	async cookieForAnyBrowser(): Promise<string> {
		const response = await fetch(`${this.url}/rest/login`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ emailOrLdapLoginId: OWNER.email, password: OWNER.password }),
		});
		const cookie = response.headers.getSetCookie().find((one) => one.startsWith('n8n-auth='));
		if (cookie === undefined) throw new Error(`Login answered ${response.status}: ${await response.text()}`);
		return cookie.split(';')[0];
	}

	async createCredential(name: string, type: string, data: object): Promise<{ id: string; name: string }> {
		const { id } = await this.call<{ id: string }>('POST', '/rest/credentials', { name, type, data });
		return { id, name };
	}

	/** What the credential dialog says after a save. n8n tests saved credentials; older versions no others. */
	async testCredential(type: string, data: object): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const saved = await this.createCredential(`tested ${Date.now()}`, type, data);
		return await this.call('POST', '/rest/credentials/test', { credentials: { ...saved, type, data } });
	}

	async createWorkflow(workflow: Workflow): Promise<string> {
		const { id } = await this.call<{ id: string }>('POST', '/rest/workflows', {
			...NO_PINS,
			...workflow,
			active: false,
		});
		return id;
	}

	/** Makes a workflow listen to its triggers; returns when it does. */
	async activate(id: string): Promise<void> {
		const { versionId } = await this.call<{ versionId: string }>('GET', `/rest/workflows/${id}`);
		try {
			await this.call('POST', `/rest/workflows/${id}/activate`, { versionId });
		} catch (error) {
			if (!String(error).includes('answered 404')) throw error;
			// n8n 1: a field of the workflow.
			await this.call('PATCH', `/rest/workflows/${id}`, { active: true, versionId });
			return;
		}
		await until(`workflow ${id} to be published`, async () => {
			try {
				const status = await this.call<{ status: string }>('GET', `/rest/workflows/${id}/publication-status`);
				return status.status === 'published';
			} catch (error) {
				// Older n8n 2: published when the call above has answered.
				if (String(error).includes('answered 404')) return true;
				throw error;
			}
		});
	}

	async deactivate(id: string): Promise<void> {
		await this.call('POST', `/api/v1/workflows/${id}/deactivate`);
	}

	/**
	 * Sets a workflow going from one of its triggers, as the editor does; gives the execution's id.
	 * @param items what the trigger gives, for one that does not make them by itself, such as a chat
	 */
	async run(id: string, trigger: string, items?: object[]): Promise<string> {
		const data = items && {
			startTime: 0,
			executionTime: 0,
			executionIndex: 0,
			source: [],
			data: { main: [items.map((json) => ({ json }))] },
		};
		const workflowData = await this.call<object>('GET', `/rest/workflows/${id}`);
		const { executionId } = await this.call<{ executionId: string }>('POST', `/rest/workflows/${id}/run`, {
			workflowData,
			triggerToStartFrom: { name: trigger, data },
			startNodes: [],
		});
		return executionId;
	}

	/** Calls a production webhook and gives its answer. */
	async webhook(path: string, body: unknown = {}): Promise<{ status: number; body: unknown }> {
		const response = await fetch(`${this.url}/webhook/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		try {
			return { status: response.status, body: JSON.parse(text) };
		} catch {
			return { status: response.status, body: text };
		}
	}

	async stop(executionId: string): Promise<void> {
		await this.call('POST', `/rest/executions/${executionId}/stop`);
	}

	/** The button "Retry with original workflow"; gives the new execution's id. */
	async retry(executionId: string): Promise<string> {
		const before = await this.executions();
		await this.call('POST', `/rest/executions/${executionId}/retry`, { loadWorkflow: false });
		return await until('the execution of the retry', async () => {
			const known = new Set(before.map(({ id }) => id));
			return (await this.executions()).find(({ id, retryOf }) => !known.has(id) && retryOf === executionId)?.id;
		});
	}

	/** One execution with its data, from the public API. */
	async execution(id: string): Promise<Execution> {
		return await this.call('GET', `/api/v1/executions/${id}?includeData=true`);
	}

	/** Newest first, without data. */
	async executions(workflowId?: string): Promise<Execution[]> {
		const filter = workflowId === undefined ? '' : `&workflowId=${workflowId}`;
		const page = await this.call<{ data: Execution[] }>('GET', `/api/v1/executions?limit=250${filter}`);
		return page.data.map((execution) => ({ ...execution, id: String(execution.id) }));
	}

	/** Waits until an execution has ended in whatever way. */
	async untilEnded(id: string, timeoutMs = 60_000): Promise<Execution> {
		return await until(
			`execution ${id} to end`,
			async () => {
				const execution = await this.execution(id);
				return UNFINISHED.has(execution.status) ? undefined : execution;
			},
			timeoutMs,
		);
	}
}
