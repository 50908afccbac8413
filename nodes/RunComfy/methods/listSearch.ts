/** The list behind 'Model': RunComfy's catalogue, searched on its server, page by page. */

import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import { isFileAddressAllowed } from '../api/connection';
import type { ModelAnswer } from '../api/models';
import { modelInList } from '../errors/modelWords';
import { toNodeError } from '../errors/nodeError';
import { type ProcessState, processState as thisProcess } from '../batch/processState';
import { type Lookup, startLookup } from '../batch/lookup';
import { priceInShort, readPrice } from '../purchase/estimate';
import { aboutModel } from '../catalogue/modelItem';
import { modelPage } from '../catalogue/modelList';

/** As long as a page that a person scrolls through. */
const PAGE_SIZE = 100;

/** Answers a page of models; `paginationToken` is where the next one begins. Throws an error that the list shows. */
export async function searchModels(
	context: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
	processState: ProcessState = thisProcess,
): Promise<INodeListSearchResult> {
	try {
		const lookup = await startLookup(context, processState);
		const offset = Math.max(0, Math.floor(Number(paginationToken ?? 0)) || 0);
		const page = await modelPage(lookup, { search: filter?.trim() }, { offset, limit: PAGE_SIZE });
		return {
			results: page.models.map((model) => lineOf(model, lookup)),
			...(page.nextOffset !== undefined && { paginationToken: String(page.nextOffset) }),
		};
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

function lineOf(answer: ModelAnswer, { connection }: Lookup): INodeListSearchItems {
	const { display_name: name, model_url: address } = aboutModel(answer);
	const price = readPrice(answer);
	const value = String(answer.model_id);
	const isOwn = typeof address === 'string' && isFileAddressAllowed(new URL(address), connection);
	return {
		name: modelInList(typeof name === 'string' && name !== '' ? name : value, price && priceInShort(price)),
		value,
		description: value,
		...(isOwn && { url: address }),
	};
}
