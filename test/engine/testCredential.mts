import type { ICredentialTestRequest, INode, INodeCredentialTestResult, INodeType } from 'n8n-workflow';
import { additionalDataFor } from './additionalData.mts';
import { credentialsHelper } from './credentialsHelper.mts';
import type { Engine } from './engine.mts';

/**
 * The Test button of a credential. As in n8n, the type's `test.request` is sent by the engine's RoutingNode as if it
 * were a declarative node, and then the rules apply: `responseCode` to a refusal, `responseSuccessBody` to a success.
 */
export async function testCredential(
	engine: Engine,
	name: string,
	values: Record<string, unknown>,
): Promise<INodeCredentialTestResult> {
	const { core, workflow: n8nWorkflow } = engine.n8n;
	const test = engine.credentialTypes[name]?.test as ICredentialTestRequest | undefined;
	if (!test) throw new Error(`Credential type '${name}' has no test`);
	const nodeType = nodeThatSends(name, test);
	const node: INode = {
		id: 'temp',
		name: 'Temp-Node',
		type: 'temp',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		credentials: { [name]: { id: name, name } },
	};
	const workflow = new n8nWorkflow.Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: { getByName: () => nodeType, getByNameAndVersion: () => nodeType, getKnownTypes: () => ({}) },
	});
	const helper = credentialsHelper(engine.credentialTypes, { [name]: values });
	const additionalData = additionalDataFor(helper);
	const data = await helper.getDecrypted(additionalData, { id: name, name }, name, 'internal');
	const context = new core.ExecuteContext(
		workflow,
		node,
		additionalData,
		'internal',
		n8nWorkflow.createRunExecutionData(),
		0,
		[],
		{ main: [[{ json: {} }]] },
		{ node, data: {}, source: null },
		[],
	);
	try {
		const output = await new core.RoutingNode(context, nodeType, { id: name, name, type: name, data }).runNode();
		return judgeSuccess(test, output?.[0]?.[0]?.json ?? {});
	} catch (error) {
		return judgeFailure(test, error as Error);
	}
}

function nodeThatSends(credentialName: string, { request }: ICredentialTestRequest): INodeType {
	return {
		description: {
			displayName: 'Temp',
			name: 'temp',
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name: 'Temp' },
			inputs: ['main'],
			outputs: ['main'],
			credentials: [{ name: credentialName, required: true }],
			properties: [{ displayName: 'Temp', name: 'temp', type: 'string', default: '', routing: { request } }],
		},
	};
}

function judgeSuccess({ rules = [] }: ICredentialTestRequest, body: unknown): INodeCredentialTestResult {
	for (const { type, properties } of rules) {
		if (type !== 'responseSuccessBody') continue;
		const value = properties.key.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], body);
		if (value === properties.value) return { status: 'Error', message: properties.message };
	}
	return { status: 'OK', message: 'Connection successful!' };
}

function judgeFailure({ rules = [] }: ICredentialTestRequest, error: Error): INodeCredentialTestResult {
	const cause = error.cause as { response?: { status: number; statusText?: string }; code?: string } | undefined;
	const { response } = cause ?? {};
	if (!response) return { status: 'Error', message: cause?.code ?? error.message };
	for (const { type, properties } of rules) {
		if (type === 'responseCode' && properties.value === response.status) {
			return { status: 'Error', message: properties.message };
		}
	}
	return { status: 'Error', message: response.statusText || `Received HTTP status code: ${response.status}` };
}
