import type { FastifyInstance } from 'fastify';

import type { Context } from '../context.mts';
import { serve } from '../serve.mts';
import * as records from './recordRoutes.mts';
import * as runs from './runRoutes.mts';

/** The calls of the Serverless API, on the account's host. */
export function addDeploymentRoutes(app: FastifyInstance, context: Context, accountPath: string): void {
	const list = `${accountPath}/deployments`;
	const one = `${list}/:deploymentId`;
	const run = `${one}/requests/:requestId`;
	app.get(list, serve(context, 'deployment', records.listDeployments));
	app.post(list, serve(context, 'deployment', records.createDeployment));
	app.get(one, serve(context, 'deployment', records.getDeployment));
	app.patch(one, serve(context, 'deployment', records.patchDeployment));
	app.delete(one, serve(context, 'deployment', records.deleteDeployment));
	app.get(`${one}/instances/:instanceId/proxy/*`, serve(context, 'deployment', records.proxy));
	app.post(`${one}/instances/:instanceId/proxy/*`, serve(context, 'deployment', records.proxy));
	app.post(`${one}/inference`, serve(context, 'submit', runs.submitRun));
	app.get(`${run}/status`, serve(context, 'status', runs.runStatus));
	app.get(`${run}/result`, serve(context, 'result', runs.runResult));
	app.post(`${run}/cancel`, serve(context, 'cancel', runs.cancelRun));
	app.get('/object_info/:deploymentId', serve(context, 'objectInfo', records.objectInfo));
	app.get('/deployment_requests/:requestId/:fileType/:fileName', serve(context, 'download', runs.runFile));
}
