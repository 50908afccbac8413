import { detailAnswer, errorAnswer } from '../answer.mts';
import { parseObject } from '../apiCall.mts';
import { balanceUsdOf } from '../balances.mts';
import { findModel } from '../catalogue/catalogue.mts';
import { requestUrls } from '../links.mts';
import { inputProblems } from '../modelInput.mts';
import { sizeBy } from '../catalogueSwitches.mts';
import type { Effect } from '../serve.mts';

const UNKNOWN_MODEL = 400001;
const NO_BALANCE = 400002;

/**
 * POST /v1/models/{model_id}: the paid call. Everything is checked before the balance, as nothing may be charged
 * for a bad input.
 */
export const submit: Effect = (call, context) => {
	const { switches } = context;
	const model = findModel(call.modelId, sizeBy(switches));
	if (model === undefined) {
		return errorAnswer(Number(switches.take('unknownModel')), UNKNOWN_MODEL, 'There is no such model.');
	}
	const input = parseObject(call.body);
	if (input === undefined) {
		return detailAnswer(422, [{ loc: ['body'], msg: 'Input should be a JSON object', type: 'json_invalid' }]);
	}
	const problems = inputProblems(model, input, switches.take('validation'), call.validate);
	if (problems.length > 0) return detailAnswer(422, problems);
	if (balanceUsdOf(call.token, context, call.atMs) <= 0) {
		return errorAnswer(Number(switches.take('noBalance')), NO_BALANCE, 'The account has no balance left.');
	}
	const life = switches.takeForLife();
	const request = context.requests.accept(call.token, model, input, life, call.atMs);
	call.requestId = request.id;
	context.bodies.put(request.id, call.body);
	context.pictures?.begin(request, input);
	context.counts.accepted(call.token, request, call.atMs);
	context.modelCounts.accepted(model.model_id);
	const { status_url, result_url, cancel_url } = requestUrls(request, context.baseUrl);
	const isPlain = switches.take('submitAnswer') === '200';
	return {
		status: isPlain ? 200 : 202,
		body: { request_id: request.id, ...(isPlain ? {} : { status: 'in_queue' }), status_url, result_url, cancel_url },
	};
};
