import type { IBinaryData, IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { type EmbeddedFile, type OutputReading, readOutput } from '../api/outputFiles';
import { fileContextOf, type RequestAnswer } from '../api/result';
import { filesLeftOut } from '../errors/logLines';
import type { Purchase } from '../purchase/order';
import { download, type Downloading } from './download';
import { type FileNames, fileNameFor, type GivenName, modelInName } from './fileName';
import { fileTypeOf } from './fileType';
import { type Delivery, inputFieldsOf, itemsWithoutFile, outputItem, rawItem, simplifiedItems } from './items';

/** How results are wanted. */
export interface DeliveryOptions {
	simplify: boolean;
	downloadImages: boolean;
	/** Of downloaded files, without extension; empty for the input's name. */
	fileName: string;
	outputField: string;
	includeInputFields: boolean;
}

/** Who gets the results. */
interface Receiver extends Downloading {
	items: INodeExecutionData[];
	fileNames: FileNames;
	/** An AI agent is given JSON only. */
	asTool: boolean;
}

/** A request whose result is wanted, and how. */
export interface Deliverable extends Purchase {
	/** What its files are named after. */
	givenName(): GivenName;
	/** The model's id, where it is known. */
	modelId?: string;
	options: DeliveryOptions;
	/** Fields about this result among others of the same item. */
	moreFields?: IDataObject;
	/** What an answer gives, where it is not a model's `output`. */
	read?: ReadOutput;
}

/** Finds what an answer gives. Never throws but Stopped: it is paid. */
export type ReadOutput = (answer: RequestAnswer) => Promise<OutputReading>;

/** The fields of the input item that its output items begin with. */
export const inputFieldsToInclude = (
	{ items }: Pick<Receiver, 'items'>,
	itemIndex: number,
	{ includeInputFields }: Pick<DeliveryOptions, 'includeInputFields'>,
): IDataObject => (includeInputFields ? inputFieldsOf(items[itemIndex]) : {});

/** Makes the items of a finished request, with its files if they are wanted. */
export async function deliver(
	receiver: Receiver,
	{ itemIndex, requestId, givenName, modelId, sent, options, moreFields = {}, read }: Deliverable,
	answer: RequestAnswer,
): Promise<INodeExecutionData[]> {
	const context = fileContextOf(answer, receiver.connection, sent);
	const reading = (await read?.(answer)) ?? readOutput(answer.output, context);
	const { files, embedded, leftOut, others, maker } = reading;
	if (leftOut > 0) receiver.context.logger.warn(filesLeftOut(requestId, files.length, leftOut));
	const wanted = options.downloadImages && !receiver.asTool ? files : [];
	const toStore = receiver.asTool ? [] : embedded;
	const names =
		wanted.length + toStore.length === 0
			? []
			: receiver.fileNames.take(files.length + embedded.length, givenName(), {
					maker: maker ?? modelInName(answer.model_id ?? modelId),
					itemIndex,
					requestId,
				});
	const downloads = await Promise.all(
		wanted.map(async (file, index) => await download(receiver, { ...file, baseName: names[index] })),
	);
	const stored = await storeEmbedded(receiver.context, toStore, names.slice(files.length));
	const { outputField } = options;
	const inputFields = inputFieldsToInclude(receiver, itemIndex, options);
	const own = { itemIndex, requestId, modelId, answer, files, downloads, stored };
	const delivery: Delivery = { ...own, outputField, inputFields, moreFields };
	if (!options.simplify) return [rawItem(delivery)];
	const isWithoutFile = files.length + stored.length === 0;
	if (isWithoutFile && others !== undefined && others.length > 0) return itemsWithoutFile(delivery, others);
	// Where files were expected, their absence was an error before.
	return isWithoutFile ? [outputItem(delivery)] : simplifiedItems(delivery);
}

/** Puts the files into n8n's storage. */
async function storeEmbedded(
	{ helpers }: IExecuteFunctions,
	files: EmbeddedFile[],
	names: string[],
): Promise<IBinaryData[]> {
	const stored: IBinaryData[] = [];
	// One after the other: each is in memory twice while it is stored.
	for (const [index, { base64, mimeType: declared }] of files.entries()) {
		const bytes = Buffer.from(base64, 'base64');
		const mimeType = fileTypeOf(bytes, declared, '');
		stored.push(await helpers.prepareBinaryData(bytes, fileNameFor(names[index], mimeType), mimeType));
	}
	return stored;
}
