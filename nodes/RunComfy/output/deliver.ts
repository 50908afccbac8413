import type { IBinaryData, IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ResultAnswer } from '../api/contract';
import { type EmbeddedFile, type OutputReading, readOutput } from '../api/outputFiles';
import { fileContextOf } from '../api/result';
import { filesLeftOut } from '../errors/logLines';
import { download, type Downloading } from './download';
import { baseNameOf, baseNamesOf, fileNameFor, numberedName } from './fileName';
import { typeOfBytes } from './fileType';
import {
	type Delivery,
	type Download,
	inputFieldsOf,
	itemsWithoutFile,
	outputItem,
	rawItem,
	simplifiedItems,
} from './items';

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
	/** The model's id and the addresses it was given, where they are known. */
	modelId?: string;
	sent?: readonly string[];
	options: DeliveryOptions;
	/** Fields about this result among others of the same item. */
	about?: IDataObject;
	/** What an answer gives, where it is not a model's `output`. */
	read?: ReadOutput;
}

/** Finds what an answer gives. Never throws but Stopped: it is paid. */
export type ReadOutput = (answer: ResultAnswer) => Promise<OutputReading>;

/** The fields of the input item that its output items begin with. */
export const inputFieldsToInclude = (
	{ items }: Pick<Receiver, 'items'>,
	itemIndex: number,
	{ includeInputFields }: Pick<DeliveryOptions, 'includeInputFields'>,
): IDataObject => (includeInputFields ? inputFieldsOf(items[itemIndex]) : {});

/** Makes the items of a finished request, with its files if they are wanted. */
export async function deliver(
	receiver: Receiver,
	{ itemIndex, requestId, source, modelId, sent, options, about = {}, read }: Deliverable,
	answer: ResultAnswer,
): Promise<INodeExecutionData[]> {
	const context = fileContextOf(answer, receiver.connection, sent);
	const reading = (await read?.(answer)) ?? readOutput(answer.output, context);
	const { files, embedded, leftOut, others } = reading;
	if (leftOut > 0) receiver.context.logger.warn(filesLeftOut(requestId, files.length, leftOut));
	const downloads: Download[] = [];
	const sources = { fileName: options.fileName, source, requestId };
	// Variants of one item share its name.
	const firstIndex = typeof about.variant === 'number' ? (about.variant - 1) * files.length : 0;
	if (options.downloadImages && !receiver.asTool) {
		const names = baseNamesOf(files, sources, firstIndex);
		const wanted = files.map(({ url }, index) => ({ url, baseName: names[index] }));
		downloads.push(...(await Promise.all(wanted.map(async (one) => await download(receiver, one)))));
	}
	const { outputField } = options;
	const inputFields = inputFieldsToInclude(receiver, itemIndex, options);
	const stored = receiver.asTool
		? []
		: await storeEmbedded(receiver.context, embedded, baseNameOf(sources), firstIndex + files.length);
	const own = { itemIndex, requestId, modelId, answer, files, downloads, stored };
	const delivery: Delivery = { ...own, outputField, inputFields, about };
	if (!options.simplify) return [rawItem(delivery)];
	const isWithoutFile = files.length + stored.length === 0;
	if (isWithoutFile && others !== undefined && others.length > 0) return itemsWithoutFile(delivery, others);
	// Whoever was promised files has had an error instead.
	return isWithoutFile ? [outputItem(delivery)] : simplifiedItems(delivery);
}

/** Puts the files into n8n's storage, named after `baseName` and numberedName from `firstIndex` on. */
async function storeEmbedded(
	{ helpers }: IExecuteFunctions,
	files: EmbeddedFile[],
	baseName: string,
	firstIndex: number,
): Promise<IBinaryData[]> {
	const stored: IBinaryData[] = [];
	// One after the other: each is in memory twice while it is stored.
	for (const [index, { base64, mimeType: declared }] of files.entries()) {
		const bytes = Buffer.from(base64, 'base64');
		const mimeType = typeOfBytes(bytes) ?? (declared || 'application/octet-stream');
		const name = fileNameFor(numberedName(baseName, firstIndex + index), mimeType);
		stored.push(await helpers.prepareBinaryData(bytes, name, mimeType));
	}
	return stored;
}
