/** The photo: an address RunComfy can fetch it from, or a file that travels in the request. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { wordsOfThrown } from '../errors/RunComfyError';
import * as wording from '../errors/wording';

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

/**
 * Checks 'Image URL' as far as that is possible without fetching it. In a custom environment private addresses are
 * allowed, since the service may stand next to n8n. Throws a RunComfyError.
 */
export function checkImageUrl(value: unknown, allowPrivate: boolean): string {
	const text = typeof value === 'string' ? value.trim() : '';
	if (text === '') throw wording.imageUrlUnreachable('it is empty');
	if (!URL.canParse(text)) throw wording.imageUrlUnreachable('it is not a URL');
	const url = new URL(text);
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw wording.imageUrlUnreachable('it does not start with http:// or https://');
	}
	if (!allowPrivate && isPrivateHost(url.hostname)) {
		throw wording.imageUrlUnreachable('it points into a private network');
	}
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

const inMegabytes = (bytes: number) => `${(bytes / (1024 * 1024)).toFixed(1)} MB`;

/**
 * Reads the file of an item and checks its type and its size in bytes. Throws a RunComfyError. The bytes are read anew for the
 * submit, so that a batch of photos is never held in memory as a whole.
 */
export async function readImageFile(
	context: IExecuteFunctions,
	itemIndex: number,
	fieldName: string,
	maxBytes: number,
): Promise<{ bytes: Buffer; type: string }> {
	const files = context.getInputData()[itemIndex]?.binary ?? {};
	if (!Object.hasOwn(files, fieldName)) throw wording.imageFileMissing(fieldName, Object.keys(files));
	const bytes = await bytesOf(context, itemIndex, fieldName);
	if (bytes.length === 0) throw wording.imageFileWrong(fieldName, 'is empty');
	const type = imageTypeOf(bytes);
	if (type === undefined) throw wording.imageFileWrong(fieldName, 'is not a JPEG, PNG or WebP image');
	if (bytes.length > maxBytes) {
		throw wording.imageFileWrong(fieldName, `is too large: ${inMegabytes(bytes.length)}`);
	}
	return { bytes, type };
}

async function bytesOf(context: IExecuteFunctions, itemIndex: number, fieldName: string): Promise<Buffer> {
	try {
		return await context.helpers.getBinaryDataBuffer(itemIndex, fieldName);
	} catch (error) {
		throw wording.imageFileUnreadable(fieldName, wordsOfThrown(error));
	}
}

/** The file as it travels in the request. RunComfy's own ComfyUI nodes send their images in this form. */
export const asDataUri = ({ bytes, type }: { bytes: Buffer; type: string }) =>
	`data:${type};base64,${bytes.toString('base64')}`;
