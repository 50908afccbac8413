/** The good token unless `startEmulator({ token })` names another one. */
export const DEMO_TOKEN = 'demo-token';

/** A valid token of an account with nothing left on it. */
export const BROKE_TOKEN = 'broke-token';

/** What the good account has left, in USD; it is not used up, so that a long test run never ends for lack of money. */
const DEMO_BALANCE_USD = 25;

const BEARER = /^Bearer +(\S+) *$/i;

/** Knows which tokens are good and how much money is behind them. */
export class Accounts {
	readonly #balanceUsd: ReadonlyMap<string, number>;

	constructor(goodToken: string) {
		this.#balanceUsd = new Map([
			[BROKE_TOKEN, 0],
			[goodToken, DEMO_BALANCE_USD],
		]);
	}

	knows(token: string): boolean {
		return this.#balanceUsd.has(token);
	}

	/** Balance in USD; 0 for an unknown token. */
	balanceUsd(token: string): number {
		return this.#balanceUsd.get(token) ?? 0;
	}

	tokens(): string[] {
		return [...this.#balanceUsd.keys()];
	}
}

/** The token of an Authorization header, or '' when there is none or it is no Bearer header. */
export function bearerToken(header: string | undefined): string {
	return BEARER.exec(header ?? '')?.[1] ?? '';
}
