import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LocalServer {
	url: string;
	/** Every request that arrived, in order. */
	requests: IncomingMessage[];
	close(): Promise<void>;
}

/** A server on 127.0.0.1 that remembers what reached it. */
export async function startLocalServer(
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
	const requests: IncomingMessage[] = [];
	const server: Server = createServer((request, response) => {
		requests.push(request);
		answer(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		requests,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
