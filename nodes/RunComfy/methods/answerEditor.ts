import type { ILoadOptionsFunctions, ResourceMapperField, ResourceMapperFields } from 'n8n-workflow';

import { toNodeError } from '../errors/toNodeError';

/** Answers what the editor asks. Throws an error that it shows in the place of the answer. */
export async function answerEditor<A>(context: ILoadOptionsFunctions, answer: () => Promise<A>): Promise<A> {
	try {
		return await answer();
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

export const fieldsOrNotice = (fields: ResourceMapperField[], emptyFieldsNotice: string): ResourceMapperFields =>
	fields.length === 0 ? { fields, emptyFieldsNotice } : { fields };

export const isExpression = (value: unknown): boolean => typeof value === 'string' && value.startsWith('=');
