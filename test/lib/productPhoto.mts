import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A product photo as a shop has it, a mug on a plain ground: a JPEG. See `photos/README.md`. */
export async function productPhoto(): Promise<Buffer> {
	return await readFile(join(import.meta.dirname, 'photos', 'mug.jpg'));
}
