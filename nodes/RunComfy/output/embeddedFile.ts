/** Files that are written out in RunComfy's answer itself: there is no address to fetch them from later. */

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import type { EmbeddedFile } from '../api/outputFiles';
import { fileNameFor, numberedName } from './fileName';
import { typeOfBytes } from './fileType';

/** Puts the files into n8n's storage, named after `baseName` and numberedName from `firstIndex` on. */
export async function storeEmbedded(
	{ helpers }: IExecuteFunctions,
	files: EmbeddedFile[],
	baseName: string,
	firstIndex: number,
): Promise<IBinaryData[]> {
	const stored: IBinaryData[] = [];
	// One after the other: each is in memory twice while it is stored.
	for (const [index, { base64, mimeType: declared }] of files.entries()) {
		const bytes = Buffer.from(base64, 'base64');
		const mimeType = typeOfBytes(bytes) ?? (declared || 'application/octet-stream');
		const name = fileNameFor(numberedName(baseName, firstIndex + index), mimeType);
		stored.push(await helpers.prepareBinaryData(bytes, name, mimeType));
	}
	return stored;
}
