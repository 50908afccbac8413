/** A local stand-in for a language model: it calls a tool it is offered, then repeats what the tool said. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Message {
	role: string;
	content: unknown;
}

interface ToolOffer {
	name: string;
	description: string;
	parameters: { properties: Record<string, unknown> };
}

interface ChatRequest {
	messages: Message[];
	tools?: Array<{ function: ToolOffer }>;
	stream?: boolean;
}

export interface FakeModel {
	/** Base URL for an OpenAI credential. */
	readonly url: string;
	/** Everything the model was told, call by call. */
	readonly requests: ChatRequest[];
	/** The arguments of the tool calls it makes in its first answer. */
	calls: Array<Record<string, unknown>>;
	/** The tool it calls: the first one it is offered, unless named. */
	tool?: string;
	close(): Promise<void>;
}

export async function startFakeModel(): Promise<FakeModel> {
	const requests: ChatRequest[] = [];
	const server = createServer((request, response) => {
		let text = '';
		request.on('data', (chunk: Buffer) => {
			text += chunk;
		});
		request.on('end', () => {
			if (!request.url?.endsWith('/chat/completions')) return response.writeHead(404).end('{}');
			const body = JSON.parse(text) as ChatRequest;
			requests.push(body);
			return answer(response, body, nextMessage(body, model));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const model: FakeModel = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		requests,
		calls: [],
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return model;
}

function nextMessage({ messages, tools = [] }: ChatRequest, { calls, tool }: FakeModel) {
	const named = tools.find(({ function: { name } }) => name === tool) ?? tools[0];
	const told = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
	if (told.length > 0) return { role: 'assistant', content: `The tool said: ${told.join(' and ')}` };
	return {
		role: 'assistant',
		content: null,
		tool_calls: calls.map((args, index) => ({
			index,
			id: `call_${Date.now()}_${index}`,
			type: 'function',
			function: { name: named.function.name, arguments: JSON.stringify(args) },
		})),
	};
}

function answer(response: ServerResponse, { stream }: ChatRequest, message: { tool_calls?: unknown[] }): void {
	const common = { id: 'chatcmpl-1', created: 1, model: 'stand-in' };
	const finish_reason = message.tool_calls === undefined ? 'stop' : 'tool_calls';
	const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
	if (stream === true) {
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		const choices = [
			{ index: 0, delta: message, finish_reason: null },
			{ index: 0, delta: {}, finish_reason },
		];
		for (const choice of choices) {
			const chunk = { ...common, object: 'chat.completion.chunk', choices: [choice] };
			response.write(`data: ${JSON.stringify(chunk)}\n\n`);
		}
		response.end('data: [DONE]\n\n');
		return;
	}
	const choices = [{ index: 0, message, finish_reason }];
	response.writeHead(200, { 'content-type': 'application/json' });
	response.end(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }));
}
