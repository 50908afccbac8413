import type {
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { bareToken, ERROR_CODE, PRODUCTION_ACCOUNT_API_URL, PROFILE_PAGE } from '../nodes/RunComfy/api/service';

const NOT_ACCEPTED = 'RunComfy did not accept the API token. Copy it from your profile page at runcomfy.com.';
const NO_BALANCE = `${NOT_ACCEPTED} If Environment is Custom, also check Account API URL.`;

const customOnly = { show: { environment: ['custom'] } };

export class RunComfyApi implements ICredentialType {
	name = 'runComfyApi';

	displayName = 'RunComfy API';

	icon: Icon = { light: 'file:../nodes/RunComfy/runComfy.svg', dark: 'file:../nodes/RunComfy/runComfy.dark.svg' };

	documentationUrl = 'https://github.com/n8n-nodes-runcomfy/n8n-nodes-runcomfy#credential';

	properties: INodeProperties[] = [
		{
			displayName: `Find your API token on your <a href="${PROFILE_PAGE}" target="_blank">RunComfy profile page</a>.`,
			name: 'profilePage',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: `From your <a href="${PROFILE_PAGE}" target="_blank">RunComfy profile page</a>`,
		},
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			options: [
				{ name: 'Production', value: 'production', description: 'RunComfy itself' },
				{ name: 'Custom', value: 'custom', description: 'Another RunComfy environment or your own simulator' },
			],
			default: 'production',
		},
		{
			displayName: 'Model API URL',
			name: 'modelApiUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://model-api.example.com',
			description: 'Without /v1 at the end',
			displayOptions: customOnly,
		},
		{
			displayName: 'Account API URL',
			name: 'accountApiUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://api.example.com/prod/v2',
			description: 'With its path, without /balance at the end',
			displayOptions: customOnly,
		},
	];

	/**
	 * Tolerates a token that was pasted together with the word Bearer or with blanks around it. A function and not an
	 * expression: n8n evaluates no more expressions once an execution was stopped, and that is when requests are cancelled.
	 */
	authenticate = async (
		{ apiToken }: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => ({
		...requestOptions,
		headers: { ...requestOptions.headers, Authorization: `Bearer ${bareToken(apiToken)}` },
	});

	/** The balance call. A refused token may answer HTTP 200 with an `error_code`, but then it gives no balance. */
	test: ICredentialTestRequest = {
		request: {
			baseURL: `={{ $credentials.environment === "custom" ? String($credentials.accountApiUrl).trim().replace(/\\/+$/, "") : "${PRODUCTION_ACCOUNT_API_URL}" }}`,
			url: '/balance',
			disableFollowRedirect: true,
		},
		rules: [
			{
				type: 'responseSuccessBody',
				properties: { key: 'error_code', value: ERROR_CODE.badTokenOnAccountHost, message: NOT_ACCEPTED },
			},
			{
				type: 'responseSuccessBody',
				properties: { key: 'error_code', value: ERROR_CODE.badToken, message: NOT_ACCEPTED },
			},
			{ type: 'responseSuccessBody', properties: { key: 'balance_usd', value: undefined, message: NO_BALANCE } },
		],
	};
}
