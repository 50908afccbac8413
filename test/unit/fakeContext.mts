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
		helpers: { getBinaryDataBuffer: async (_itemIndex: number, field: string) => files[field] },
	} as unknown as IExecuteFunctions;
}
