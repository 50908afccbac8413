/** A file that is served to anyone who knows its URL. */
export interface StoredFile {
	bytes: Buffer;
	contentType: string;
}

/** Beyond this the oldest files are dropped, as RunComfy's own may expire. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Files in memory, by `<request id>/<name>`. */
export class FileStore {
	readonly #files = new Map<string, StoredFile>();
	#bytes = 0;

	put(key: string, file: StoredFile): void {
		this.#drop(key);
		this.#files.set(key, file);
		this.#bytes += file.bytes.length;
		for (const oldest of this.#files.keys()) {
			if (this.#bytes <= MAX_BYTES || oldest === key) break;
			this.#drop(oldest);
		}
	}

	get(key: string): StoredFile | undefined {
		return this.#files.get(key);
	}

	clear(): void {
		this.#files.clear();
		this.#bytes = 0;
	}

	#drop(key: string): void {
		this.#bytes -= this.#files.get(key)?.bytes.length ?? 0;
		this.#files.delete(key);
	}
}
