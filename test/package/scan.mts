/**
 * Runs n8n's community package scanner, whose module is given first, without a network on folders given as JSON:
 * `[[folder, leg], …]` with leg `source` or `tarball`. Prints its findings as JSON. A process of its own, as the scanner's modules want it.
 */
import { pathToFileURL } from 'node:url';

/** What the scanner itself lints of an unpacked tarball. */
const TARBALL_FILE_PATTERNS = ['**/*.js', 'package.json'];

interface Scanner {
	analyzePackage(folder: string, patterns: string[]): Promise<{ passed: boolean; message?: string; details?: string }>;
	SOURCE_FILE_PATTERNS: string[];
}

const [module, folders] = process.argv.slice(2);
const { analyzePackage, SOURCE_FILE_PATTERNS } = (await import(pathToFileURL(module).href)) as Scanner;

const found = [];
for (const [folder, leg] of JSON.parse(folders) as Array<[string, 'source' | 'tarball']>) {
	const { passed, message, details } = await analyzePackage(
		folder,
		leg === 'source' ? SOURCE_FILE_PATTERNS : TARBALL_FILE_PATTERNS,
	);
	found.push({ passed, message, details });
}
process.stdout.write(`${JSON.stringify(found)}\n`);
