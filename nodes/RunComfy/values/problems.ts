import { asRunComfyError, type RunComfyError } from '../errors/RunComfyError';

/** Collects what is wrong with an item, so that a person can be told all of it at once. */
export class Problems {
	readonly found: RunComfyError[] = [];

	/** Reads a value; undefined where that went wrong, which is then noted. */
	take<T>(read: () => T): T | undefined {
		try {
			return read();
		} catch (error) {
			this.found.push(asRunComfyError(error));
			return undefined;
		}
	}
}
