/** Whether the end of an image is there. What follows the end does not matter. */

type ImageType = 'image/jpeg' | 'image/png' | 'image/webp';

/** The images that RunComfy's models take. */
export const isImageType = (type: string | undefined): type is ImageType =>
	type === 'image/jpeg' || type === 'image/png' || type === 'image/webp';

/** Whether the image's end is there. */
export function isWholeImage(bytes: Buffer, type: ImageType): boolean {
	if (type === 'image/jpeg') return isWholeJpeg(bytes);
	if (type === 'image/png') return bytes.includes(PNG_END);
	return isWholeWebp(bytes);
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const isWithoutLength = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/**
 * Walks from marker to marker, since a thumbnail in the head has an end of its own. Within a scan 0xff is followed by 0 or
 * by a restart marker; anything else ends the scan. Source: ITU-T T.81, annex B.
 */
function isWholeJpeg(bytes: Buffer): boolean {
	let at = 2;
	let sawScan = false;
	for (;;) {
		at = bytes.indexOf(0xff, at);
		if (at < 0 || at + 1 >= bytes.length) return false;
		const marker = bytes[at + 1];
		if (marker === END_OF_IMAGE) return sawScan;
		if (marker === 0xff) at += 1;
		else if (marker === 0 || isWithoutLength(marker)) at += 2;
		else {
			if (at + 4 > bytes.length) return false;
			sawScan ||= marker === START_OF_SCAN;
			at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
		}
	}
}

/** The last chunk: it has no content, so its type and checksum are always these. Source: PNG specification, 11.2.5. */
const PNG_END = Buffer.from('49454e44ae426082', 'hex');

/** What the RIFF header's size does not count: itself and the four letters before it. */
const RIFF_HEAD_BYTES = 8;
/** The smallest body: the word WEBP and the head of one chunk. */
const SMALLEST_WEBP_BYTES = 12;

function isWholeWebp(bytes: Buffer): boolean {
	const size = bytes.length >= RIFF_HEAD_BYTES ? bytes.readUInt32LE(4) : 0;
	return size >= SMALLEST_WEBP_BYTES && RIFF_HEAD_BYTES + size <= bytes.length;
}
