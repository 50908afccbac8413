/** What every resource that buys gives to the operations: a checked input, and what distinguishes it. */

import { createHash } from 'node:crypto';

import type { IDataObject } from 'n8n-workflow';

import type { Submission } from '../api/queue';
import { isPlainObject } from '../errors/shape';
import { HASH_CHARS } from './identity';

/** What a job costs, as far as RunComfy says before it is bought. */
export interface Estimate {
	/** US dollars; undefined where it cannot be known. */
	usd?: number;
	/** The price as the catalogue has it, in words. */
	words?: string;
	/** The input that would make an estimate, where the price alone makes none. */
	missing?: string;
	/** `words` say it all: nothing has a price in advance. */
	isSentence?: boolean;
}

/** The input that makes one result differ from the next. */
export interface SeedInput {
	name: string;
	min: number;
	max: number;
	/** The largest seed that is made up where none is given. */
	madeUpMax: number;
	/** As it is sent; it need not be usable for variants. */
	given?: unknown;
	/** The hash of the job with this seed, see `Job.hash`. */
	hashWith(seed: number): string;
}

/** What seeds are made up from. */
export interface SeedSource {
	/** Of what is sent, without the seeds. */
	hash: string;
	/** Makes them differ from execution to execution. */
	salt: string;
	/** How many purchases of the same came before in the execution, variants included. */
	order: number;
}

/** One job, checked, ready to be bought. */
export interface Job extends Submission {
	/** Tells inputs apart by all that is sent, see `inputHash`. */
	hash: string;
	/** Jobs of one kind take about as long as each other. */
	kind: string;
	/** Whether a success without a file is a failure. */
	expectsFiles: boolean;
	/** What is sent, files as their name, type and size. Check Inputs shows it. */
	inputs: IDataObject;
	/** What Check Inputs says of where it would be sent, if not the model's id. */
	target?: IDataObject;
	/** Absent where the model takes none; unknown where its inputs were not read. */
	seed?: SeedInput | 'unknown';
	/** The seed it has as one of several variants. */
	variantSeed?: number;
	/** Where its seeds are made up: what from. */
	seedSource?: SeedSource;
	/** Asked only if needed, since it reads the catalogue. */
	estimate(): Promise<Estimate>;
}

/** RunComfy's seeds fit into 31 bits where the schema names no maximum. */
export const SEED_MAX = 2_147_483_647;

/** JSON that is the same whatever order the keys of its objects come in. */
export const canonicalJson = (value: unknown): string =>
	JSON.stringify(value, (_, entry: unknown) =>
		isPlainObject(entry) ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))) : entry,
	);

/** A fingerprint of the service, the model and the whole input, the content of its files included. */
export function inputHash(...parts: Array<string | Buffer>): string {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part).update('\0');
	return hash.digest('base64url').slice(0, HASH_CHARS);
}
