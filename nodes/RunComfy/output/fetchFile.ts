/** One attempt to fetch a file: from where RunComfy keeps its files, streamed, whatever kind of file it is. */

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { headerOf } from '../api/answers';
import { type Connection, isFileAddressAllowed } from '../api/connection';
import { type FileAnswer, type FileStream, openFile } from '../api/transport';
import * as reasons from '../errors/reasons';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import { openBody, watch } from './fileBody';
import { extensionAt } from './fileName';
import { fileTypeOf, isPage, isTextType, TELLING_BYTES } from './fileType';

interface FetchPolicy {
	maxBytes: number;
	maxRedirects: number;
	idleMs: number;
}

export interface Fetching {
	context: IExecuteFunctions;
	connection: Connection;
	policies: { download: FetchPolicy };
	gates: { fileChunks: Gate };
	clock: Clock;
}

/** A file to be fetched. */
interface FileToFetch {
	url: string;
	/** Whether it is an image, a video or audio, by what is known of it. */
	isMedia: boolean;
	/** What it shall be called, by its type and the extension it has at its address. */
	nameFor(mimeType: string, ownExtension: string): string;
}

/** A reason that another attempt cannot mend. */
export class Refusal extends Error {}

/** Nothing came any more. */
export class Stall extends Error {}

/** An answer, and the address it came from in the end. */
interface Opened {
	address: URL;
	answer: FileAnswer;
}

/** Follows redirects only as long as they stay on allowed hosts. */
async function open({ context, connection, policies }: Fetching, url: string, signal: AbortSignal): Promise<Opened> {
	let address = new URL(url);
	for (let redirects = 0; redirects <= policies.download.maxRedirects; redirects += 1) {
		if (!isFileAddressAllowed(address, connection)) {
			throw new Refusal(reasons.fileElsewhere(address.host));
		}
		const answer = await openFile(context, address.href, signal);
		const location = headerOf(answer.headers, 'location');
		if (answer.httpStatus < 300 || answer.httpStatus >= 400 || !URL.canParse(location, address.href)) {
			return { address, answer };
		}
		answer.stream.destroy();
		address = new URL(location, address.href);
	}
	throw new Refusal(reasons.FILE_REDIRECTED_TOO_OFTEN);
}

/** Statuses that may be others in a moment; a new file may be unknown or locked (404, 403) until it is everywhere. */
const PASSING = [403, 404, 408, 425, 429];

/** The file's length as the server declares it; NaN where it does not. */
const declaredLength = (answer: FileAnswer): number => Number.parseInt(headerOf(answer.headers, 'content-length'), 10);

function checkStatus({ httpStatus }: FileAnswer): void {
	if (httpStatus === 200) return;
	const reason = reasons.fileRefused(httpStatus);
	throw httpStatus >= 500 || PASSING.includes(httpStatus) ? new Error(reason) : new Refusal(reason);
}

/** The type of a file that may be delivered; throws what is wrong with one that may not. */
function typeOfDownload(answer: FileAnswer, start: Buffer, isMedia: boolean, extension: string): string {
	const declared = headerOf(answer.headers, 'content-type').split(';')[0].trim().toLowerCase();
	if (start.length === 0) throw new Error(reasons.FILE_EMPTY);
	if (isPage(start) && (isMedia || !/^html?$/.test(extension))) throw new Refusal(reasons.FILE_IS_PAGE);
	const mimeType = fileTypeOf(start, declared, extension);
	if (isMedia && isTextType(mimeType)) throw new Refusal(reasons.fileIsText(mimeType));
	return mimeType;
}

/**
 * Fetches one file into n8n's storage, once, as fast as that takes it. Throws a Refusal where another attempt cannot mend it, a
 * Stall where nothing came any more, and other errors for what may pass.
 */
export async function fetchFile(
	fetching: Fetching,
	{ url, isMedia, nameFor }: FileToFetch,
	signal: AbortSignal,
): Promise<IBinaryData> {
	const { context, policies, gates, clock } = fetching;
	const { maxBytes, idleMs } = policies.download;
	const call = new AbortController();
	const streams: FileStream[] = [];
	let arrivedBytes = 0;
	let giveUp: (reason: Error) => void = () => {};
	// n8n's storage may wait for a body that was given up.
	const givenUp = new Promise<never>((_resolve, reject) => {
		giveUp = (reason) => {
			reject(reason);
			call.abort();
			for (const stream of streams) stream.destroy(reason);
		};
	});
	const outOfTime = () => giveUp(new Error(reasons.FILE_TOOK_TOO_LONG));
	signal.addEventListener('abort', outOfTime, { once: true });
	const unwatch = watch(
		clock,
		() => arrivedBytes,
		idleMs,
		() => giveUp(new Stall(reasons.FILE_STALLED)),
	);
	const checkSize = (bytes: number) => {
		if (bytes > maxBytes) giveUp(new Refusal(reasons.downloadTooLarge(maxBytes)));
	};
	const hold = (stream: FileStream) => {
		streams.push(stream);
		// n8n's storage may have stopped to listen when it ends in an error, and one without a listener ends the process.
		stream.on('error', () => {});
	};
	const transfer = async (): Promise<IBinaryData> => {
		const { address, answer } = await open(fetching, url, call.signal);
		const { stream } = answer;
		hold(stream);
		if (call.signal.aborted) stream.destroy();
		checkStatus(answer);
		checkSize(declaredLength(answer));
		const onBytes = (bytes: number) => checkSize((arrivedBytes = bytes));
		const { start, whole } = await openBody(stream, TELLING_BYTES, gates.fileChunks, onBytes);
		// A redirect may lead to an address without a name.
		const extension = extensionAt(address) || extensionAt(new URL(url));
		const mimeType = typeOfDownload(answer, start, isMedia, extension);
		// It asks for a chunk only when it is asked for one: the connection waits, and nothing is held here.
		const body = stream.constructor.from(whole, { highWaterMark: 0 });
		hold(body);
		const file = await context.helpers.prepareBinaryData(
			body as unknown as Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
			nameFor(mimeType, extension),
			mimeType,
		);
		if (arrivedBytes < declaredLength(answer)) throw new Error(reasons.FILE_CUT_OFF);
		return file;
	};
	try {
		return await Promise.race([transfer(), givenUp]);
	} finally {
		unwatch();
		signal.removeEventListener('abort', outOfTime);
		for (const stream of streams) stream.destroy();
	}
}
