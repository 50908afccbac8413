/** Account: the account at RunComfy that the credential belongs to. */
import type { ResourceEntry } from '../entries';

export const account: ResourceEntry = {
	name: 'Account',
	value: 'account',
	description: 'The RunComfy account of the credential',
	defaultOperation: 'getBalance',
	operations: [
		{
			name: 'Get Balance',
			value: 'getBalance',
			action: 'Get account balance',
			description: 'Get what is left on the account, in US dollars',
			load: async () => await import('./getBalance'),
		},
	],
	fields: [],
};
