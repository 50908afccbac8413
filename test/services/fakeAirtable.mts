/**
 * A stand-in for one table of Airtable. After its Web API reference (https://airtable.com/developers/web/api): empty cells
 * are left out of answers, an attachment is written as `{ url }` and copied by Airtable, an unknown field or choice is
 * refused. Links to attachments are other ones in each answer and expire (https://support.airtable.com/docs/airtable-attachment-url-behavior).
 */
import { passes } from './airtableFormula.mts';
import { FakeService, type ServiceAnswer, type ServiceRequest } from './fakeService.mts';

const FILE_HOST = 'https://v5.airtableusercontent.com';

/** What Airtable's support promises at least. */
const LINK_LIFE_MS = 2 * 60 * 60 * 1000;

/** As Airtable refuses more. */
const MAX_RECORDS_PER_UPDATE = 10;

/** By the end of a file's name. */
const TYPES: Record<string, string> = {
	jpg: 'image/jpeg',
	png: 'image/png',
	webp: 'image/webp',
	heic: 'image/heic',
	pdf: 'application/pdf',
};

export type FieldType = 'text' | 'attachment' | 'select' | 'lastModified';

interface Attachment {
	id: string;
	filename: string;
	/** Where Airtable got it from. */
	source: string;
}

interface AirtableRecord {
	id: string;
	createdTime: string;
	cells: Record<string, unknown>;
}

interface FakeAirtableOptions {
	baseId: string;
	tableId: string;
	/** The personal access token that is good. */
	token: string;
	fields: Record<string, FieldType>;
	/** Fields whose changes the `lastModified` fields tell. */
	watched: string[];
}

export class FakeAirtable extends FakeService {
	readonly hosts = ['api.airtable.com'];
	/** Called before each answer; what it gives is answered instead. */
	interfere?: (request: ServiceRequest) => ServiceAnswer | undefined;
	/** Airtable's clock runs so far ahead of ours: hours pass in no time. */
	aheadMs = 0;
	readonly #options: FakeAirtableOptions;
	readonly #records: AirtableRecord[] = [];
	readonly #choices = new Set<string>();
	/** Which answer each link to an attachment was in. */
	readonly #links = new Map<string, ServiceRequest>();
	#made = 0;

	constructor(options: FakeAirtableOptions) {
		super();
		this.#options = options;
	}

	/** A person adds a record. Attachments are given as `[{ url }]`. Gives its id. */
	add(cells: Record<string, unknown>): string {
		const id = `rec${this.#number(14)}`;
		this.#records.push({ id, createdTime: this.#now(), cells: {} });
		this.change(id, cells);
		return id;
	}

	/** A person changes cells of a record; an empty text empties the cell. */
	change(id: string, cells: Record<string, unknown>): void {
		this.#write(this.#find(id), cells);
	}

