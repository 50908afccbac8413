/** What a ComfyUI workflow gave: per node, in channels of any name. */

import { asPlainObject, isPlainObject } from '../errors/shape';
import { type FileContext, kindOfFile, MAX_FILES, type OutputFile } from './outputFiles';

/** A file, and where in the workflow it came from. */
export interface NodeFile extends OutputFile {
	nodeId: string;
	/** The name that it had on the machine, where that is known. */
	filename?: string;
	/** Made on the way only: a preview, or what a loader was given. */
	isPreview: boolean;
}

interface NodeOutputs {
	files: NodeFile[];
	texts: Array<{ nodeId: string; text: string }>;
	/** Ids of the nodes that gave anything at all, of whatever kind. */
	nodesWithOutput: string[];
	/** How many further files there are. */
	leftOut: number;
}

/** More than a workflow has. */
const MAX_OUTPUT_NODES = 5_000;
const MAX_NODE_TEXT_CHARACTERS = 100_000;

/** Reads the `outputs` of a result. Anything that is neither a file nor text is passed over. Never throws. */
export function readNodeOutputs(outputs: unknown, { customFileHosts }: FileContext): NodeOutputs {
	const read: NodeOutputs = { files: [], texts: [], nodesWithOutput: [], leftOut: 0 };
	const seen = new Set<string>();
	for (const [nodeId, channels] of Object.entries(asPlainObject(outputs)).slice(0, MAX_OUTPUT_NODES)) {
		const perChannel = Object.values(asPlainObject(channels)).map((channel): unknown[] => [channel].flat());
		if (perChannel.some((entries) => entries.length > 0)) read.nodesWithOutput.push(nodeId);
		for (const entries of perChannel) {
			const text = textsIn(entries);
			if (text !== '') read.texts.push({ nodeId, text });
			for (const entry of entries) {
				const file = fileIn(entry, nodeId, customFileHosts);
				if (file === undefined || seen.has(file.url)) continue;
				seen.add(file.url);
				if (read.files.length < MAX_FILES) read.files.push(file);
				else read.leftOut += 1;
			}
		}
	}
	return read;
}

function fileIn(entry: unknown, nodeId: string, customFileHosts: readonly string[]): NodeFile | undefined {
	if (!isPlainObject(entry) || typeof entry.url !== 'string') return undefined;
	const { url, filename, type } = entry;
	if (!/^https?:\/\/\S+$/i.test(url) || !URL.canParse(url)) return undefined;
	const address = new URL(url);
	if (address.protocol !== 'https:' && !customFileHosts.includes(address.host)) return undefined;
	return {
		url,
		kind: kindOfFile(address),
		nodeId,
		...(typeof filename === 'string' && filename !== '' && { filename }),
		isPreview: type === 'temp' || type === 'input',
	};
}

/** Text that a node shows comes as a list, or as a list of lists. */
function textsIn(entries: unknown[]): string {
	const texts = entries.flat().filter((entry): entry is string => typeof entry === 'string' && entry !== '');
	return texts.join('\n').slice(0, MAX_NODE_TEXT_CHARACTERS);
}
