import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';
import { binaryDataService, loadN8n } from './n8n.mts';

/** As of what a webhook received: n8n stores it before the execution has an ID. */
const INPUT_EXECUTION_ID = 'temp';

export interface FileFacts {
	fileName: string;
	mimeType: string;
}

/** An input item with a file, stored where the open engine keeps binary data. */
export async function binaryItem(
	json: IDataObject,
	fieldName: string,
	buffer: Buffer,
	{ fileName, mimeType }: FileFacts,
): Promise<INodeExecutionData> {
	const { fileTypeFromMimeType } = loadN8n().workflow;
	const [, fileExtension] = /\.([^.]+)$/.exec(fileName) ?? [];
	const empty: IBinaryData = {
		data: '',
		mimeType,
		fileName,
		fileExtension,
		fileType: fileTypeFromMimeType(mimeType),
	};
	const location = { type: 'execution', workflowId: 'test-workflow', executionId: INPUT_EXECUTION_ID } as const;
	const stored = await binaryDataService().store(location, buffer, empty);
	return { json, binary: { [fieldName]: stored } };
}

/** The bytes of an item's file. The engine that made the item must still be open. */
export async function readBinary(item: INodeExecutionData, fieldName: string): Promise<Buffer> {
	const file = item.binary?.[fieldName];
	if (!file) throw new Error(`The item has no file in field '${fieldName}'`);
	return await binaryDataService().getAsBuffer(file);
}
