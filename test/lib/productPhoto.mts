import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A product photo as a shop has it, on a plain ground: a JPEG of 900 × 900 pixels. See `photos/README.md`. */
export async function productPhoto(name: 'mug' | 'shoe'): Promise<Buffer> {
	return await readFile(join(import.meta.dirname, 'photos', `${name}.jpg`));
}
