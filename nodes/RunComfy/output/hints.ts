/** What the output pane says below the items, where that helps. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import * as hintLines from '../errors/hintLines';

/** The total cost of the requests in these items, in US dollars; each request counts once. */
export function totalCost(items: INodeExecutionData[]): number {
	const costs = new Map<unknown, number>();
	for (const { json } of items) {
		if (typeof json.cost === 'number' && Number.isFinite(json.cost)) costs.set(json.request_id, json.cost);
	}
	return [...costs.values()].reduce((sum, cost) => sum + cost, 0);
}

/** The hints for the items of a wait, in words. */
export function hintsFor(items: INodeExecutionData[]): Array<{ message: string; type: 'info' | 'warning' }> {
	const files = items.filter(({ json }) => json.image_url !== undefined || json.video_url !== undefined).length;
	const cost = totalCost(items);
	const unfinished = items.filter(({ json }) => json.finished === false).length;
	const withoutFile = items.filter(({ json }) => json.download_error !== undefined).length;
	return [
		...(cost > 0 ? [{ message: hintLines.picturesAndCost(files, cost), type: 'info' as const }] : []),
		...(unfinished > 0 ? [{ message: hintLines.unfinished(unfinished), type: 'warning' as const }] : []),
		...(withoutFile > 0 ? [{ message: hintLines.notDownloaded(withoutFile), type: 'warning' as const }] : []),
	];
}

export interface Hint {
	/** Plain text. */
	text: string;
	type: 'info' | 'warning';
}

/** Shows the hints. Older versions of n8n have no place for them. */
export function showHints(
	{ context }: { context: IExecuteFunctions },
	items: INodeExecutionData[],
	more: Hint[] = [],
): void {
	const { addExecutionHints } = context as Partial<IExecuteFunctions>;
	const hints = [...hintsFor(items), ...more.map(({ text, type }) => ({ message: text, type }))].map((hint) => ({
		...hint,
		location: 'outputPane' as const,
	}));
	if (hints.length > 0) addExecutionHints?.call(context, ...hints);
}
