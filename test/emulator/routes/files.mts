import { detailAnswer } from '../answer.mts';
import { fileNames } from '../outputs.mts';
import type { Effect } from '../serve.mts';
import { TINY_MP4, TINY_PNG } from '../tinyFiles.mts';

/** GET /files/{id}/{name}: needs no token. Files die with their request. */
export const file: Effect = ({ requestId = '', fileName = '', atMs }, { requests, files, pictures }) => {
	const request = requests.get(requestId);
	if (request === undefined || !request.isKnown(atMs)) return detailAnswer(404, 'Not Found');
	const isOutput = fileNames(request).includes(fileName) && request.stateAt(atMs) === 'succeeded';
	if (!isOutput && fileName !== 'input') return detailAnswer(404, 'Not Found');
	const isMade = pictures !== undefined && !fileName.endsWith('.mp4');
	const found = isMade ? files.get(`${requestId}/${fileName}`) : fileName.endsWith('.mp4') ? TINY_MP4 : TINY_PNG;
	if (found === undefined) return detailAnswer(404, 'Not Found');
	return { status: 200, body: found.bytes, headers: { 'content-type': found.contentType } };
};
