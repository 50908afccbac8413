/**
 * A stand-in for one spreadsheet, after the reference of the Google Sheets API v4
 * (https://developers.google.com/workspace/sheets/api/reference/rest): ranges in A1 notation, empty cells at the end of a
 * row and empty rows at the end of a sheet are left out of answers, a batch is written as a whole.
 */
import { FakeService, type ServiceAnswer, type ServiceRequest } from './fakeService.mts';

interface FakeGoogleSheetsOptions {
	/** The part of the spreadsheet's address between /d/ and /edit. */
	spreadsheetId: string;
	/** The name of its only tab. */
	tab: string;
	/** The access token that is good. */
	token: string;
	/** The first row. */
	columns: string[];
}

interface Range {
	column: number;
	/** From 0. */
	row: number;
}

interface BatchUpdate {
	valueInputOption: string;
	data: Array<{ range: string; values: unknown[][] }>;
}

export class FakeGoogleSheets extends FakeService {
	readonly hosts = ['sheets.googleapis.com'];
	/** Called before each answer; may take its time, and what it gives is answered instead. */
	interfere?: (request: ServiceRequest) => Promise<ServiceAnswer | undefined>;
	readonly #options: FakeGoogleSheetsOptions;
	#cells: unknown[][];

	constructor(options: FakeGoogleSheetsOptions) {
		super();
		this.#options = options;
		this.#cells = [options.columns];
	}

	/** A person puts other rows below the first one. */
	fill(rows: Array<Record<string, unknown>>): void {
		const { columns } = this.#options;
		this.#cells = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
	}

	/** A person writes into a row, which is counted from 0 below the first one. */
	write(index: number, cells: Record<string, unknown>): void {
		for (const [column, value] of Object.entries(cells)) this.#set(this.#column(column), index + 1, value);
	}

	/** What a person sees. */
	rows(): Array<Record<string, unknown>> {
		const { columns } = this.#options;
		return this.#cells.slice(1).map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
	}

	override async answer(request: ServiceRequest): Promise<ServiceAnswer | undefined> {
		const { method, headers, body } = request;
		const path = decodeURIComponent(request.path);
		if (headers.authorization !== `Bearer ${this.#options.token}`) return refusal(401, 'UNAUTHENTICATED');
		const interference = await this.interfere?.(request);
		if (interference !== undefined) return interference;
		const spreadsheet = `/v4/spreadsheets/${this.#options.spreadsheetId}`;
		if (method === 'GET' && path === spreadsheet) {
			return { json: { sheets: [{ properties: { sheetId: 0, title: this.#options.tab, index: 0 } }] } };
		}
		if (method === 'GET' && path.startsWith(`${spreadsheet}/values/`)) {
			return this.#read(path.slice(`${spreadsheet}/values/`.length));
		}
		if (method === 'POST' && path === `${spreadsheet}/values:batchUpdate`) return this.#update(body as BatchUpdate);
		return undefined;
	}

	#read(range: string): ServiceAnswer | undefined {
		if (range !== `'${this.#options.tab}'`) return undefined;
		const rows = this.#cells.map((row) => withoutEmptyEnd(row, (cell) => cell === ''));
		return { json: { range, majorDimension: 'ROWS', values: withoutEmptyEnd(rows, (row) => row.length === 0) } };
	}

	#update({ valueInputOption, data }: BatchUpdate): ServiceAnswer {
		if (!['RAW', 'USER_ENTERED'].includes(valueInputOption)) return refusal(400, 'INVALID_ARGUMENT');
		const ranges = data.map(({ range }) => this.#cell(range));
		if (ranges.includes(undefined)) return refusal(400, 'INVALID_ARGUMENT');
		data.forEach(({ values }, index) => {
			const { column, row } = ranges[index] as Range;
			values.forEach((line, below) => line.forEach((value, right) => this.#set(column + right, row + below, value)));
		});
		return { json: { spreadsheetId: this.#options.spreadsheetId, totalUpdatedCells: data.length } };
	}

	#set(column: number, row: number, value: unknown): void {
		while (this.#cells.length <= row) this.#cells.push(this.#options.columns.map(() => ''));
		this.#cells[row][column] = value;
	}

	/** The one cell that a range such as `Products!D2` is; undefined for anything else. */
	#cell(range: string): Range | undefined {
		const found = /^(.+)!([A-Z])(\d+)$/.exec(range);
		if (found === null || found[1] !== this.#options.tab) return undefined;
		return { column: found[2].charCodeAt(0) - 'A'.charCodeAt(0), row: Number(found[3]) - 1 };
	}

	#column(name: string): number {
		const index = this.#options.columns.indexOf(name);
		if (index === -1) throw new Error(`The sheet has no column ${name}`);
		return index;
	}
}

function withoutEmptyEnd<T>(list: T[], isEmpty: (one: T) => boolean): T[] {
	return list.slice(0, list.findLastIndex((one) => !isEmpty(one)) + 1);
}

/** An error in the form of Google's APIs. */
export function refusal(code: number, status: string, message = status): ServiceAnswer {
	return { status: code, json: { error: { code, message, status } } };
}
