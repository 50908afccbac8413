/** What a full run found out, as Markdown: one file per table in test/e2e/results, and in the pages that show it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const RESULTS_FOLDER = join(ROOT, 'test', 'e2e', 'results');

/** Pages that show tables, each between `<!-- results: name -->` and `<!-- end of results -->`. */
const PAGES = ['README.md', 'docs/durable.md', 'docs/queue-mode.md'];

export interface Table {
	title: string;
	text: string;
	head: string[];
	rows: string[][];
}

const line = (cells: string[]) => `| ${cells.join(' | ')} |`;

/** Writes `results/<name>.md`, and the table into every page that has a place for it. */
export function writeTable(name: string, { title, text, head, rows }: Table): void {
	mkdirSync(RESULTS_FOLDER, { recursive: true });
	const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
	writeFileSync(join(RESULTS_FOLDER, `${name}.md`), `# ${title}\n\n${text}\n\n${table}\n`);
	const place = new RegExp(`(<!-- results: ${name} -->\n)[^]*?(\n<!-- end of results -->)`, 'g');
	for (const page of PAGES) {
		const shown = readFileSync(join(ROOT, page), 'utf8');
		writeFileSync(
			join(ROOT, page),
			shown.replace(place, (_, begin: string, end: string) => begin + table + end),
		);
	}
}
