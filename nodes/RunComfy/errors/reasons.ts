/** Why there is no usable answer: halves of sentences that errors quote. */

/** As long as any ID of RunComfy's. */
const MAX_QUOTED_ID_CHARACTERS = 128;

export const NO_ANSWER = 'there was no answer in time';
export const RATE_LIMITED = 'the rate limit left no free call in time';
export const SUBMITS_UNANSWERED = 'RunComfy gave no usable answer to the submits before it';
export const TO_SLOW_DOWN = 'RunComfy asked to slow down (HTTP 429)';
export const NOT_READY = 'RunComfy says the result is not ready';
export const FINISHED_SOMEHOW = 'RunComfy says the request has finished, but not how it ended';
export const NOT_KNOWN_YET = 'RunComfy did not know the request yet';
export const REDIRECT = 'RunComfy answered with a redirect';
export const UNREADABLE = "RunComfy's answer could not be read";
export const EARLIER_TRY = 'an earlier attempt of this execution submitted it and got no usable answer';
export const idGivenTwice = (requestId: string): string => `RunComfy gave it the ID of another item (${requestId})`;
export const NONE = 'none';

export const connectionFailed = (code: string): string => `the connection failed (${code})`;

export const answeredWith = (httpStatus: number, words = ''): string =>
	words === '' ? `HTTP ${httpStatus}` : `HTTP ${httpStatus}, ${words}`;

export const refusedWith = (httpStatus: number): string => `RunComfy answered with HTTP ${httpStatus}`;

export const answeredBetween = (httpStatus: number): string =>
	`something between n8n and RunComfy answered (HTTP ${httpStatus})`;

export const aboutAnother = (requestId: string): string =>
	`RunComfy answered about another request (${requestId.slice(0, MAX_QUOTED_ID_CHARACTERS)})`;

export const idUnderError = (httpStatus: number): string =>
	`RunComfy answered with HTTP ${httpStatus} but returned a request ID`;

export const noUsableId = (given: string): string =>
	`RunComfy answered without a usable request ID${given === '' ? '' : ` (it returned '${given.slice(0, MAX_QUOTED_ID_CHARACTERS)}')`}`;

/** Why a file was not downloaded. */

export const FILE_TOOK_TOO_LONG = 'it took too long';
export const FILE_STALLED = 'the connection stalled';
export const STORAGE_FULL = 'the disk that n8n keeps files on is full';
export const FILE_EMPTY = 'it is empty';
export const FILE_CUT_OFF = 'the connection broke off';
export const FILE_IS_PAGE = 'it is a web page';
export const FILE_REDIRECTED_TOO_OFTEN = 'it was redirected too often';
export const fileElsewhere = (host: string): string => `its host is not one of RunComfy's (${host})`;
export const downloadTooLarge = (maxBytes: number): string =>
	`it is larger than ${Math.round(maxBytes / (1024 * 1024))} MB`;
export const fileRefused = (httpStatus: number): string => `the server answered with HTTP ${httpStatus}`;
export const fileIsText = (mimeType: string): string =>
	`it is text instead of an image, video or audio file (${mimeType})`;
