import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** The largest input RunComfy recommends. */
const MAX_IMAGE_BYTES = 50 * 1024 * 1024;

const FETCH_TIMEOUT_MS = 15_000;

/** Enough for a link shortener and a move to HTTPS. */
const MAX_REDIRECTS = 3;

const DATA_URI = /^data:([^,;]*)((?:;[^,;]*)*),/i;

const PRIVATE_ADDRESSES = privateAddresses();

/**
 * The bytes behind an `image` field, a URL or a data URI.
 * @throws Error worded for the failed result when there are none, they are too many, or it takes over 15 seconds.
 */
export async function loadImage(image: string, allowPrivate: boolean, stop: AbortSignal): Promise<Buffer> {
	if (/^data:/i.test(image)) return readDataUri(image);
	const signal = AbortSignal.any([stop, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
	let url = image;
	for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
		const response = await fetchOnce(url, allowPrivate, signal);
		const location = response.headers.get('location');
		if (response.status < 300 || response.status >= 400 || location === null) return readBody(response);
		await response.body?.cancel();
		url = new URL(location, url).href;
	}
	throw new Error('The image could not be fetched: too many redirects.');
}

async function fetchOnce(url: string, allowPrivate: boolean, signal: AbortSignal): Promise<Response> {
	if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
		throw new Error('The image could not be fetched: it is no http or https URL.');
	}
	if (!allowPrivate && (await isPrivate(new URL(url).hostname))) {
		throw new Error('The image could not be fetched: its host is not public.');
	}
	try {
		return await fetch(url, { redirect: 'manual', signal });
	} catch {
		throw new Error('The image could not be fetched: its host did not answer.');
	}
}

async function readBody(response: Response): Promise<Buffer> {
	if (!response.ok) {
		await response.body?.cancel();
		throw new Error(`The image could not be fetched: its host answered ${response.status}.`);
	}
	const chunks: Uint8Array[] = [];
	let size = 0;
	try {
		for await (const chunk of response.body ?? []) {
			size += chunk.length;
			// Leaving the loop closes the connection.
			if (size > MAX_IMAGE_BYTES) break;
			chunks.push(chunk);
		}
	} catch {
		throw new Error('The image could not be fetched: the transfer broke off.');
	}
	if (size > MAX_IMAGE_BYTES) throw new Error('The image is larger than 50 MB.');
	return Buffer.concat(chunks);
}

function readDataUri(uri: string): Buffer {
	const head = DATA_URI.exec(uri);
	if (head === null) throw new Error('The image is not a valid data URI.');
	const [start, , parameters] = head;
	const payload = uri.slice(start.length);
	const bytes = /;base64$/i.test(parameters) ? Buffer.from(payload, 'base64') : Buffer.from(payload, 'latin1');
	if (bytes.length > MAX_IMAGE_BYTES) throw new Error('The image is larger than 50 MB.');
	return bytes;
}

async function isPrivate(hostname: string): Promise<boolean> {
	const host = hostname.replace(/^\[|\]$/g, '');
	const addresses =
		isIP(host) > 0
			? [host]
			: await lookup(host, { all: true }).then(
					(found) => found.map(({ address }) => address),
					() => [],
				);
	return addresses.some((address) => PRIVATE_ADDRESSES.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
}

function privateAddresses(): BlockList {
	const list = new BlockList();
	const ipv4: Array<[string, number]> = [
		['0.0.0.0', 8],
		['10.0.0.0', 8],
		['100.64.0.0', 10],
		['127.0.0.0', 8],
		['169.254.0.0', 16],
		['172.16.0.0', 12],
		['192.168.0.0', 16],
	];
	for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4');
	list.addAddress('::', 'ipv6');
	list.addAddress('::1', 'ipv6');
	list.addSubnet('fc00::', 7, 'ipv6');
	list.addSubnet('fe80::', 10, 'ipv6');
	return list;
}
