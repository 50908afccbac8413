import type { StoredRequest } from './requests.mts';

/** The `error` of a failed request: a text, or one of the forms the sister API has. */
export function failureOf({ failureMessage, life }: StoredRequest): unknown {
	switch (life.failureForm) {
		case 'text':
			return failureMessage;
		case 'object':
			return { type: 'JobFailed', message: failureMessage };
		case 'list':
			return [{ errorCode: 500001, error: failureMessage, debugInfo: '' }];
	}
}
