/** The good token unless `startEmulator({ token })` names another one. */
export const DEMO_TOKEN = 'demo-token';

/** A valid token of an account with nothing left on it. */
export const BROKE_TOKEN = 'broke-token';

const BEARER = /^Bearer +(\S+) *$/i;

/** Knows which tokens are good, and whose account is empty. */
export class Accounts {
	readonly #tokens: readonly string[];

	constructor(goodToken: string) {
		this.#tokens = [BROKE_TOKEN, goodToken];
	}

	knows(token: string): boolean {
		return this.#tokens.includes(token);
	}

	/** Whether there is no money behind it whatever the switches say. */
	isBroke(token: string): boolean {
		return token !== this.goodToken;
	}

	get goodToken(): string {
		return this.#tokens[1];
	}

	tokens(): string[] {
		return [...this.#tokens];
	}
}

/** The token of an Authorization header, or '' when there is none or it is no Bearer header. */
export function bearerToken(header: string | undefined): string {
	return BEARER.exec(header ?? '')?.[1] ?? '';
}
