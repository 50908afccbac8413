/** n8n's own Data Tables: made by hand as a user does where a workflow cannot, and read from the database by a test. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { N8nRest } from './n8nRest.mts';

const MINUTE_MS = 60_000;

export interface Column {
	name: string;
	type: 'string' | 'number' | 'boolean' | 'date';
}

/** *Overview → Data tables → Create*; gives the table's id. */
export async function createDataTable(rest: N8nRest, name: string, columns: Column[]): Promise<string> {
	const project = await rest.call<{ id: string }>('GET', '/rest/projects/personal');
	const table = await rest.call<{ id: string }>('POST', `/rest/projects/${project.id}/data-tables`, { name, columns });
	return table.id;
}

/** One Data Table of an n8n with SQLite, past n8n: what a kill left in it. */
export class DataTable {
	readonly #file: string;
	readonly #name: string;

	/** @param folder the scratch folder that n8n's home is in */
	constructor(folder: string, name: string) {
		this.#file = join(folder, 'home', '.n8n', 'database.sqlite');
		this.#name = name;
	}

	/** All rows, oldest first; none while there is no such table. */
	rows(): Array<Record<string, unknown>> {
		return this.#open(true, (database, table) => {
			return database.prepare(`SELECT * FROM "${table}" ORDER BY id`).all() as Array<Record<string, unknown>>;
		});
	}

	/** The row of an item. @throws Error when there is none, or more than one */
	row(item: string): Record<string, unknown> {
		const rows = this.rows().filter((row) => row.item === item);
		if (rows.length !== 1) throw new Error(`${rows.length} rows for ${item}`);
		return rows[0];
	}

	/** A person writes a cell. */
	write(item: string, column: string, value: string): void {
		this.#open(false, (database, table) => {
			database.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE item = ?`).run(value, item);
			return [];
		});
	}

	/** So much time passes after every purchase in it: the time is in the column `since`. */
	age(minutes: number): void {
		this.#open(false, (database, table) => {
			const change = database.prepare(`UPDATE "${table}" SET since = ? WHERE id = ?`);
			for (const { id, since } of database.prepare(`SELECT id, since FROM "${table}" WHERE since > ''`).all()) {
				change.run(new Date(Date.parse(String(since)) - minutes * MINUTE_MS).toISOString(), Number(id));
			}
			return [];
		});
	}

	/** Takes all rows away. */
	empty(): void {
		this.#open(false, (database, table) => {
			database.exec(`DELETE FROM "${table}"`);
			return [];
		});
	}

	#open<T>(readOnly: boolean, use: (database: DatabaseSync, table: string) => T[]): T[] {
		const database = new DatabaseSync(this.#file, { readOnly });
		try {
			database.exec('PRAGMA busy_timeout = 5000');
			const found = database.prepare('SELECT id FROM data_table WHERE name = ?').get(this.#name);
			return found === undefined ? [] : use(database, `data_table_user_${String(found.id)}`);
		} finally {
			database.close();
		}
	}
}
