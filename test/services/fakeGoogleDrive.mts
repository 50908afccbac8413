/**
 * A stand-in for Google Drive, after the reference of its API v3 (https://developers.google.com/workspace/drive/api/reference/rest/v3)
 * and the guides "Search query terms" and "Upload file data": searches in a folder, downloads, resumable uploads.
 */
import { FakeService, type ServiceAnswer, type ServiceRequest } from './fakeService.mts';

interface DriveFile {
	id: string;
	name: string;
	mimeType: string;
	parents: string[];
	/** ISO 8601. */
	createdTime: string;
	/** What programs have noted about it. */
	properties: Record<string, string>;
	bytes: Buffer;
}

interface Upload {
	name: string;
	parents: string[];
	mimeType: string;
}

interface Change {
	name?: string;
	/** Added to those that are there. */
	properties?: Record<string, string>;
}

const FILES = '/drive/v3/files';
const UPLOADS = '/upload/drive/v3/files';

/** Each part of a search (`q`) and what it asks of a file. A part that is not among them makes the search fail. */
const TERMS: Array<[RegExp, (file: DriveFile, value: string) => boolean]> = [
	[/^'([\w-]+)' in parents$/, ({ parents }, folder) => parents.includes(folder)],
	[/^trashed = (false)$/, () => true],
	[/^mimeType != '([^']+)'$/, ({ mimeType }, type) => mimeType !== type],
	[/^mimeType contains '([^']+)'$/, ({ mimeType }, start) => mimeType.startsWith(start)],
	[/^createdTime > '([^']+)'$/, ({ createdTime }, time) => Date.parse(createdTime) > Date.parse(time)],
];

export class FakeGoogleDrive extends FakeService {
	readonly hosts = ['www.googleapis.com'];
	/** Called before each answer; may take its time, and what it gives is answered instead. */
	interfere?: (request: ServiceRequest) => Promise<ServiceAnswer | undefined>;
	readonly #token: string;
	#files: DriveFile[] = [];
	#uploads: Upload[] = [];
	#made = 0;

	/** @param token the access token that is good */
	constructor(token: string) {
		super();
		this.#token = token;
	}

	/** A person puts a file into a folder. Gives its id. */
	put(folder: string, name: string, mimeType: string, bytes: Buffer): string {
		this.#made += 1;
		const id = `file-${this.#made}`;
		this.#files.push({
			id,
			name,
			mimeType,
			parents: [folder],
			createdTime: new Date().toISOString(),
			properties: {},
			bytes,
		});
		return id;
	}

	/** A program notes something about a file. */
	mark(id: string, properties: Record<string, string>): void {
		const file = this.#files.find((one) => one.id === id);
		if (file === undefined) throw new Error(`There is no file ${id}`);
		this.#change(file, { properties });
	}

	/** What is in a folder, oldest first. */
	folder(id: string): DriveFile[] {
		return this.#files.filter(({ parents }) => parents.includes(id));
	}

	/** Takes everything away. */
	empty(): void {
		this.#files = [];
	}

	override async answer(request: ServiceRequest): Promise<ServiceAnswer | undefined> {
		const { method, path, query, headers, body, bytes } = request;
		const interference = await this.interfere?.(request);
		if (interference !== undefined) return interference;
		// The address of a resumable upload is a secret itself and needs no token.
		if (method === 'PUT' && path === UPLOADS) return this.#receive(Number(query.get('upload_id')), bytes);
		if (headers.authorization !== `Bearer ${this.#token}`) return error(401, 'Invalid Credentials');
		if (method === 'GET' && path === FILES) return this.#search(query.get('q') ?? '');
		if (method === 'POST' && path === UPLOADS && query.get('uploadType') === 'resumable') {
			return this.#begin({ ...(body as Upload), mimeType: headers['x-upload-content-type'] });
		}
		if (!path.startsWith(`${FILES}/`)) return undefined;
		const file = this.#files.find(({ id }) => id === path.slice(FILES.length + 1));
		if (file === undefined) return error(404, 'File not found');
		if (method === 'GET' && query.get('alt') === 'media') {
			return { headers: { 'content-type': file.mimeType }, body: file.bytes };
		}
		if (method === 'GET') return { json: shown(file) };
		if (method === 'PATCH') return this.#change(file, body as Change);
		return undefined;
	}

	#search(q: string): ServiceAnswer {
		let found = this.#files;
		for (const part of q.split(/ and /i)) {
			const term = TERMS.find(([pattern]) => pattern.test(part));
			if (term === undefined) return error(400, `Invalid Value: ${part}`);
			const [pattern, fits] = term;
			const [, value] = pattern.exec(part) ?? [];
			found = found.filter((file) => fits(file, value));
		}
		return { json: { files: found.map(shown) } };
	}

	#change(file: DriveFile, { name = file.name, properties }: Change): ServiceAnswer {
		Object.assign(file, { name, properties: { ...file.properties, ...properties } });
		return { json: shown(file) };
	}

	#begin(upload: Upload): ServiceAnswer {
		this.#uploads.push(upload);
		const address = `https://www.googleapis.com${UPLOADS}?uploadType=resumable&upload_id=${this.#uploads.length - 1}`;
		return { headers: { location: address }, body: '' };
	}

	/** Whole files only: n8n sends pieces of 2 MB, and no file here is larger. */
	#receive(number: number, bytes: Buffer): ServiceAnswer {
		const { name, parents, mimeType } = this.#uploads[number];
		return { json: { id: this.put(parents[0], name, mimeType, bytes) } };
	}
}

const shown = ({ id, name, mimeType, parents, createdTime, properties, bytes }: DriveFile) => ({
	kind: 'drive#file',
	id,
	name,
	mimeType,
	parents,
	createdTime,
	// Left out where there are none.
	...(Object.keys(properties).length > 0 && { properties }),
	size: String(bytes.length),
	webViewLink: `https://drive.google.com/file/d/${id}/view`,
});

const error = (code: number, message: string): ServiceAnswer => ({
	status: code,
	json: { error: { code, message, errors: [{ domain: 'global', reason: message, message }] } },
});
