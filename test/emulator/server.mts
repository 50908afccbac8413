import fastify, { type FastifyError, type FastifyInstance } from 'fastify';

import { bearerToken } from './accounts.mts';
import { nowMs } from './clock.mts';
import type { Context } from './context.mts';
import * as records from './deployments/recordRoutes.mts';
import * as runs from './deployments/runRoutes.mts';
import { balance, cancel, result, status, submit } from './routes/requests.mts';
import { file } from './routes/files.mts';
import { categories, model, models } from './routes/models.mts';
import { serve } from './serve.mts';

/** The largest body RunComfy's own clients send. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

/** The router's own limit, 100, would hide long ids from the calls that must refuse them. */
const MAX_PARAM_CHARS = 4_000;

/** Of the account's host, which is another one at RunComfy. */
export const ACCOUNT_PATH = '/prod/v2';

/** A server that takes bodies of any kind as text. */
export function createServer(): FastifyInstance {
	const app = fastify({
		logger: false,
		bodyLimit: BODY_LIMIT_BYTES,
		forceCloseConnections: true,
		routerOptions: { maxParamLength: MAX_PARAM_CHARS },
		// A value must fit the schema as it was sent, and every fault of it is told. An input may be called toString.
		ajv: {
			customOptions: {
				allErrors: true,
				coerceTypes: false,
				ownProperties: true,
				removeAdditional: false,
				strict: false,
				useDefaults: false,
			},
		},
	});
	// Bodies are read as text whatever their type: bad JSON is the routes' affair, and cancels come with no body at all.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
	app.setErrorHandler((error: FastifyError, _request, reply) =>
		reply.code(error.statusCode ?? 500).send({ error_message: error.message }),
	);
	return app;
}

/** The calls of RunComfy's API, and the 404 for all others. */
export function addApiRoutes(app: FastifyInstance, context: Context): void {
	app.get('/v1/models', serve(context, 'model', models));
	app.get('/v1/models/categories', serve(context, 'model', categories));
	app.get('/v1/models/*', serve(context, 'model', model));
	app.post('/v1/models/*', serve(context, 'submit', submit));
	app.get('/v1/requests/:requestId/status', serve(context, 'status', status));
	app.get('/v1/requests/:requestId/result', serve(context, 'result', result));
	app.post('/v1/requests/:requestId/cancel', serve(context, 'cancel', cancel));
	app.get(`${ACCOUNT_PATH}/balance`, serve(context, 'balance', balance));
	const list = `${ACCOUNT_PATH}/deployments`;
	const one = `${list}/:deploymentId`;
	const run = `${one}/requests/:requestId`;
	app.get(list, serve(context, 'deployment', records.listDeployments));
	app.get(one, serve(context, 'deployment', records.getDeployment));
	app.patch(one, serve(context, 'deployment', records.patchDeployment));
	app.post(`${one}/inference`, serve(context, 'submit', runs.submitRun));
	app.get(`${run}/status`, serve(context, 'status', runs.runStatus));
	app.get(`${run}/result`, serve(context, 'result', runs.runResult));
	app.post(`${run}/cancel`, serve(context, 'cancel', runs.cancelRun));
	app.get('/object_info/:deploymentId', serve(context, 'objectInfo', records.objectInfo));
	app.get('/deployment_requests/:requestId/:fileType/:fileName', serve(context, 'download', runs.runFile));
	app.get('/files/:requestId/:fileName', serve(context, 'download', file));
	app.setNotFoundHandler((request, reply) => {
		const token = bearerToken(request.headers.authorization);
		const tokenOk = context.accounts.knows(token);
		const atMs = nowMs();
		context.counts.received(token, 'other', tokenOk, atMs);
		context.calls.add({
			atMs,
			phase: 'other',
			method: request.method,
			path: request.url.split('?', 1)[0],
			tokenOk,
			authorizationPresent: request.headers.authorization !== undefined,
			status: 404,
		});
		return reply.code(404).send({ detail: 'Not Found' });
	});
}
