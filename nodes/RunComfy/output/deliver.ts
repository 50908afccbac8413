import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { ResultAnswer } from '../api/contract';
import { outputFilesOf } from '../api/outputFiles';
import { STOPPED } from '../timing/stop';
import { download, type Downloading } from './download';
import { baseNameOf, numbered } from './fileName';
import { type Delivery, type Download, inputFieldsOf, rawItem, simplifiedItems } from './items';

/** How results are wanted. */
export interface DeliveryOptions {
	simplify: boolean;
	downloadImages: boolean;
	/** Of downloaded files, without extension; empty for a name after the input. */
	fileName: string;
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
	/** The name or the address of what went in, for the names of downloaded files. */
	source?: string;
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
	{ itemIndex, requestId, source, options }: Deliverable,
	answer: ResultAnswer,
): Promise<INodeExecutionData[] | typeof STOPPED> {
	const files = outputFilesOf(answer.output);
	const downloads: Download[] = [];
	if (options.downloadImages && !receiver.asTool) {
		const baseName = baseNameOf({ fileName: options.fileName, source, requestId });
		const wanted = files.map(({ url }, index) => ({ url, baseName: numbered(baseName, index) }));
		const fetched = await Promise.all(wanted.map(async (one) => await download(receiver, one)));
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
