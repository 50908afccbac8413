/** As much of n8n's context as reading parameters takes: tables of inputs need no engine. */
import type { IExecuteFunctions } from 'n8n-workflow';

export interface FakeInput {
	parameters?: Record<string, unknown>;
	/** Files of the only input item, by field. */
	files?: Record<string, Buffer>;
}

export function fakeContext({ parameters = {}, files = {} }: FakeInput): IExecuteFunctions {
	return {
		getNodeParameter: (name: string, _itemIndex: number, fallback: unknown) =>
			Object.hasOwn(parameters, name) ? parameters[name] : fallback,
		getInputData: () => [{ json: {}, binary: files }],
		helpers: {
			// As n8n does: of an item without the field it would throw; where the size is asked, it is known.
			assertBinaryData: (_itemIndex: number, field: string) => {
				if (!Object.hasOwn(files, field)) throw new Error(`no binary field '${field}'`);
				return { mimeType: 'application/octet-stream', data: 'filesystem-v2', id: field };
			},
			getBinaryMetadata: async (id: string) => ({ fileSize: files[id].length }),
			getBinaryDataBuffer: async (_itemIndex: number, { id }: { id: string }) => files[id],
		},
	} as unknown as IExecuteFunctions;
}
