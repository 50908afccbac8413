/** What every model gives to the operations that buy: a checked input, and what tells it from others. */
import { createHash } from 'node:crypto';

import type { IDataObject } from 'n8n-workflow';

/** A checked input of a model, ready to be bought. */
export interface ModelInput {
	/** As in the address of a submit, `vendor/family/task`. */
	modelId: string;
	/** Tells inputs apart, see `inputHash`. */
	hash: string;
	sentAsFile: boolean;
	/** Jobs of one kind take about as long as each other. */
	jobKind: string;
	/** A first guess of that time, in milliseconds. */
	usualJobMs: number;
	/** Makes the request's body; reads the file anew where there is one. */
	makeBody(): Promise<IDataObject>;
}

/** 132 bits: short enough for the journal, and no two inputs share it. */
const HASH_CHARS = 22;

/** A fingerprint of the service, the model and the whole input, the image's bytes included. */
export function inputHash(...parts: Array<string | Buffer>): string {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part).update('\0');
	return hash.digest('base64url').slice(0, HASH_CHARS);
}
