/**
 * Where n8n's calls to the outside end: a proxy on 127.0.0.1 that refuses everything and notes the host. It proves that
 * a run calls nobody but the emulator, which is reached without a proxy.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface NoWayOut {
	/** For the processes that must not get out. */
	readonly env: Record<string, string>;
	/** host:port of every call refused so far. */
	readonly refused: string[];
	close(): Promise<void>;
}

export async function openNoWayOut(): Promise<NoWayOut> {
	const refused: string[] = [];
	const server = createServer((request, response) => {
		refused.push(request.url ?? '');
		response.writeHead(502).end();
	});
	server.on('connect', (request, socket) => {
		refused.push(request.url ?? '');
		socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const exceptions = '127.0.0.1,localhost';
	return {
		env: {
			HTTP_PROXY: proxy,
			HTTPS_PROXY: proxy,
			http_proxy: proxy,
			https_proxy: proxy,
			NO_PROXY: exceptions,
			no_proxy: exceptions,
		},
		refused,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
