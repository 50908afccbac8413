import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A product photo as a shop has it: a mug on a plain light ground, a JPEG of 900 × 900 pixels. It was rendered for this
 * project, so it is nobody's photograph and shows nobody's product.
 */
export async function productPhoto(): Promise<Buffer> {
	return await readFile(join(import.meta.dirname, 'photos', 'mug.jpg'));
}
