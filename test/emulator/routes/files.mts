import { detailAnswer, type Answer } from '../answer.mts';
import type { Context } from '../context.mts';
import { HTML_PAGE, sampleFile, type StoredFile, TINY_FILES, TINY_PNG } from '../sampleFiles.mts';
import { fileNames } from '../outputs.mts';
import { pictureKey } from '../picture.mts';
import type { AcceptedRequest, StoredRequest } from '../requests.mts';
import type { Effect } from '../serve.mts';

const NOT_THERE = detailAnswer(404, 'Not Found');

const INPUT_NAME = /^input(-\d+)?$/;

/** GET /files/{id}/{name}: needs no token. Files die with their request. */
export const file: Effect = ({ requestId = '', fileName = '', atMs }, context) => {
	const request = context.requests.get(requestId);
	if (request === undefined || !request.isKnown(atMs)) return NOT_THERE;
	if (INPUT_NAME.test(fileName)) return inputFile(requestId, fileName, context);
	const isOutput = fileNames(request).includes(fileName) && request.stateAt(atMs) === 'succeeded';
	if (!isOutput) return NOT_THERE;
	return tellFile(outputFile(request, fileName, context), request, atMs);
};

/** A file of a request that has succeeded, as its switches say: late, spoiled, or as it is. */
export function tellFile(file: StoredFile | undefined, request: Finished, atMs: number): Answer {
	const endedAtMs = request.finishedAtMs(atMs) ?? atMs;
	if (atMs < endedAtMs + request.life.fileLagMs) return NOT_THERE;
	return file === undefined ? NOT_THERE : spoiled(file, request.life.fileAnswer);
}

interface Finished extends Pick<AcceptedRequest, 'life'> {
	finishedAtMs(atMs: number): number | undefined;
}

function inputFile(requestId: string, fileName: string, { files, pictures }: Context): Answer {
	const kept = files.get(`${requestId}/${fileName}`) ?? (pictures === undefined ? TINY_PNG : undefined);
	return kept === undefined ? NOT_THERE : whole(kept);
}

function outputFile(request: StoredRequest, fileName: string, { files, pictures }: Context): StoredFile | undefined {
	const ending = fileName.split('.')[1];
	if (pictures === undefined) return TINY_FILES[ending];
	return ending === 'png' ? files.get(pictureKey(request, fileName)) : sampleFile(ending);
}

function whole({ bytes, contentType }: StoredFile): Answer {
	return { status: 200, body: bytes, headers: { 'content-type': contentType } };
}

function spoiled({ bytes, contentType }: StoredFile, how: StoredRequest['life']['fileAnswer']): Answer {
	switch (how) {
		case 'whole':
			return whole({ bytes, contentType });
		case 'empty':
			return whole({ bytes: Buffer.alloc(0), contentType });
		case 'page':
			return whole({ bytes: HTML_PAGE, contentType: 'text/html; charset=utf-8' });
		case 'octetStream':
			return whole({ bytes, contentType: 'application/octet-stream' });
		case 'noType':
			return whole({ bytes, contentType: '' });
	}
}
