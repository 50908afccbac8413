/** Fetches a result's file into n8n: only from where RunComfy keeps its files, without the token, streamed. */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { type Connection, isFileAddressAllowed } from '../api/connection';
import { type FileAnswer, type FileStream, openFile } from '../api/transport';
import { downloadProblem } from '../errors/hintLines';
import * as reasons from '../errors/reasons';
import { wordsOfThrown } from '../errors/RunComfyError';
import { alarm } from '../timing/alarm';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import { STOPPED, type Stop } from '../timing/stop';
import type { Download } from './items';

export const downloadPolicy = {
	/** Larger than any picture, and what n8n's own storage still takes without complaint. */
	maxBytes: 200 * 1024 * 1024,
	/** From the first attempt to the last byte: 200 MB over a slow line. */
	deadlineMs: 300_000,
	/** Storage behind a CDN is now and then not there for a moment. */
	attempts: 4,
	/** Before the second attempt; doubled with each further one. */
	firstPauseMs: 500,
	/** RunComfy's storage may move a file, within its own hosts. */
	maxRedirects: 3,
};

export type DownloadPolicy = typeof downloadPolicy;

export interface Downloading {
	context: IExecuteFunctions;
	connection: Connection;
	/** Through which downloads go. */
	downloads: Gate;
	policies: { download: DownloadPolicy };
	clock: Clock;
	stop: Stop;
}

/** A reason that another attempt cannot mend. */
class Refusal extends Error {}

const headerOf = ({ headers }: FileAnswer, name: string): string => String(headers[name] ?? '');

const EXTENSIONS: Record<string, string> = {
	'image/jpeg': 'jpg',
	'image/png': 'png',
	'image/webp': 'webp',
	'image/gif': 'gif',
	'video/mp4': 'mp4',
	'video/webm': 'webm',
};

/** The file's name: the last part of its address, with an extension that fits its type. */
function fileNameOf(address: URL, mimeType: string): string {
	const lastPart = address.pathname.split('/').filter(Boolean).pop() ?? '';
	const name = decoded(lastPart).replace(/[\p{C}/\\:*?"<>|]+/gu, '_') || 'image';
	if (/\.[a-z0-9]{2,5}$/i.test(name)) return name;
	return `${name}.${EXTENSIONS[mimeType] ?? mimeType.split('/')[1].replace(/[^a-z0-9]/g, '')}`;
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** Follows redirects only as long as they stay on allowed hosts. */
async function open({ context, connection, policies }: Downloading, url: string, signal: AbortSignal) {
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

/** Passes the bytes on, and breaks off once there are too many of them. */
async function* bounded(stream: FileStream, maxBytes: number): AsyncGenerator<Buffer> {
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (bytes > maxBytes) throw new Refusal(reasons.fileTooLarge(maxBytes));
		yield chunk;
	}
}

/** What is wrong with an answer; `passing` faults are worth another attempt. */
function faultOf(
	answer: FileAnswer,
	mimeType: string,
	{ maxBytes }: DownloadPolicy,
): { reason: string; passing: boolean } | undefined {
	const { httpStatus } = answer;
	if (httpStatus !== 200) {
		const passing = httpStatus >= 500 || [408, 425, 429].includes(httpStatus);
		return { reason: reasons.fileRefused(httpStatus), passing };
	}
	if (!/^(image|video)\/[a-z0-9.+-]+$/.test(mimeType)) {
		return { reason: reasons.fileOfWrongType(mimeType), passing: false };
	}
	const length = Number(headerOf(answer, 'content-length'));
	return length > maxBytes ? { reason: reasons.fileTooLarge(maxBytes), passing: false } : undefined;
}

async function fetchOnce(downloading: Downloading, url: string, signal: AbortSignal): Promise<IBinaryData> {
	const { address, answer } = await open(downloading, url, signal);
	const { stream } = answer;
	const abort = () => stream.destroy();
	signal.addEventListener('abort', abort, { once: true });
	try {
		const mimeType = headerOf(answer, 'content-type').split(';')[0].trim().toLowerCase();
		const fault = faultOf(answer, mimeType, downloading.policies.download);
		if (fault?.passing) throw new Error(fault.reason);
		if (fault) throw new Refusal(fault.reason);
		const body = stream.constructor.from(bounded(stream, downloading.policies.download.maxBytes), {
			objectMode: false,
		});
		return await downloading.context.helpers.prepareBinaryData(
			body as unknown as Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
			fileNameOf(address, mimeType),
			mimeType,
		);
	} finally {
		signal.removeEventListener('abort', abort);
		stream.destroy();
	}
}

async function attempt(downloading: Downloading, url: string): Promise<Download | typeof STOPPED> {
	const { clock, stop } = downloading;
	const policy = downloading.policies.download;
	if (stop.stopped) return STOPPED;
	const controller = new AbortController();
	const forget = stop.onStop(() => controller.abort());
	const switchOff = alarm(policy.deadlineMs, () => controller.abort());
	let reason = '';
	try {
		for (let tries = 1; tries <= policy.attempts && !controller.signal.aborted; tries += 1) {
			const fetched = await stop.race(
				fetchOnce(downloading, url, controller.signal).then(
					(file) => ({ file }),
					(thrown: unknown) => ({ thrown }),
				),
			);
			if (fetched === STOPPED) return STOPPED;
			if ('file' in fetched) return fetched;
			reason = controller.signal.aborted ? reasons.FILE_TOOK_TOO_LONG : wordsOfThrown(fetched.thrown);
			if (fetched.thrown instanceof Refusal) break;
			if (!(await clock.sleep(policy.firstPauseMs * 2 ** (tries - 1), stop))) return STOPPED;
		}
	} finally {
		switchOff();
		forget();
	}
	return { problem: downloadProblem(reason) };
}

/**
 * Downloads one file. A file that cannot be fetched does not lose the item: the answer then says why in a sentence.
 * STOPPED when Stop came first.
 */
export async function download(downloading: Downloading, url: string): Promise<Download | typeof STOPPED> {
	return await downloading.downloads.run(async () => await attempt(downloading, url));
}
