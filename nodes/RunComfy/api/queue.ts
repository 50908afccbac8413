/**
 * Where a job is handed in, and where its requests live: as addresses, RunComfy's APIs differ in these two prefixes only.
 */
export interface Queue {
	/** The name for it in errors: the model's id. */
	label: string;
	submitUrl: string;
	requestsUrl: string;
}

/** A request and where it lives. */
export interface RequestRef {
	requestId: string;
	requestsUrl: string;
}

/** Where the requests of every model live. */
export const modelRequestsUrl = (modelApiUrl: string) => `${modelApiUrl}/v1/requests`;

/** The queue of one model. Its id stands in the path with its slashes as they are. */
export const modelQueue = (modelApiUrl: string, modelId: string): Queue => ({
	label: modelId,
	submitUrl: `${modelApiUrl}/v1/models/${modelId}`,
	requestsUrl: modelRequestsUrl(modelApiUrl),
});

/** The three addresses of a request: RunComfy's own are not needed and not trusted. */
export const requestUrls = ({ requestsUrl, requestId }: RequestRef) => ({
	status_url: `${requestsUrl}/${requestId}/status`,
	result_url: `${requestsUrl}/${requestId}/result`,
	cancel_url: `${requestsUrl}/${requestId}/cancel`,
});
