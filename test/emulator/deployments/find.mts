import { errorAnswer, type Answer } from '../answer.mts';
import type { ApiCall } from '../apiCall.mts';
import type { Context } from '../context.mts';
import { allowed, type Found } from '../findRequest.mts';
import type { Deployment } from './deployment.mts';
import type { Run } from './run.mts';

export const NOT_YOURS = 403003;
export const NOT_FOUND = 404001;

type FoundDeployment = { deployment: Deployment; refusal?: undefined } | { deployment?: undefined; refusal: Answer };

/** The deployment a call is about, or the refusal. */
export function findDeployment({ deploymentId = '', token, atMs }: ApiCall, { deployments }: Context): FoundDeployment {
	const deployment = deployments.of(token, atMs).get(deploymentId);
	if (deployment !== undefined) return { deployment };
	return {
		refusal: deployments.isForeign(token, deploymentId)
			? errorAnswer(403, NOT_YOURS, 'The deployment belongs to another account.')
			: errorAnswer(404, NOT_FOUND, 'There is no such deployment.'),
	};
}

/** The run a call is about: only the deployment that it was sent to knows it. */
export function findRun(call: ApiCall, context: Context): Found<Run> {
	const run = context.deployments.run(call.requestId ?? '');
	const isOfIt = run?.deployment.record.id === call.deploymentId;
	return allowed(isOfIt ? run : undefined, call, context, NOT_YOURS);
}
