/** What the editor asks the node while somebody fills it in; loaded when first asked. */

import type { ILoadOptionsFunctions, INodeType } from 'n8n-workflow';

export const methods: INodeType['methods'] = {
	listSearch: {
		async searchModels(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string) {
			const { searchModels } = await import('./models');
			return await searchModels(this, filter, paginationToken);
		},
		async searchDeployments(this: ILoadOptionsFunctions, filter?: string) {
			const { searchDeployments } = await import('./deployments');
			return await searchDeployments(this, filter);
		},
	},
	loadOptions: {
		async getMediaInputs(this: ILoadOptionsFunctions) {
			const { getMediaInputs } = await import('./models');
			return await getMediaInputs(this);
		},
		async getDeploymentMediaInputs(this: ILoadOptionsFunctions) {
			const { getDeploymentMediaInputs } = await import('./deployments');
			return await getDeploymentMediaInputs(this);
		},
	},
	resourceMapping: {
		async getModelInputs(this: ILoadOptionsFunctions) {
			const { getModelInputs } = await import('./models');
			return await getModelInputs(this);
		},
		async getDeploymentInputs(this: ILoadOptionsFunctions) {
			const { getDeploymentInputs } = await import('./deployments');
			return await getDeploymentInputs(this);
		},
	},
};
