/**
 * Services on the internet, played on this machine: an intercepting proxy with a certificate authority of its own hands
 * n8n's calls to the stand-in of their host. Everything else is refused and noted, as in `noWayOut.mts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadDriver } from '../lib/drivers.mts';
import type { FakeService, ServiceAnswer, ServiceRequest } from './fakeService.mts';
import { type NoWayOut, proxyEnvironment } from './noWayOut.mts';

/** The largest file that goes through the proxy here: a photo at the node's own limit, as base64. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** mockttp listens on every address of the machine; only this machine is answered. */
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** What is used of mockttp, which is not installed where types are checked. */
interface ProxiedRequest {
	method: string;
	url: string;
	headers: Record<string, string | string[] | undefined>;
	remoteIpAddress?: string;
	body: { getDecodedBuffer(): Promise<Buffer | undefined> };
}

interface ProxyAnswer {
	statusCode: number;
	headers?: Record<string, string>;
	body?: string | Buffer;
}

interface Proxy {
	readonly port: number;
	start(): Promise<void>;
	stop(): Promise<void>;
	forAnyRequest(): { thenCallback(callback: (request: ProxiedRequest) => Promise<ProxyAnswer>): Promise<unknown> };
	forAnyWebSocket(): { thenRejectConnection(status: number): Promise<unknown> };
	on(event: 'tls-client-error', listener: (failure: TlsFailure) => void): Promise<void>;
}

interface TlsFailure {
	failureCause: string;
	destination?: { hostname: string; port: number };
	tlsMetadata: { sniHostname?: string };
}

interface Mockttp {
	generateCACertificate(): Promise<{ key: string; cert: string }>;
	getLocal(options: object): Proxy;
}

/**
 * Plays `services`; everything else is refused.
 * @param folder where the certificate is written, which n8n reads at its start
 */
export async function openThirdParties(services: FakeService[], folder: string): Promise<NoWayOut> {
	const { generateCACertificate, getLocal } = await loadDriver<Mockttp>('mockttp');
	const authority = await generateCACertificate();
	const certificateFile = join(folder, 'certificate-authority.pem');
	writeFileSync(certificateFile, authority.cert);

	const refused: string[] = [];
	const proxy = getLocal({ https: authority, recordTraffic: false, maxBodySize: MAX_BODY_BYTES });
	await proxy.start();
	await proxy.on('tls-client-error', ({ failureCause, destination, tlsMetadata }) => {
		// Idle connections that a client made ahead and closes again are no call.
		if (failureCause === 'closed') return;
		refused.push(`${tlsMetadata.sniHostname ?? destination?.hostname}: ${failureCause}`);
	});
	await proxy.forAnyWebSocket().thenRejectConnection(502);
	await proxy.forAnyRequest().thenCallback(async (proxied) => {
		const url = new URL(proxied.url);
		const service = services.find(({ hosts }) => hosts.includes(url.hostname));
		if (service === undefined || !LOOPBACK.has(proxied.remoteIpAddress ?? '')) {
			refused.push(`${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`);
			return { statusCode: 502 };
		}
		const request = await read(proxied, url);
		service.requests.push(request);
		const answer = await service.answer(request);
		if (answer !== undefined) return write(answer);
		refused.push(`${request.method} ${url.hostname}${url.pathname}`);
		return { statusCode: 404 };
	});
	return {
		env: { ...proxyEnvironment(`http://127.0.0.1:${proxy.port}`), NODE_EXTRA_CA_CERTS: certificateFile },
		refused,
		close: async () => await proxy.stop(),
	};
}

async function read({ method, headers, body }: ProxiedRequest, url: URL): Promise<ServiceRequest> {
	const bytes = (await body.getDecodedBuffer()) ?? Buffer.alloc(0);
	const lowerCase = Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
	);
	return {
		method,
		host: url.hostname,
		path: url.pathname,
		query: url.searchParams,
		headers: lowerCase,
		body: parse(bytes, lowerCase['content-type'] ?? ''),
		bytes,
		atMs: Date.now(),
	};
}

function parse(bytes: Buffer, contentType: string): unknown {
	if (bytes.length === 0) return undefined;
	const text = bytes.toString('utf8');
	if (contentType.includes('json')) return JSON.parse(text);
	if (contentType.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
	return text;
}

function write({ status = 200, headers, json, body }: ServiceAnswer): ProxyAnswer {
	if (json === undefined) return { statusCode: status, headers, body };
	return {
		statusCode: status,
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(json),
	};
}
