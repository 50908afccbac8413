/** The items the node gives. Field names are RunComfy's own, so that they fit from any operation into any other. */

import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { withoutFiles } from '../api/cleanBody';
import type { RequestAnswer } from '../api/result';
import { type RequestRef, requestUrls } from '../api/queue';
import type { OutputFile } from '../api/outputFiles';
import type { FileLabel } from '../errors/hintLines';
import type { ReportedCost } from '../errors/sentences';
import type { RunComfyError } from '../errors/RunComfyError';
import { usdIn } from '../purchase/estimate';

/**
 * An item linked to its input, such as one about a model. A field named `error` at the top level means a failed item to n8n (it
 * would run the node again, or send the item to the error branch), so a good item never has one.
 */
export function plainItem(
	itemIndex: number,
	json: IDataObject,
	binary?: Record<string, IBinaryData>,
): INodeExecutionData {
	const good = { ...json };
	delete good.error;
	return { json: good, ...(binary && { binary }), pairedItem: { item: itemIndex } };
}

/**
 * What an item stands for. Its json does not show it reliably, since it may start with the user's own fields that have the same
 * names.
 */
export type Meaning =
	| { kind: 'result'; requestId: string; files: ShownFile[]; costUsd: unknown; notDownloaded: number }
	| { kind: 'unfinished' | 'submitted'; requestId: string }
	| { kind: 'failed'; itemIndex: number; message: string };

const meanings = new WeakMap<INodeExecutionData, Meaning>();

/** What an item made here stands for; undefined for an item about something else, and for a copy. */
export const meaningOf = (item: INodeExecutionData): Meaning | undefined => meanings.get(item);

/** The requests behind these items, each once, with how they stand and the addresses of their files. */
export function requestsOf(
	items: INodeExecutionData[],
): Array<{ requestId: string; kind: Exclude<Meaning['kind'], 'failed'>; urls: string[] }> {
	const requests = new Map<string, ReturnType<typeof requestsOf>[number]>();
	for (const what of items.map(meaningOf)) {
		if (what === undefined || what.kind === 'failed') continue;
		const { requestId, kind } = what;
		const request = requests.get(requestId) ?? { requestId, kind, urls: [] };
		if (what.kind === 'result') request.urls.push(...what.files.map(({ url }) => url));
		requests.set(requestId, request);
	}
	return [...requests.values()];
}

export type ResultMeaning = Extract<Meaning, { kind: 'result' }>;

/** What requests cost together, as far as RunComfy reports it; each counts once, whatever number of files it gave. */
export function costOf(results: ReadonlyArray<Pick<ResultMeaning, 'requestId' | 'costUsd'>>): ReportedCost {
	const costs = new Map(results.map(({ requestId, costUsd }) => [requestId, usdIn(costUsd)]));
	const reported = [...costs.values()].filter((usd) => usd !== undefined);
	return { usd: reported.reduce((sum, usd) => sum + usd, 0), reported: reported.length, requests: costs.size };
}

function withMeaning(item: INodeExecutionData, what: Meaning): INodeExecutionData {
	meanings.set(item, what);
	return item;
}

/** How a file's download ended: the file, or the sentence that says why there is none. */
export type Download = { file: IBinaryData } | { problem: string };

/** A file of an item; labelled as it was downloaded, if it was. */
export type ShownFile = OutputFile & { label?: FileLabel };

/** A file as hints show it: under the name it was downloaded with. */
const shownFile = (file: OutputFile, download: Download | undefined): ShownFile =>
	download && 'file' in download
		? { ...file, label: { name: download.file.fileName, size: download.file.fileSize } }
		: file;

/** What a finished request becomes. */
export interface Delivery {
	itemIndex: number;
	requestId: string;
	answer: RequestAnswer;
	files: OutputFile[];
	/** One per file, where the files were to be downloaded. */
	downloads: Download[];
	/** The files that the answer itself brought. */
	stored: IBinaryData[];
	/** The model's id, where it is known without RunComfy's answer. */
	modelId?: string;
	outputField: string;
	/** Fields of the input item that come first in each output item. */
	inputFields: IDataObject;
	/** Fields about this result among others of the same item. */
	moreFields: IDataObject;
}

const presentFields = (fields: IDataObject): IDataObject =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));

/** What RunComfy says of a finished request besides its files. */
const resultFields = ({ answer, modelId }: Delivery): IDataObject => {
	const { model_id = modelId, created_at, finished_at, cost } = answer;
	return presentFields({ model_id, created_at, finished_at, cost });
};

/** An item of a finished request. `own`: the fields that only this kind of item has. */
function resultItem(delivery: Delivery, own: IDataObject, file?: OutputFile, download?: Download): INodeExecutionData {
	const { answer, itemIndex, inputFields, outputField, requestId, moreFields } = delivery;
	const problem = download && 'problem' in download ? download.problem : undefined;
	const json = {
		...inputFields,
		request_id: requestId,
		status: 'succeeded',
		...own,
		...moreFields,
		...resultFields(delivery),
		...(problem !== undefined && { download_error: problem }),
	};
	const binary = download && 'file' in download ? { [outputField]: download.file } : undefined;
	return withMeaning(plainItem(itemIndex, json, binary), {
		kind: 'result',
		requestId,
		files: file === undefined ? [] : [shownFile(file, download)],
		costUsd: answer.cost,
		notDownloaded: problem === undefined ? 0 : 1,
	});
}

