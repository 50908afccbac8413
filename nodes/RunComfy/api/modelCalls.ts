/** RunComfy's catalogue: one model with its schema, and the list. One function per endpoint. */

import { modelUnknown, readingModel, searchingModels } from '../errors/modelErrors';
import { RunComfyError } from '../errors/RunComfyError';
import type { Expected } from './answers';
import type { CallOptions, Calls } from './calls';
import { saysUnknown } from './refusals';
import type { ReadOutcome } from './requestState';
import { ERROR_CODE } from './service';

/** A model as the catalogue describes it. Field names are RunComfy's own; nothing of it is promised. */
export type ModelAnswer = Record<string, unknown>;

/** A page of the list. */
interface ModelsAnswer extends Record<string, unknown> {
	models: unknown[];
	/** How many there are in all; absent where RunComfy does not say. */
	total?: unknown;
}

export interface ModelFilters {
	search?: string;
	category?: string;
	kind?: string;
}

interface ModelsQuery extends ModelFilters {
	/** From 1 to `MAX_PAGE_SIZE`. */
	limit: number;
	offset: number;
}

/** RunComfy's own limit. Source: its official clients. */
export const MAX_PAGE_SIZE = 500;

const MODEL: Expected = {
	isAnswer: ({ model_id: modelId, input_schema: schema }) => typeof modelId === 'string' || typeof schema === 'object',
};

const MODELS: Expected = { isAnswer: ({ models }) => Array.isArray(models) };

/** Reads one model. Throws a RunComfyError for an answer that will not change by itself. */
export async function getModel(calls: Calls, modelId: string, options: CallOptions): Promise<ReadOutcome<ModelAnswer>> {
	const call = { method: 'GET' as const, url: `${calls.connection.modelApiUrl}/v1/models/${modelId}` };
	try {
		return await calls.read(call, options, MODEL, readingModel(modelId));
	} catch (error) {
		const isUnknown = error instanceof RunComfyError && saysUnknown(error, ERROR_CODE.noSuchModel);
		throw isUnknown ? modelUnknown(modelId, '', error.facts) : error;
	}
}

/** Reads a page of the list. Throws a RunComfyError for an answer that will not change by itself. */
export async function listModels(
	calls: Calls,
	query: ModelsQuery,
	options: CallOptions,
): Promise<ReadOutcome<ModelsAnswer>> {
	const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
	const call = {
		method: 'GET' as const,
		url: `${calls.connection.modelApiUrl}/v1/models`,
		query: Object.fromEntries(given),
	};
	return await calls.read(call, options, MODELS, searchingModels);
}
