import type { Graph, GraphNode } from './kind.mts';

interface Channel {
	name: string;
	extension: 'png' | 'mp4' | 'mp3' | 'wav';
	type: 'output' | 'temp';
}

/** Classes that put something out, and where. */
const CHANNELS: Readonly<Record<string, Channel>> = {
	SaveImage: { name: 'images', extension: 'png', type: 'output' },
	PreviewImage: { name: 'images', extension: 'png', type: 'temp' },
	VHS_VideoCombine: { name: 'gifs', extension: 'mp4', type: 'output' },
	SaveVideo: { name: 'videos', extension: 'mp4', type: 'output' },
	SaveAudio: { name: 'audio', extension: 'mp3', type: 'output' },
	PanoramaViewer: { name: 'pano_output_images', extension: 'png', type: 'temp' },
};

const TEXT_CLASS = 'ShowText|pysssss';

/** More than a graph of these tests asks for. */
const MAX_BATCH = 50;

export interface OutputFile {
	nodeId: string;
	channel: string;
	filename: string;
	subfolder: string;
	type: 'output' | 'temp';
}

/** The files a run of this graph gives, numbered as ComfyUI does it. */
export function filesOf(graph: Graph): OutputFile[] {
	const count = batchSize(graph);
	return Object.entries(graph).flatMap(([nodeId, { class_type: classType, inputs }]) => {
		const channel = Object.hasOwn(CHANNELS, classType) ? CHANNELS[classType] : undefined;
		if (channel === undefined) return [];
		const path = String(inputs.filename_prefix ?? `temp_${nodeId}`).split('/');
		const prefix = path.pop()!.replace(/[^\w.-]/g, '') || 'ComfyUI';
		const files = channel.name === 'images' ? count : 1;
		return Array.from({ length: files }, (_, index) => ({
			nodeId,
			channel: channel.name,
			// The node's number keeps two of the same prefix apart.
			filename: `${prefix}_${String(index + 1).padStart(5, '0')}_${nodeId.replace(':', '-')}.${channel.extension}`,
			subfolder: path.join('/'),
			type: channel.type,
		}));
	});
}

/** The `outputs` of a result: per node and channel. */
export function outputsOf(
	graph: Graph,
	urlOf: (file: OutputFile) => string,
): Record<string, Record<string, unknown[]>> {
	const outputs: Record<string, Record<string, unknown[]>> = {};
	for (const file of filesOf(graph)) {
		const { filename, subfolder, type } = file;
		const channels = (outputs[file.nodeId] ??= {});
		(channels[file.channel] ??= []).push({ url: urlOf(file), filename, subfolder, type });
	}
	for (const [nodeId, node] of Object.entries(graph)) {
		if (node.class_type === TEXT_CLASS) outputs[nodeId] = { text: [[textOf(node, graph)]] };
	}
	return outputs;
}

function batchSize(graph: Graph): number {
	const sizes = Object.values(graph).map(({ inputs }) => Number(inputs.batch_size ?? 1));
	return Math.min(MAX_BATCH, Math.max(1, ...sizes.filter(Number.isInteger)));
}

function textOf({ inputs }: GraphNode, graph: Graph): string {
	const [from] = Array.isArray(inputs.text) ? (inputs.text as unknown[]) : [];
	return String(graph[String(from)]?.inputs.text ?? inputs.text);
}
