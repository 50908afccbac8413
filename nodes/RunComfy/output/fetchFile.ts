/** One attempt to fetch a file: from where RunComfy keeps its files, streamed, and only what is a picture, a film or a sound. */

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { headerOf } from '../api/answers';
import { type Connection, isFileAddressAllowed } from '../api/connection';
import { type FileAnswer, type FileStream, openFile } from '../api/transport';
import * as reasons from '../errors/reasons';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import { bounded, countArrivals, peek, watch } from './fileBody';
import { isPage, mediaTypeOf, TELLING_BYTES } from './fileType';

export interface FetchPolicy {
	largeBytes: number;
	maxBytes: number;
	maxRedirects: number;
	idleMs: number;
}

export interface Fetching {
	context: IExecuteFunctions;
	connection: Connection;
	/** Through which the bodies of large files go. */
	gates: { largeDownloads: Gate };
	policies: { download: FetchPolicy };
	clock: Clock;
}

/** What a file shall be called, by the address it came from and its type. */
export type NameFor = (address: URL, mimeType: string) => string;

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

/** Throws what is wrong with an answer's head. */
function checkHead(answer: FileAnswer, { maxBytes }: FetchPolicy): void {
	const { httpStatus } = answer;
	if (httpStatus !== 200) {
		const reason = reasons.fileRefused(httpStatus);
		throw httpStatus >= 500 || PASSING.includes(httpStatus) ? new Error(reason) : new Refusal(reason);
	}
	if (declaredLength(answer) > maxBytes) throw new Refusal(reasons.downloadTooLarge(maxBytes));
}

/** The type of a file that may be delivered; throws what is wrong with one that may not. */
function typeOfDownload(answer: FileAnswer, start: Buffer): string {
	const declared = headerOf(answer.headers, 'content-type').split(';')[0].trim().toLowerCase();
	if (start.length === 0) throw new Error(reasons.FILE_EMPTY);
	if (isPage(start)) throw new Refusal(reasons.FILE_IS_PAGE);
	const mimeType = mediaTypeOf(start, declared);
	if (mimeType === undefined) throw new Refusal(reasons.fileOfWrongType(declared));
	return mimeType;
}

/** Hands the body of a file, whose head is good, to n8n's storage. `arrived` answers how much of it has come. */
async function store(
	{ context, policies }: Fetching,
	{ address, answer }: Opened,
	nameFor: NameFor,
	arrived: () => number,
): Promise<IBinaryData> {
	const { maxBytes } = policies.download;
	const { start, stream } = await peek(answer.stream, TELLING_BYTES);
	const mimeType = typeOfDownload(answer, start);
	const length = declaredLength(answer);
	const tooLarge = () => new Refusal(reasons.downloadTooLarge(maxBytes));
	// A stream around a stream holds all of it twice: only a body of unknown length needs one.
	const isBounded = !Number.isNaN(length);
	const body = isBounded ? stream : stream.constructor.from(bounded(stream, maxBytes, tooLarge), { objectMode: false });
	const file = await context.helpers.prepareBinaryData(
		body as unknown as Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
		nameFor(address, mimeType),
		mimeType,
	);
	if (isBounded && arrived() < length) throw new Error(reasons.FILE_CUT_OFF);
	if (arrived() > maxBytes) throw tooLarge();
	return file;
}

/**
 * Fetches one file into n8n's storage, once. Throws a Refusal where another attempt cannot mend it, a Stall where nothing came
 * any more, and other errors for what may pass.
 */
export async function fetchFile(
	fetching: Fetching,
	url: string,
	nameFor: NameFor,
	signal: AbortSignal,
): Promise<IBinaryData> {
	const stalled = new AbortController();
	const either = AbortSignal.any([signal, stalled.signal]);
	let arrived = () => 0;
	let isWaiting = false;
	const unwatch = watch(
		fetching.clock,
		// What waits for its place does not stall: NaN is not equal to what it was before.
		() => (isWaiting ? Number.NaN : arrived()),
		fetching.policies.download.idleMs,
		() => stalled.abort(),
	);
	let stream: FileStream | undefined;
	let abort = () => {};
	try {
		const aborted = new Promise<never>((_resolve, reject) => {
			abort = () => {
				const error = stalled.signal.aborted ? new Stall(reasons.FILE_STALLED) : new Error(reasons.FILE_TOOK_TOO_LONG);
				stream?.destroy(error);
				reject(error);
			};
			either.addEventListener('abort', abort, { once: true });
		});
		const fetched = open(fetching, url, either).then(async (opened) => {
			({ stream } = opened.answer);
			// n8n's storage may have stopped to listen when it ends in an error, and one without a listener ends the process.
			stream.on('error', () => {});
			arrived = countArrivals(stream);
			checkHead(opened.answer, fetching.policies.download);
			const keep = async () => {
				isWaiting = false;
				if (either.aborted) {
					opened.answer.stream.destroy();
					throw new Error(reasons.FILE_TOOK_TOO_LONG);
				}
				return await store(fetching, opened, nameFor, arrived);
			};
			const isLarge = declaredLength(opened.answer) > fetching.policies.download.largeBytes;
			isWaiting = isLarge;
			if (!isLarge) return await keep();
			// A place is held only while bytes move, whatever n8n's storage does with a body that was given up.
			return await fetching.gates.largeDownloads.run(async () => await Promise.race([keep(), aborted]));
		});
		return await Promise.race([fetched, aborted]);
	} finally {
		unwatch();
		either.removeEventListener('abort', abort);
		stream?.destroy();
	}
}
