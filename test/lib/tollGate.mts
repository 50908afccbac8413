/** A line between a client and a server that can be closed for a while, and then lets everything through at once. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TollGate {
	url: string;
	/** What is sent from now on stays where it is. */
	shut(): void;
	/** Whoever comes from now on is let through; who stands there already is not. */
	openToNewcomers(): void;
	open(): void;
	close(): Promise<void>;
}

/** Opens a line to a server on 127.0.0.1. */
export async function openTollGate(serverUrl: string): Promise<TollGate> {
	const port = Number(new URL(serverUrl).port);
	const clients = new Set<Socket>();
	let isShut = false;
	const server = createServer((client) => {
		clients.add(client);
		const upstream = connect(port, '127.0.0.1');
		client.pipe(upstream).pipe(client);
		if (isShut) client.unpipe(upstream);
		const end = () => {
			clients.delete(client);
			client.destroy();
			upstream.destroy();
		};
		// Whoever is through already would otherwise be heard twice.
		client.on('open', () => client.unpipe(upstream).pipe(upstream));
		client.on('shut', () => client.unpipe(upstream));
		for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const tell = (event: 'open' | 'shut') => {
		isShut = event === 'shut';
		for (const client of clients) client.emit(event);
	};
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		shut: () => tell('shut'),
		openToNewcomers: () => {
			isShut = false;
		},
		open: () => tell('open'),
		close: async () => {
			for (const client of clients) client.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
