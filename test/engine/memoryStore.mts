/** A store of files away from this machine, as n8n sees one: ids, buffers and streams, no paths. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

interface Facts {
	fileName?: string;
	mimeType?: string;
	fileSize: number;
}

export class MemoryStore {
	private readonly files = new Map<string, { bytes: Buffer; facts: Facts }>();

	async init(): Promise<void> {}

	async store(_location: unknown, body: Buffer | Readable, facts: Omit<Facts, 'fileSize'>) {
		const fileId = `file-${this.files.size}`;
		const bytes = Buffer.isBuffer(body) ? body : await buffer(body);
		this.files.set(fileId, { bytes, facts: { ...facts, fileSize: bytes.length } });
		return { fileId, fileSize: bytes.length };
	}

	async getAsBuffer(fileId: string): Promise<Buffer> {
		return this.found(fileId).bytes;
	}

	async getAsStream(fileId: string): Promise<Readable> {
		return Readable.from(this.found(fileId).bytes);
	}

	async getMetadata(fileId: string): Promise<Facts> {
		return this.found(fileId).facts;
	}

	async copyByFileId(_location: unknown, fileId: string): Promise<string> {
		const { bytes, facts } = this.found(fileId);
		return (await this.store(undefined, bytes, facts)).fileId;
	}

	getPath(fileId: string): string {
		throw new Error(`${fileId} has no path`);
	}

	private found(fileId: string) {
		const file = this.files.get(fileId);
		if (file === undefined) throw new Error(`No file ${fileId}`);
		return file;
	}
}
