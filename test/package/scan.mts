/**
 * Runs n8n's community package scanner, without a network, on folders given as JSON: `[[folder, leg], …]` with leg
 * `source` or `tarball`. Prints its findings as JSON. A process of its own, as the scanner's modules want it.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { PROJECT } from './pack.mts';

/** What the scanner itself lints of an unpacked tarball. */
const TARBALL_FILE_PATTERNS = ['**/*.js', 'package.json'];

interface Scanner {
	analyzePackage(folder: string, patterns: string[]): Promise<{ passed: boolean; message?: string; details?: string }>;
	SOURCE_FILE_PATTERNS: string[];
}

const path = join(PROJECT, 'node_modules', '@n8n', 'scan-community-package', 'scanner', 'scanner.mjs');
const { analyzePackage, SOURCE_FILE_PATTERNS } = (await import(pathToFileURL(path).href)) as Scanner;

const found = [];
for (const [folder, leg] of JSON.parse(process.argv[2]) as Array<[string, 'source' | 'tarball']>) {
	const { passed, message, details } = await analyzePackage(
		folder,
		leg === 'source' ? SOURCE_FILE_PATTERNS : TARBALL_FILE_PATTERNS,
	);
	found.push({ passed, message, details });
}
process.stdout.write(`${JSON.stringify(found)}\n`);
