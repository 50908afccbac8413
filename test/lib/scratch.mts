/** Scratch folders: gone after a good run; after a bad one their logs and pictures are kept in test/e2e/artifacts. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const ARTIFACTS_FOLDER = join(import.meta.dirname, '..', 'e2e', 'artifacts');

const isWorthKeeping = (name: string) => /\.(log|png|json)$/.test(name);

export interface Scratch {
	readonly folder: string;
	/** Removes the folder; with `keep` its logs and pictures are copied first, and their new place is returned. */
	close(keep: boolean): string | undefined;
}

export function openScratch(name: string): Scratch {
	const folder = mkdtempSync(join(tmpdir(), `runcomfy-e2e-${name}-`));
	return {
		folder,
		close: (keep) => {
			let kept: string | undefined;
			const names = existsSync(folder) ? readdirSync(folder).filter(isWorthKeeping) : [];
			if (keep && names.length > 0) {
				kept = join(ARTIFACTS_FOLDER, basename(folder));
				mkdirSync(kept, { recursive: true });
				for (const file of names) cpSync(join(folder, file), join(kept, file));
			}
			rmSync(folder, { recursive: true, force: true });
			return kept;
		},
	};
}
