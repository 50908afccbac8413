import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { StoredFile } from './fileStore.mts';
import { TINY_FILES } from './tinyFiles.mts';

const NAMES: Readonly<Record<string, string>> = { mp4: 'film.mp4', mp3: 'chime.mp3', wav: 'chime.wav' };

/** A film or a sound that plays, the same one for every request, by the ending of its name. */
export function sampleFile(ending: string): StoredFile | undefined {
	if (!Object.hasOwn(NAMES, ending)) return undefined;
	const bytes = readFileSync(join(import.meta.dirname, 'media', NAMES[ending]));
	return { bytes, contentType: TINY_FILES[ending].contentType };
}
