import { ERROR_CODE } from '../api/service';
import { RunComfyError } from '../errors/RunComfyError';

/** Whether RunComfy has said that it does not know the request. */
export function isUnknownRequest(thrown: unknown): boolean {
	if (!(thrown instanceof RunComfyError)) return false;
	const { httpStatus, errorCode } = thrown.facts;
	return errorCode === ERROR_CODE.unknownRequest || (errorCode === undefined && httpStatus === 404);
}
