/** The photo: an address RunComfy can fetch it from, or a file that travels in the request. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { wordsOfThrown } from '../errors/RunComfyError';
import {
	ADDRESS_FAULT,
	addressUnreachable,
	FILE_FAULT,
	fileMissing,
	fileUnreadable,
	fileWrong,
} from '../errors/inputErrors';

const PRIVATE_NAME = /^(localhost|.*\.(localhost|local|internal|lan|home|corp|intranet|home\.arpa))$/;

/** Blocks that are not routed on the internet. Source: IANA's registries of special-purpose addresses. */
const PRIVATE_IPV4 =
	/^(0|10|127)\.|^169\.254\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^(22[4-9]|2[3-5]\d)\./;
const PRIVATE_IPV6 = /^\[(::1?\]|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:|::ffff:)/;

/** Whether a host can only be reached from within somebody's own network. Takes a host name as `URL` gives it. */
export function isPrivateHost(hostname: string): boolean {
	const host = hostname.toLowerCase().replace(/\.$/, '');
	if (host.startsWith('[')) return PRIVATE_IPV6.test(host);
	const isPlainName = !host.includes('.');
	return isPlainName || PRIVATE_NAME.test(host) || PRIVATE_IPV4.test(host);
}

/** The field an address stands in, as errors name it. */
export interface AddressField {
	name: string;
	/** What RunComfy fetches from there: 'image'. */
	noun: string;
	/** What to do with a file that only n8n can read. */
	wayOut: string;
}

/**
 * Checks an address as far as that is possible without fetching it. In a custom environment private addresses are
 * allowed, since the service may stand next to n8n. Throws a RunComfyError.
 */
export function checkAddress(value: unknown, { name, noun, wayOut }: AddressField, allowPrivate: boolean): string {
	const wrong = (reason: string) => addressUnreachable(name, reason, noun, wayOut);
	const text = typeof value === 'string' ? value.trim() : '';
	if (text === '') throw wrong(ADDRESS_FAULT.empty);
	if (!URL.canParse(text)) throw wrong(ADDRESS_FAULT.notAUrl);
	const url = new URL(text);
	if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong(ADDRESS_FAULT.notHttp);
	if (!allowPrivate && isPrivateHost(url.hostname)) throw wrong(ADDRESS_FAULT.private);
	return text;
}

const startsWith = (bytes: Uint8Array, at: number, signature: number[]) =>
	signature.every((byte, index) => bytes[at + index] === byte);

/** The type of an image by its content; undefined for anything but JPEG, PNG and WebP. */
export function imageTypeOf(bytes: Uint8Array): 'image/jpeg' | 'image/png' | 'image/webp' | undefined {
	if (startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return 'image/jpeg';
	if (startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png';
	const isWebp = startsWith(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes, 8, [0x57, 0x45, 0x42, 0x50]);
	return isWebp ? 'image/webp' : undefined;
}

const inMegabytes = (bytes: number) => (bytes / (1024 * 1024)).toFixed(1);

/** The field that names a file, and what is taken, as errors say it. */
export interface FileField {
	name: string;
	noun: string;
	/** A sentence with the types and the limit. */
	accepted: string;
	maxBytes: number;
}

/**
 * Reads the file of an item and checks its type and its size. Throws a RunComfyError. The bytes are read anew for the
 * submit, so that a batch of photos is never held in memory as a whole.
 */
export async function readImageFile(
	context: IExecuteFunctions,
	itemIndex: number,
	key: string,
	{ name, noun, accepted, maxBytes }: FileField,
): Promise<{ bytes: Buffer; type: string }> {
	const files = context.getInputData()[itemIndex]?.binary ?? {};
	if (!Object.hasOwn(files, key)) throw fileMissing(name, key, Object.keys(files), noun);
	const bytes = await bytesOf(context, itemIndex, key);
	if (bytes.length === 0) throw fileWrong(key, FILE_FAULT.empty, accepted);
	const type = imageTypeOf(bytes);
	if (type === undefined) throw fileWrong(key, FILE_FAULT.notAnImage, accepted);
	if (bytes.length > maxBytes) throw fileWrong(key, FILE_FAULT.tooLarge(inMegabytes(bytes.length)), accepted);
	return { bytes, type };
}

async function bytesOf(context: IExecuteFunctions, itemIndex: number, key: string): Promise<Buffer> {
	try {
		return await context.helpers.getBinaryDataBuffer(itemIndex, key);
	} catch (error) {
		throw fileUnreadable(key, wordsOfThrown(error));
	}
}

/** The file as it travels in the request. RunComfy's own ComfyUI nodes send their images in this form. */
export const asDataUri = ({ bytes, type }: { bytes: Buffer; type: string }) =>
	`data:${type};base64,${bytes.toString('base64')}`;
