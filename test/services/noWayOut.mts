/**
 * Where n8n's calls to the outside end: a proxy on 127.0.0.1 that refuses everything and notes the host. It proves that
 * a run calls nobody but the emulator, which is reached without a proxy.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** n8n asks its makers for a list of servers, whatever is switched off. */
const N8N_ITSELF = 'api.n8n.io:443';

export interface NoWayOut {
	/** For the processes that must not get out. */
	readonly env: Record<string, string>;
	/** host:port of every call refused so far; of a service that is played, the method and address that it does not have. */
	readonly refused: string[];
	close(): Promise<void>;
}

/** What was refused, but for n8n's own calls to its makers: a good run has nothing here. */
export const strangers = ({ refused }: NoWayOut) => refused.filter((host) => host !== N8N_ITSELF);

/** What makes a process use `proxy` for everything but this machine. */
export function proxyEnvironment(proxy: string): Record<string, string> {
	const exceptions = '127.0.0.1,localhost';
	return {
		HTTP_PROXY: proxy,
		HTTPS_PROXY: proxy,
		http_proxy: proxy,
		https_proxy: proxy,
		NO_PROXY: exceptions,
		no_proxy: exceptions,
	};
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
	return {
		env: proxyEnvironment(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
		refused,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
