import type { StoredFile } from './fileStore.mts';

/** A whole PNG of one grey pixel. */
export const TINY_PNG: StoredFile = {
	contentType: 'image/png',
	bytes: Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
		'base64',
	),
};

/** The head of an MP4 file: enough for its type to be recognised, nothing to play. */
export const TINY_MP4: StoredFile = {
	contentType: 'video/mp4',
	bytes: Buffer.from('000000186674797069736f6d0000020069736f6d6d703431000000086d646174', 'hex'),
};
