/** What the editor asks the node while a person fills it in; loaded when first asked. */

import type { ILoadOptionsFunctions, INodeType } from 'n8n-workflow';

const models = async () => await import('./modelMethods');
const deployments = async () => await import('./deploymentMethods');

export const methods: INodeType['methods'] = {
	listSearch: {
		async searchModels(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string) {
			return await (await models()).searchModels(this, filter, paginationToken);
		},
		async searchDeployments(this: ILoadOptionsFunctions, filter?: string) {
			return await (await deployments()).searchDeployments(this, filter);
		},
	},
	loadOptions: {
		async getMediaInputs(this: ILoadOptionsFunctions) {
			return await (await models()).getMediaInputs(this);
		},
		async getDeploymentMediaInputs(this: ILoadOptionsFunctions) {
			return await (await deployments()).getDeploymentMediaInputs(this);
		},
	},
	resourceMapping: {
		async getModelInputs(this: ILoadOptionsFunctions) {
			return await (await models()).getModelInputs(this);
		},
		async getDeploymentInputs(this: ILoadOptionsFunctions) {
			return await (await deployments()).getDeploymentInputs(this);
		},
	},
};