	/** The cells of a record; of attachments where they came from. */
	cells(id: string): Record<string, unknown> {
		return Object.fromEntries(
			Object.entries(this.#find(id).cells).map(([name, value]) => [
				name,
				this.#options.fields[name] === 'attachment' ? (value as Attachment[]).map(({ source }) => source) : value,
			]),
		);
	}

	/** The request whose answer had this link to an attachment. */
	requestThatGave(link: string): ServiceRequest | undefined {
		return this.#links.get(link);
	}

	override answer(request: ServiceRequest): ServiceAnswer | undefined {
		const { method, path, query, headers, body } = request;
		if (headers.authorization !== `Bearer ${this.#options.token}`) {
			return refusal(401, 'AUTHENTICATION_REQUIRED', 'Authentication required');
		}
		const interference = this.interfere?.(request);
		if (interference !== undefined) return interference;
		const table = `/v0/${this.#options.baseId}/${this.#options.tableId}`;
		if (path === table && method === 'GET') return this.#list(query, request);
		if (path === table && method === 'PATCH') return this.#update(body as UpdateBody, request);
		if (!path.startsWith(`${table}/`) || method !== 'GET') return undefined;
		return this.#get(path.slice(table.length + 1), request);
	}

	#list(query: URLSearchParams, request: ServiceRequest): ServiceAnswer {
		const formula = query.get('filterByFormula') ?? '1';
		const nowMs = this.#nowMs();
		const records = this.#records
			.filter(({ cells }) => passes(formula, { nowMs, field: (name) => cells[this.#known(name)] }))
			.slice(0, Number(query.get('maxRecords') ?? Number.POSITIVE_INFINITY));
		return { json: { records: records.map((record) => this.#show(record, request)) } };
	}

	#get(id: string, request: ServiceRequest): ServiceAnswer {
		const record = this.#records.find((one) => one.id === id);
		if (record === undefined) return refusal(404, 'NOT_FOUND', 'Record not found');
		return { json: this.#show(record, request) };
	}

	#update({ records, typecast = false }: UpdateBody, request: ServiceRequest): ServiceAnswer {
		if (records.length > MAX_RECORDS_PER_UPDATE) {
			return refusal(422, 'INVALID_REQUEST', 'You must provide an array of up to 10 record objects');
		}
		for (const { fields } of records) {
			for (const [name, value] of Object.entries(fields)) {
				const type = this.#options.fields[name];
				if (type === undefined) return refusal(422, 'UNKNOWN_FIELD_NAME', `Unknown field name: "${name}"`);
				const fault = fits(type, value) ? undefined : `Field "${name}" cannot accept the provided value`;
				if (fault !== undefined) return refusal(422, 'INVALID_VALUE_FOR_COLUMN', fault);
				if (type === 'select' && value !== '' && !typecast && !this.#choices.has(String(value))) {
					return refusal(
						422,
						'INVALID_MULTIPLE_CHOICE_OPTIONS',
						`Insufficient permissions to create "${String(value)}"`,
					);
				}
			}
		}
		const changed = records.map(({ id, fields }) => {
			const record = this.#find(id);
			this.#write(record, fields);
			return this.#show(record, request);
		});
		return { json: { records: changed } };
	}

	#write(record: AirtableRecord, fields: Record<string, unknown>): void {
		for (const [name, value] of Object.entries(fields)) {
			const type = this.#options.fields[this.#known(name)];
			if (value === '' || value === null) delete record.cells[name];
			else if (type === 'attachment')
				record.cells[name] = this.#attach(value as Array<{ url: string; filename?: string }>);
			else record.cells[name] = value;
			if (type === 'select' && value !== '') this.#choices.add(String(value));
		}
		if (!Object.keys(fields).some((name) => this.#options.watched.includes(name))) return;
		for (const [name, type] of Object.entries(this.#options.fields)) {
			if (type === 'lastModified') record.cells[name] = this.#now();
		}
	}

	#attach(files: Array<{ url: string; filename?: string }>): Attachment[] {
		return files.map(({ url, filename }) => ({
			id: `att${this.#number(14)}`,
			filename: filename ?? new URL(url).pathname.split('/').at(-1) ?? 'file',
			source: url,
		}));
	}

	#show({ id, createdTime, cells }: AirtableRecord, request: ServiceRequest): object {
		const fields = Object.fromEntries(
			Object.entries(cells).map(([name, value]) => [
				name,
				this.#options.fields[name] === 'attachment'
					? (value as Attachment[]).map((one) => this.#link(one, request))
					: value,
			]),
		);
		return { id, createdTime, fields };
	}

	#link({ id, filename }: Attachment, request: ServiceRequest): object {
		const expiresMs = this.#nowMs() + LINK_LIFE_MS;
		const url = `${FILE_HOST}/v3/u/1/1/${expiresMs}/${this.#number(22)}/${filename}`;
		this.#links.set(url, request);
		return { id, url, filename, type: TYPES[filename.split('.').at(-1) ?? ''] ?? 'application/octet-stream' };
	}

	#known(name: string): string {
		if (!(name in this.#options.fields)) throw new Error(`The table has no field ${name}`);
		return name;
	}

	#find(id: string): AirtableRecord {
		const record = this.#records.find((one) => one.id === id);
		if (record === undefined) throw new Error(`There is no record ${id}`);
		return record;
	}

	#nowMs(): number {
		return Date.now() + this.aheadMs;
	}

	#now(): string {
		return new Date(this.#nowMs()).toISOString();
	}

	#number(digits: number): string {
		this.#made += 1;
		return String(this.#made).padStart(digits, '0');
	}
}

interface UpdateBody {
	records: Array<{ id: string; fields: Record<string, unknown> }>;
	typecast?: boolean;
}

function fits(type: FieldType, value: unknown): boolean {
	if (type === 'lastModified') return false;
	if (type !== 'attachment') return typeof value === 'string';
	return Array.isArray(value) && value.every((one) => typeof (one as { url?: unknown }).url === 'string');
}

const refusal = (status: number, type: string, message: string): ServiceAnswer => ({
	status,
	json: { error: { type, message } },
});
