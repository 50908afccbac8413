import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { ResultAnswer } from '../api/contract';
import { outputFilesOf } from '../api/outputFiles';
import { STOPPED } from '../timing/stop';
import { download, type Downloading } from './download';
import { type Delivery, type Download, inputFieldsOf, rawItem, simplifiedItems } from './items';

/** How results are wanted. */
export interface DeliveryOptions {
	simplify: boolean;
	downloadImages: boolean;
	outputField: string;
	includeInputFields: boolean;
}

/** Who gets the results. */
export interface Receiver extends Downloading {
	items: INodeExecutionData[];
	/** An AI agent is given JSON only. */
	asTool: boolean;
}

/** A finished request's item, and how it is wanted. */
export interface Deliverable {
	itemIndex: number;
	requestId: string;
	options: DeliveryOptions;
}

/** The fields of the input item that its output items begin with. */
export const inputFieldsToInclude = (
	{ items }: Pick<Receiver, 'items'>,
	itemIndex: number,
	{ includeInputFields }: Pick<DeliveryOptions, 'includeInputFields'>,
): IDataObject => (includeInputFields ? inputFieldsOf(items[itemIndex]) : {});

/** Makes the items of a finished request, with its files if they are wanted. STOPPED when Stop came first. */
export async function deliver(
	receiver: Receiver,
	{ itemIndex, requestId, options }: Deliverable,
	answer: ResultAnswer,
): Promise<INodeExecutionData[] | typeof STOPPED> {
	const files = outputFilesOf(answer.output);
	const downloads: Download[] = [];
	if (options.downloadImages && !receiver.asTool) {
		const fetched = await Promise.all(files.map(async ({ url }) => await download(receiver, url)));
		for (const one of fetched) {
			if (one === STOPPED) return STOPPED;
			downloads.push(one);
		}
	}
	const { outputField } = options;
	const inputFields = inputFieldsToInclude(receiver, itemIndex, options);
	const delivery: Delivery = { itemIndex, requestId, answer, files, downloads, outputField, inputFields };
	return options.simplify ? simplifiedItems(delivery) : [rawItem(delivery)];
}
