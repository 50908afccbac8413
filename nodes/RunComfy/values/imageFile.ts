import type { IExecuteFunctions } from 'n8n-workflow';

import { FILE_FAULT, fileWrong } from '../errors/fileErrors';
import { type FileField, readFile } from './file';
import { imageTypeOf, type ImageType, isWholeImage } from './imageContent';

/**
 * Reads an image of an item, as `readFile` does, and checks by its content that it is one, and a whole one: half a photo is
 * paid for like a whole one. Throws a RunComfyError.
 */
export async function readImageFile(
	context: IExecuteFunctions,
	itemIndex: number,
	value: unknown,
	field: FileField,
): Promise<{ bytes: Buffer; type: ImageType; name?: string }> {
	const { bytes, file, label } = await readFile(context, itemIndex, value, field);
	const type = imageTypeOf(bytes);
	if (type === undefined) throw fileWrong(label, FILE_FAULT.notAnImage, field.accepted);
	if (!isWholeImage(bytes, type)) throw fileWrong(label, FILE_FAULT.incomplete, field.accepted);
	return { bytes, type, ...(file.fileName !== undefined && { name: file.fileName }) };
}
