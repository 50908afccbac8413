/** Account: the RunComfy account that the credential belongs to. */

import type { ResourceEntry } from '../registry';

export const account: ResourceEntry = {
	name: 'Account',
	value: 'account',
	description: 'The RunComfy account that the credential belongs to',
	operations: [
		{
			name: 'Get Balance',
			value: 'getBalance',
			action: 'Get account balance',
			description: 'Get the remaining balance in US dollars',
			load: async () => await import('./getBalance'),
		},
	],
	fields: [],
};
