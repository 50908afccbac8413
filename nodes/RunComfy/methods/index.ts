/** What the editor asks the node while a person fills it in; loaded when first asked. */

import type { ILoadOptionsFunctions, INodeType } from 'n8n-workflow';

const editor = async () => await import('./editorMethods');

export const methods: INodeType['methods'] = {
	listSearch: {
		async searchModels(this: ILoadOptionsFunctions, filter?: string, paginationToken?: string) {
			return await (await editor()).searchModels(this, filter, paginationToken);
		},
		async searchDeployments(this: ILoadOptionsFunctions, filter?: string) {
			return await (await editor()).searchDeployments(this, filter);
		},
	},
	loadOptions: {
		async getMediaInputs(this: ILoadOptionsFunctions) {
			return await (await editor()).getMediaInputs(this);
		},
		async getDeploymentMediaInputs(this: ILoadOptionsFunctions) {
			return await (await editor()).getDeploymentMediaInputs(this);
		},
	},
	resourceMapping: {
		async getModelInputs(this: ILoadOptionsFunctions) {
			return await (await editor()).getModelInputs(this);
		},
		async getDeploymentInputs(this: ILoadOptionsFunctions) {
			return await (await editor()).getDeploymentInputs(this);
		},
	},
};
