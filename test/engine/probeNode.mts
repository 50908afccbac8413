/** A node and a credential for the tests of the engine itself. */
import type {
	ICredentialType,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

export const PROBE = 'test-package.probe';
export const PROBE_CREDENTIAL = 'probeApi';

type Behaviour = (context: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

/** Does what the test at hand says, and counts how often. */
export class ProbeNode implements INodeType {
	runs = 0;
	behaviour: Behaviour = async (context) => [context.getInputData()];

	readonly description: INodeTypeDescription = {
		displayName: 'Probe',
		name: 'probe',
		group: ['transform'],
		version: 1,
		description: 'Does what the test says',
		defaults: { name: 'Probe' },
		inputs: ['main'],
		outputs: ['main'],
		usableAsTool: true,
		credentials: [{ name: PROBE_CREDENTIAL, required: true }],
		properties: [
			{ displayName: 'Text', name: 'text', type: 'string', default: 'default text' },
			{ displayName: 'Needed', name: 'needed', type: 'string', required: true, default: 'filled' },
		],
	};

	readonly execute: INodeType['execute'];

	constructor() {
		// n8n calls execute with its context as `this`: the probe itself is only reachable by closure.
		const probe = this as ProbeNode;
		this.execute = async function execute(this: IExecuteFunctions) {
			probe.runs++;
			return await probe.behaviour(this);
		};
	}
}

export class ProbeApi implements ICredentialType {
	name = PROBE_CREDENTIAL;

	displayName = 'Probe API';

	properties: ICredentialType['properties'] = [
		{ displayName: 'API Token', name: 'apiToken', type: 'string', default: '' },
		{ displayName: 'URL', name: 'url', type: 'string', default: '' },
		{ displayName: 'Region', name: 'region', type: 'string', default: 'eu' },
	];

	test: ICredentialType['test'] = {
		request: { baseURL: '={{ $credentials.url }}', url: '/balance' },
		rules: [{ type: 'responseSuccessBody', properties: { key: 'error_code', value: 400004, message: 'not accepted' } }],
	};

	authenticate: ICredentialType['authenticate'] = {
		type: 'generic',
		properties: {
			headers: {
				Authorization: "=Bearer {{ $credentials.apiToken.replace('Bearer ', '') }}",
				'X-Region': '={{ $credentials.region }}',
			},
		},
	};
}
