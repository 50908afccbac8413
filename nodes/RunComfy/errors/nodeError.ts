import { type INode, NodeApiError, NodeOperationError } from 'n8n-workflow';

import { asRunComfyError } from './RunComfyError';

/**
 * Turns whatever was thrown into the error n8n shows. Errors that came with an answer of RunComfy's are NodeApiErrors,
 * all others NodeOperationErrors. The original is not attached: errors of n8n's HTTP helper hold the token.
 */
export function toNodeError(node: INode, thrown: unknown, itemIndex?: number): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
	const { message, description, facts } = asRunComfyError(thrown);
	const options = { message, description, itemIndex };
	if (facts.httpStatus === undefined) return new NodeOperationError(node, message, options);
	return new NodeApiError(node, {}, { ...options, httpCode: String(facts.httpStatus) });
}
