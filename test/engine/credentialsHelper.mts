import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	ICredentialsHelper,
	ICredentialsExpressionResolveValues,
	IDataObject,
	IExecuteData,
	IHttpRequestOptions,
	INode,
	INodeParameters,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
	Workflow,
} from 'n8n-workflow';
import { loadN8n } from './n8n.mts';

export type CredentialData = Record<string, Record<string, unknown>>;

/**
 * n8n's credentials helper without its database: the values are given in clear, everything that n8n then does with
 * them is done the same way, with the engine's own expressions. That is: defaults of the type's fields, expressions in
 * the values, and `authenticate` as a function or as a generic rule with `$credentials`.
 */
export function credentialsHelper(
	types: Record<string, ICredentialType>,
	data: CredentialData,
	beforeReading: () => Promise<void> = async () => {},
): ICredentialsHelper {
	const typeOf = (name: string): ICredentialType => {
		const type = types[name];
		if (!type) throw new Error(`The engine was given no credential type '${name}'`);
		return type;
	};
	const noDatabase = async (): Promise<never> => {
		throw new Error('The test engine keeps no credentials: nothing can be stored or read back');
	};

	return {
		getParentTypes: (name: string) => types[name]?.extends ?? [],
		getCredentialsProperties: (name: string) => typeOf(name).properties,
		isCredentialUsableByNode: () => true,
		preAuthentication: async () => undefined,
		runPreAuthentication: async () => undefined,
		getCredentials: noDatabase,
		updateCredentials: noDatabase,
		updateCredentialsOauthTokenData: noDatabase,

		async getDecrypted(
			additionalData: IWorkflowExecuteAdditionalData,
			_nodeCredentials: unknown,
			name: string,
			mode: WorkflowExecuteMode,
			executeData?: IExecuteData,
			raw?: boolean,
			resolve?: ICredentialsExpressionResolveValues,
		): Promise<ICredentialDataDecryptedObject> {
			await beforeReading();
			const values = data[name];
			if (!values) throw new Error(`This run was given no credentials of type '${name}'`);
			if (raw) return values as ICredentialDataDecryptedObject;
			return withDefaults(typeOf(name), values, additionalData, mode, executeData, resolve);
		},

		async authenticate(
			credentials: ICredentialDataDecryptedObject,
			name: string,
			options: IHttpRequestOptions,
			workflow?: Workflow,
			node?: INode,
		): Promise<IHttpRequestOptions> {
			const { authenticate } = typeOf(name);
			if (typeof authenticate === 'function') return await authenticate(credentials, options);
			if (authenticate?.type !== 'generic') return options;
			if (!workflow || !node) throw new Error('A generic authenticate rule needs a workflow and a node');
			// Into the caller's own object, as n8n does: a node that re-uses or logs its options must be caught.
			const target = options as unknown as Record<string, IDataObject>;
			for (const [part, entries] of Object.entries(authenticate.properties)) {
				target[part] ??= {};
				for (const [key, value] of Object.entries(entries as Record<string, string>)) {
					target[part][evaluate(workflow, node, key, credentials)] = evaluate(workflow, node, value, credentials);
				}
			}
			return options;
		},
	} as unknown as ICredentialsHelper;
}

function withDefaults(
	type: ICredentialType,
	values: Record<string, unknown>,
	additionalData: IWorkflowExecuteAdditionalData,
	mode: WorkflowExecuteMode,
	executeData: IExecuteData | undefined,
	resolve: ICredentialsExpressionResolveValues | undefined,
): ICredentialDataDecryptedObject {
	const { core, workflow: n8nWorkflow } = loadN8n();
	const complete = n8nWorkflow.NodeHelpers.getNodeParameters(
		type.properties,
		values as INodeParameters,
		true,
		false,
		null,
		null,
	) as INodeParameters;
	if (!resolve) return complete as ICredentialDataDecryptedObject;
	return resolve.workflow.expression.getParameterValue(
		complete,
		resolve.runExecutionData,
		resolve.runIndex,
		resolve.itemIndex,
		resolve.node.name,
		resolve.connectionInputData,
		mode,
		core.getAdditionalKeys(additionalData, mode, null),
		executeData,
		false,
		complete,
	) as ICredentialDataDecryptedObject;
}

function evaluate(workflow: Workflow, node: INode, text: string, credentials: ICredentialDataDecryptedObject): string {
	const value = workflow.expression.getSimpleParameterValue(
		node,
		text,
		'internal',
		{ $credentials: credentials },
		undefined,
		'',
	);
	return value ? String(value) : '';
}