/** One item per file: those that have an address, then those that the answer itself brought. */
export function simplifiedItems(delivery: Delivery): INodeExecutionData[] {
	const { downloads, files, stored } = delivery;
	return [
		...files.map((file, index) => {
			const own = { [`${file.kind}_url`]: file.url, index, ...file.moreFields };
			return resultItem(delivery, own, file, downloads[index]);
		}),
		...stored.map((file, index) => resultItem(delivery, { index: files.length + index }, undefined, { file })),
	];
}

/** The item of a request that gave no file but something else: text, numbers, whatever it is. */
export const outputItem = (delivery: Delivery): INodeExecutionData =>
	resultItem(delivery, { output: (withoutFiles(delivery.answer.output) as IDataObject | undefined) ?? null, index: 0 });

/** Items of what a request gave besides files: text, or that there was nothing new. */
export const itemsWithoutFile = (delivery: Delivery, others: IDataObject[]): INodeExecutionData[] =>
	others.map((other, index) => resultItem(delivery, { index, ...other }));

/** One item with RunComfy's own answer; the first file is in the output field, further ones in `field_1` and so on. */
export function rawItem(delivery: Delivery): INodeExecutionData {
	const binary: Record<string, IBinaryData> = {};
	const problems: string[] = [];
	const all = [...delivery.downloads, ...delivery.stored.map((file) => ({ file }))];
	all.forEach((download, index) => {
		if ('file' in download)
			binary[index === 0 ? delivery.outputField : `${delivery.outputField}_${index}`] = download.file;
		else problems.push(download.problem);
	});
	const json = {
		...delivery.inputFields,
		...(withoutFiles(delivery.answer) as IDataObject),
		...delivery.moreFields,
		request_id: delivery.requestId,
		...(problems.length > 0 && { download_error: problems.join(' ') }),
	};
	const { itemIndex, requestId, answer } = delivery;
	const files = delivery.files.map((file, index) => shownFile(file, delivery.downloads[index]));
	return withMeaning(plainItem(itemIndex, json, Object.keys(binary).length > 0 ? binary : undefined), {
		kind: 'result',
		requestId,
		files,
		costUsd: answer.cost,
		notDownloaded: problems.length,
	});
}

/** A request that is not finished yet. `answer` is RunComfy's own, where it is wanted. */
export function unfinishedItem(
	itemIndex: number,
	requestId: string,
	status: string | undefined,
	{
		inputFields,
		answer,
		moreFields = {},
	}: { inputFields: IDataObject; answer?: IDataObject; moreFields?: IDataObject },
): INodeExecutionData {
	const own = (withoutFiles(answer) as IDataObject | undefined) ?? { request_id: requestId, status: status ?? null };
	const item = plainItem(itemIndex, { ...inputFields, ...own, ...moreFields, request_id: requestId, finished: false });
	return withMeaning(item, { kind: 'unfinished', requestId });
}

export function submittedItem(itemIndex: number, request: RequestRef, moreFields: IDataObject): INodeExecutionData {
	const { requestId } = request;
	const item = plainItem(itemIndex, { request_id: requestId, ...requestUrls(request), ...moreFields });
	return withMeaning(item, { kind: 'submitted', requestId });
}

/**
 * The item of an input that went wrong, under Continue On Fail. Without `inputFields` it reaches the error branch, where n8n
 * adds the input's own fields, on every n8n version; with them it would not.
 */
export function errorItem(
	itemIndex: number,
	{ message, description, facts }: RunComfyError,
	inputFields: IDataObject = {},
): INodeExecutionData {
	const error = {
		message,
		description,
		...presentFields({
			request_id: facts.requestId,
			status: facts.status,
			http_status: facts.httpStatus,
			error_code: facts.errorCode,
		}),
	};
	return withMeaning(
		{ json: { ...inputFields, error }, pairedItem: { item: itemIndex } },
		{ kind: 'failed', itemIndex, message },
	);
}

/** The fields that distinguish the variants of one input item; none where it has only one. */
export const variantFields = (variant: number | undefined, seed: number | undefined): IDataObject =>
	variant === undefined ? {} : { variant, ...(seed !== undefined && { seed }) };

/** The names of all fields that this node's items have: the same fields of an input would be mistaken for the request's own. */
const OWN_FIELDS = new Set(
	(
		'request_id status status_url result_url cancel_url queue_position finished outcome cancelled ' +
		'image_url video_url audio_url file_url output index variant seed model_id created_at finished_at cost ' +
		'deployment_id node_id node_title filename text files other_nodes ' +
		'download_error error'
	).split(' '),
);

/** The input's fields for the output items, less those that are named like the node's own. */
export function inputFieldsOf(item: INodeExecutionData | undefined): IDataObject {
	return Object.fromEntries(Object.entries(item?.json ?? {}).filter(([name]) => !OWN_FIELDS.has(name)));
}
