/** One attempt to fetch a file: from where RunComfy keeps its files, streamed, whatever kind of file it is. */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { type Connection, isFileAddressAllowed } from '../api/connection';
import { type FileAnswer, type FileStream, openFile } from '../api/transport';
import * as reasons from '../errors/reasons';
import type { Clock } from '../timing/clock';
import { countArrivals, peek, watch } from './fileBody';
import { fileTypeOf, isPage, isTextType, TELLING_BYTES } from './fileType';

export interface FetchPolicy {
	maxBytes: number;
	maxRedirects: number;
	idleMs: number;
}

export interface Fetching {
	context: IExecuteFunctions;
	connection: Connection;
	policies: { download: FetchPolicy };
	clock: Clock;
}

/** A file that is wanted. */
export interface FileWanted {
	url: string;
	/** Whether it is an image, a video or audio by all that is known. */
	isMedium: boolean;
	/** What it shall be called, by the address it came from and its type. */
	nameFor(address: URL, mimeType: string): string;
}

/** A reason that another attempt cannot mend. */
export class Refusal extends Error {}

/** Nothing came any more. */
export class Stall extends Error {}

const headerOf = ({ headers }: FileAnswer, name: string): string => String(headers[name] ?? '');

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
		const location = headerOf(answer, 'location');
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
const declaredLength = (answer: FileAnswer): number => Number.parseInt(headerOf(answer, 'content-length'), 10);

/** Throws what is wrong with an answer's head. */
function checkHead(answer: FileAnswer, { maxBytes }: FetchPolicy): void {
	const { httpStatus } = answer;
	if (httpStatus !== 200) {
		const reason = reasons.fileRefused(httpStatus);
		throw httpStatus >= 500 || PASSING.includes(httpStatus) ? new Error(reason) : new Refusal(reason);
	}
	if (declaredLength(answer) > maxBytes) throw new Refusal(reasons.fileTooLarge(maxBytes));
}

/** Hands the body of a file, whose head is good, to n8n's storage. */
async function store(
	{ context }: Fetching,
	{ address, answer }: Opened,
	{ isMedium, nameFor }: FileWanted,
): Promise<IBinaryData> {
	const { start, stream } = await peek(answer.stream, TELLING_BYTES);
	if (start.length === 0) throw new Error(reasons.FILE_EMPTY);
	const declared = headerOf(answer, 'content-type').split(';')[0].trim().toLowerCase();
	if (isPage(start) || declared === 'text/html') throw new Refusal(reasons.FILE_IS_PAGE);
	const mimeType = fileTypeOf(start, declared, address.pathname);
	// What a store says in the place of a picture.
	if (isMedium && isTextType(mimeType)) throw new Refusal(reasons.fileIsText(mimeType));
	return await context.helpers.prepareBinaryData(
		stream as unknown as Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
		nameFor(address, mimeType),
		mimeType,
	);
}

/**
 * Fetches one file into n8n's storage, once. Throws a Refusal where another attempt cannot mend it, a Stall where nothing came
 * any more, and other errors for what may pass.
 */
export async function fetchFile(fetching: Fetching, wanted: FileWanted, signal: AbortSignal): Promise<IBinaryData> {
	const { maxBytes, idleMs } = fetching.policies.download;
	// Whatever ends this attempt early says why; n8n's storage may wait for ever for a body that was given up.
	const attempt = new AbortController();
	let stream: FileStream | undefined;
	let arrived = () => 0;
	const ended = new Promise<never>((_resolve, reject) => {
		attempt.signal.addEventListener('abort', () => {
			const reason = attempt.signal.reason as Error;
			stream?.destroy(reason);
			reject(reason);
		});
	});
	const giveUp = () => attempt.abort(new Error(reasons.FILE_TOOK_TOO_LONG));
	signal.addEventListener('abort', giveUp);
	const onStall = () => attempt.abort(new Stall(reasons.FILE_STALLED));
	const onTooMany = () => attempt.abort(new Refusal(reasons.fileTooLarge(maxBytes)));
	const unwatch = watch(fetching.clock, () => arrived(), idleMs, onStall);
	try {
		const fetched = open(fetching, wanted.url, attempt.signal).then(async (opened) => {
			({ stream } = opened.answer);
			// n8n's storage may have stopped to listen when it ends in an error, and one without a listener ends the process.
			stream.on('error', () => {});
			if (attempt.signal.aborted) stream.destroy();
			arrived = countArrivals(stream, maxBytes, onTooMany);
			checkHead(opened.answer, fetching.policies.download);
			const file = await store(fetching, opened, wanted);
			if (arrived() < declaredLength(opened.answer)) throw new Error(reasons.FILE_CUT_OFF);
			return file;
		});
		return await Promise.race([fetched, ended]);
	} finally {
		unwatch();
		signal.removeEventListener('abort', giveUp);
		stream?.destroy();
	}
}
