import type { StoredRequest } from './requests.mts';

/** The URLs RunComfy puts into its answers. A switch may point them elsewhere, to see who follows them. */
export function requestUrls(
	{ id, life }: StoredRequest,
	ownBase: string,
): { status_url: string; result_url: string; cancel_url: string } {
	const start = `${life.urlBase || ownBase}/v1/requests/${id}`;
	return { status_url: `${start}/status`, result_url: `${start}/result`, cancel_url: `${start}/cancel` };
}
