/** What a full run found out, as Markdown for the documentation: one file per table in test/e2e/results. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RESULTS_FOLDER = join(import.meta.dirname, '..', 'results');

export interface Table {
	title: string;
	text: string;
	head: string[];
	rows: string[][];
}

const line = (cells: string[]) => `| ${cells.join(' | ')} |`;

/** Writes `results/<name>.md`. */
export function writeTable(name: string, { title, text, head, rows }: Table): void {
	mkdirSync(RESULTS_FOLDER, { recursive: true });
	const lines = [`# ${title}`, '', text, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''];
	writeFileSync(join(RESULTS_FOLDER, `${name}.md`), lines.join('\n'));
}
