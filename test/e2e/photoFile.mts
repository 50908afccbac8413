import { code, node, type WorkflowNode } from '../n8n/workflow.mts';

/** Nodes that make an item with a photo as a file in `data`. */
export function photoFile(jpeg: Buffer): WorkflowNode[] {
	return [
		code('Photo', `return [{ json: { sku: 'MUG-1', photo: '${jpeg.toString('base64')}' } }];`),
		node(
			'To File',
			'n8n-nodes-base.convertToFile',
			{ operation: 'toBinary', sourceProperty: 'photo', options: { fileName: 'mug.jpg', mimeType: 'image/jpeg' } },
			{ typeVersion: 1.1 },
		),
	];
}
