/** What the output pane says above the items, where that helps. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Connection } from '../api/connection';
import * as hintLines from '../errors/hintLines';
import { escapeHtml } from '../errors/html';
import { type Meaning, meaningOf } from './items';
import { MAX_PREVIEWS, previewsOf } from './previews';

export interface Hint {
	/** Plain text. */
	text: string;
	type: 'info' | 'warning';
}

/** Whose output pane it is. */
export interface Shown {
	context: IExecuteFunctions;
	/** Absent where the credential could not be read: then there are no previews. */
	connection?: Connection;
	/** The input. */
	items: INodeExecutionData[];
}

type Result = Extract<Meaning, { kind: 'result' }>;

/** The total cost of the requests, in US dollars; each counts once, whatever number of files it gave. */
export function totalCost(results: Result[]): number {
	const costs = new Map<string, number>();
	for (const { requestId, costUsd } of results) {
		if (typeof costUsd === 'number' && Number.isFinite(costUsd)) costs.set(requestId, costUsd);
	}
	return [...costs.values()].reduce((sum, cost) => sum + cost, 0);
}

const sumOf = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);

/** What came out, with previews: HTML, or empty where nothing came out. */
function resultMessage(results: Result[], connection: Connection | undefined): string {
	const files = results.flatMap((result) => result.files);
	const counts = { image: 0, video: 0, audio: 0, file: 0 };
	for (const { kind } of files) counts[kind] += 1;
	const { html, shown } = connection === undefined ? { html: '', shown: 0 } : previewsOf(files, connection);
	const isCut = shown > 0 && files.length > MAX_PREVIEWS;
	const text = hintLines.filesAndCost(counts, totalCost(results));
	const lines = [escapeHtml(isCut ? `${text}. ${hintLines.firstShown(MAX_PREVIEWS)}` : text), html];
	return lines.filter(Boolean).join('<br>');
}

/**
 * The hints for an operation's items, as n8n takes them: messages are HTML. `inputCount`: how many items went in; `more`:
 * what else there is to say.
 */
export function hintsFor(
	outputItems: INodeExecutionData[],
	connection: Connection | undefined,
	inputCount: number,
	more: Hint[] = [],
): Array<{ message: string; type: Hint['type'] }> {
	const meanings = outputItems.map(meaningOf);
	const results = meanings.filter((meaning): meaning is Result => meaning?.kind === 'result');
	const numberOf = (kind: Meaning['kind']) => meanings.filter((meaning) => meaning?.kind === kind).length;
	const [failed, unfinished] = [numberOf('failed'), numberOf('unfinished')];
	const notDownloaded = sumOf(results.map((result) => result.notDownloaded));
	const info = resultMessage(results, connection);
	const warning = (text: string) => ({ message: escapeHtml(text), type: 'warning' as const });
	return [
		...(info === '' ? [] : [{ message: info, type: 'info' as const }]),
		...more.map(({ text, type }) => ({ message: escapeHtml(text), type })),
		...(failed > 0 ? [warning(hintLines.itemsFailed(failed, Math.max(failed, inputCount)))] : []),
		...(unfinished > 0 ? [warning(hintLines.unfinished(unfinished))] : []),
		...(notDownloaded > 0 ? [warning(hintLines.notDownloaded(notDownloaded))] : []),
	];
}

/** Shows the hints for an operation's items. Older versions of n8n have no place for them. */
export function showHints({ context, connection, items }: Shown, outputItems: INodeExecutionData[], more: Hint[] = []) {
	const { addExecutionHints } = context as Partial<IExecuteFunctions>;
	const hints = hintsFor(outputItems, connection, items.length, more);
	if (hints.length === 0) return;
	addExecutionHints?.call(context, ...hints.map((hint) => ({ ...hint, location: 'outputPane' as const })));
}
