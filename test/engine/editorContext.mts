import type { ILoadOptionsFunctions, INodeParameters } from 'n8n-workflow';
import { additionalDataFor } from './additionalData.mts';
import { credentialsHelper, type CredentialData } from './credentialsHelper.mts';
import type { Engine } from './engine.mts';
import { loadN8n } from './n8n.mts';
import { defaultVersion } from './runNode.mts';
import { NODE_UNDER_TEST, nodeOf } from './workflowOf.mts';

/** What the editor has on the screen when it asks the node for a list or for fields. */
export interface EditorState {
	parameters: INodeParameters;
	credentials: CredentialData;
}

/** n8n's own context of a node's `methods`, as its server makes it for the editor. */
export function editorContext(engine: Engine, { parameters, credentials }: EditorState): ILoadOptionsFunctions {
	const { core, workflow: n8nWorkflow } = loadN8n();
	const type = engine.nodeUnderTest;
	const connected = Object.fromEntries(Object.keys(credentials).map((name) => [name, { id: name, name }]));
	const node = nodeOf(NODE_UNDER_TEST, {
		type,
		typeVersion: defaultVersion(engine, type),
		parameters,
		credentials: connected,
	});
	const { nodeTypes } = engine;
	const workflow = new n8nWorkflow.Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const additionalData = additionalDataFor(credentialsHelper(engine.credentialTypes, credentials), {
		currentNodeParameters: parameters,
	});
	return new core.LoadOptionsContext(workflow, node, additionalData, '');
}
