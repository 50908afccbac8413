import { type INode, NodeApiError, NodeOperationError } from 'n8n-workflow';

import { withoutTriggerWords } from './foreignText';
import { asRunComfyError } from './RunComfyError';

/**
 * Turns whatever was thrown into the error n8n shows. Errors that came with an answer of RunComfy's are NodeApiErrors,
 * all others NodeOperationErrors. The original is not attached: errors of n8n's HTTP helper hold the token.
 */
export function toNodeError(node: INode, thrown: unknown, itemIndex?: number): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
	const { message: words, description, facts } = asRunComfyError(thrown);
	// Only a request id can still hold such a word: whatever RunComfy gives out is an id.
	const message = withoutTriggerWords(words);
	const options = { message, description, itemIndex };
	if (facts.httpStatus === undefined) return new NodeOperationError(node, message, options);
	return new NodeApiError(node, {}, { ...options, httpCode: String(facts.httpStatus) });
}
