import { type INode, NodeApiError, NodeOperationError } from 'n8n-workflow';

import { breakTriggerWords, escapeHtml } from './cleanText';
import { asRunComfyError } from './RunComfyError';

/**
 * Turns whatever was thrown into the error n8n shows. Errors that came with an answer of RunComfy's are NodeApiErrors,
 * all others NodeOperationErrors. The original is not attached: errors of n8n's HTTP helper hold the token. `details`: lines
 * that n8n shows where the error's details are opened.
 */
export function toNodeError(
	node: INode,
	thrown: unknown,
	itemIndex?: number,
	details: string[] = [],
): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
	const { message: words, description, facts } = asRunComfyError(thrown);
	// Only a request id can still hold such a word: whatever RunComfy gives out is an id.
	const message = breakTriggerWords(words);
	// n8n's editor renders a description as HTML: text that RunComfy repeats must stay text.
	const options = { message, description: escapeHtml(description), itemIndex };
	const error =
		facts.httpStatus === undefined
			? new NodeOperationError(node, message, options)
			: new NodeApiError(node, {}, { ...options, httpCode: String(facts.httpStatus) });
	error.messages.push(...details);
	return error;
}
