import { type Answer, detailAnswer, errorAnswer } from './answer.mts';
import type { ApiCall } from './apiCall.mts';
import type { Context } from './context.mts';

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

/** RunComfy's numbers, as told by the models host and by the account host. */
const TOKEN_REFUSED = 400004;
const ACCOUNT_TOKEN_REFUSED = 403003;
const DEPLOYMENT_TOKEN_REFUSED = 401001;

const MESSAGE = 'The API token is missing, wrong or expired.';

/** The refusal of a missing or unknown token, or undefined when it is good. 401 and 403 come without an error_code. */
export function refuseToken({ phase, path, token }: ApiCall, { accounts, switches }: Context): Answer | undefined {
	if (accounts.knows(token)) return undefined;
	const isDeployment = path.includes('/deployments');
	const code = phase === 'balance' || isDeployment ? ACCOUNT_TOKEN_REFUSED : TOKEN_REFUSED;
	const own = phase === 'balance' ? 'balanceTokenRefusal' : 'tokenRefusal';
	const refusal = switches.take(isDeployment ? 'deploymentTokenRefusal' : own);
	switch (refusal) {
		case '401code':
			return errorAnswer(401, DEPLOYMENT_TOKEN_REFUSED, MESSAGE);
		case '401':
		case '403':
			return detailAnswer(Number(refusal), MESSAGE);
		case '403message':
			// The form of the gateway in front of the account host.
			return { status: 403, body: { message: 'User is not authorized to access this resource' } };
		case '400code':
			return { status: 400, body: { code, error: 'UserAccountError' } };
		default:
			return errorAnswer(Number(refusal), code, MESSAGE);
	}
}
