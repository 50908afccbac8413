/** Fetches a result's file into n8n: only from where RunComfy keeps its files, without the token, streamed. */

import type { IExecuteFunctions } from 'n8n-workflow';

import type { Connection } from '../api/connection';
import type { OutputFile } from '../api/outputFiles';
import { downloadProblem } from '../errors/hintLines';
import * as reasons from '../errors/reasons';
import { wordsOfThrown } from '../errors/RunComfyError';
import type { Clock } from '../timing/clock';
import type { Gate } from '../timing/gate';
import type { Stop } from '../timing/stop';
import { fetchFile, Refusal, Stall } from './fetchFile';
import { fileNameFor } from './fileName';
import type { Download } from './items';

export const downloadPolicy = {
	/** Larger than any picture, and what n8n's own storage still takes without complaint. */
	maxBytes: 200 * 1024 * 1024,
	/** From the first attempt to the last byte: 200 MB over a slow line. */
	deadlineMs: 300_000,
	/** Storage behind a CDN is now and then not there for a moment, and a new file is not everywhere at once. */
	attempts: 5,
	/** Before the second attempt; doubled with each further one. All pauses together: 7.5 seconds. */
	firstPauseMs: 500,
	/** Nothing has come for so long: it will not come on this connection. */
	idleMs: 20_000,
	/** A second connection may do better than one that stalled; after that others get its turn. */
	maxStalls: 2,
	/** RunComfy's storage may move a file, within its own hosts. */
	maxRedirects: 3,
};

export type DownloadPolicy = typeof downloadPolicy;

export interface Downloading {
	context: IExecuteFunctions;
	connection: Connection;
	gates: { downloads: Gate; fileChunks: Gate };
	policies: { download: DownloadPolicy };
	clock: Clock;
	stop: Stop;
}

/** A file, and what it shall be called: `baseName` is without an extension. */
interface WantedFile extends OutputFile {
	baseName: string;
}

/** Node's words for a full disk, or one whose quota is used up: another attempt would only take time. */
const DISK_FULL = /\b(ENOSPC|EDQUOT)\b/;

async function attempt(downloading: Downloading, { url, kind, baseName }: WantedFile): Promise<Download> {
	const { clock, stop } = downloading;
	const policy = downloading.policies.download;
	stop.throwIfStopped();
	const controller = new AbortController();
	const forget = stop.onStop(() => controller.abort());
	const switchOff = clock.alarm(policy.deadlineMs, () => controller.abort());
	const file = {
		url,
		isMedia: kind !== 'file',
		nameFor: (mimeType: string, ownExtension: string) => fileNameFor(baseName, mimeType, ownExtension),
	};
	let reason = '';
	let stalls = 0;
	try {
		for (let tries = 1; tries <= policy.attempts && !controller.signal.aborted; tries += 1) {
			const fetched = await stop.race(
				fetchFile(downloading, file, controller.signal).then(
					(stored) => ({ file: stored }),
					(thrown: unknown) => ({ thrown }),
				),
			);
			if ('file' in fetched) return fetched;
			const words = wordsOfThrown(fetched.thrown);
			const isFull = DISK_FULL.test(words);
			reason = controller.signal.aborted ? reasons.FILE_TOOK_TOO_LONG : isFull ? reasons.STORAGE_FULL : words;
			if (fetched.thrown instanceof Stall) stalls += 1;
			if (fetched.thrown instanceof Refusal || isFull || stalls >= policy.maxStalls) break;
			await clock.sleep(policy.firstPauseMs * 2 ** (tries - 1), stop);
		}
	} finally {
		switchOff();
		forget();
	}
	return { problem: downloadProblem(reason) };
}

/**
 * Downloads one file. A file that cannot be fetched does not lose the item: the answer then says why in a sentence.
 */
export async function download(downloading: Downloading, wanted: WantedFile): Promise<Download> {
	return await downloading.gates.downloads.run(async () => await attempt(downloading, wanted));
}
