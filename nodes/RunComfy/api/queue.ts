/**
 * Where a job is submitted, and where its requests live. As URLs, RunComfy's APIs differ only in these two prefixes.
 */

import type { IDataObject } from 'n8n-workflow';

export interface Queue {
	/** The name for it in errors: the model's or the deployment's. */
	label: string;
	submitUrl: string;
	requestsUrl: string;
	/** Whether it is a deployment's, and not a model's. */
	isOfDeployment?: boolean;
}

/** What is submitted. */
export interface Submission {
	queue: Queue;
	/** Whether a file travels in the body, which then takes long to arrive. */
	hasFile: boolean;
	/** What to do if that file is refused; empty where there is none. */
	fileAdvice: string;
	/** Makes the request's body; reads the file again where there is one, and may hold a whole photo. */
	makeBody(): Promise<IDataObject>;
}

/** A request and where it lives. */
export interface RequestRef {
	requestId: string;
	requestsUrl: string;
}

const modelRequestsUrl = (modelApiUrl: string) => `${modelApiUrl}/v1/requests`;

/** The queue of one model. Its id stands in the path with its slashes as they are. */
export const modelQueue = (modelApiUrl: string, modelId: string): Queue => ({
	label: modelId,
	submitUrl: `${modelApiUrl}/v1/models/${modelId}`,
	requestsUrl: modelRequestsUrl(modelApiUrl),
});

export const deploymentUrl = (accountApiUrl: string, deploymentId: string) =>
	`${accountApiUrl}/deployments/${deploymentId}`;

const deploymentRequestsUrl = (accountApiUrl: string, deploymentId: string) =>
	`${deploymentUrl(accountApiUrl, deploymentId)}/requests`;

/** The credential's two hosts, see `Connection`. */
export interface ApiHosts {
	modelApiUrl: string;
	accountApiUrl: string;
}

/** Where the requests of a deployment live, and only there, or those of every model where none is given. */
export const requestsUrlOf = ({ modelApiUrl, accountApiUrl }: ApiHosts, deploymentId?: string): string =>
	deploymentId === undefined ? modelRequestsUrl(modelApiUrl) : deploymentRequestsUrl(accountApiUrl, deploymentId);

/** What RunComfy calls when a run ends. */
export interface Webhook {
	url: string;
	/** Whether it is also called for the states before the end. */
	intermediate: boolean;
}

/** The queue of one deployment. */
export function deploymentQueue(accountApiUrl: string, deploymentId: string, label: string, webhook?: Webhook): Queue {
	const query =
		webhook === undefined
			? ''
			: `?webhook=${encodeURIComponent(webhook.url)}${webhook.intermediate ? '&webhook_intermediate_status=true' : ''}`;
	return {
		label,
		submitUrl: `${deploymentUrl(accountApiUrl, deploymentId)}/inference${query}`,
		requestsUrl: deploymentRequestsUrl(accountApiUrl, deploymentId),
		isOfDeployment: true,
	};
}

/** The deployment whose request it is; undefined for a model's. */
export const deploymentIdOf = ({ requestsUrl }: Pick<RequestRef, 'requestsUrl'>): string | undefined =>
	/\/deployments\/([^/]+)\/requests$/.exec(requestsUrl)?.[1];

/** The three URLs of a request. Those in RunComfy's answers are not needed and not trusted. */
export const requestUrls = ({ requestsUrl, requestId }: RequestRef) => ({
	status_url: `${requestsUrl}/${requestId}/status`,
	result_url: `${requestsUrl}/${requestId}/result`,
	cancel_url: `${requestsUrl}/${requestId}/cancel`,
});
