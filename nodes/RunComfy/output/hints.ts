/** What the output pane says above the items, where that helps. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { type Connection, isFileAddressAllowed } from '../api/connection';
import * as hintLines from '../errors/hintLines';
import { escapeAttribute, escapeHtml } from '../errors/cleanText';
import { asSentence } from '../errors/sentences';
import { nameIn } from './fileName';
import { costOf, type Meaning, meaningOf, type ResultMeaning, type ShownFile } from './items';

export interface Hint {
	/** Plain text. */
	text: string;
	type: 'info' | 'warning';
}

/** Requests that were submitted by earlier runs from the editor. */
interface Reused {
	requestIds: ReadonlySet<string>;
	/** Of day, as "22:46", when the newest of them was submitted. */
	time: string;
	/** How many earlier runs they are from. */
	runs: number;
}

const sumOf = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);

/** The request of an item, whatever the item says of it. */
const requestIdOf = ({ json }: INodeExecutionData) => String(json.request_id);

function reusedInWords(outputItems: INodeExecutionData[], results: ResultMeaning[], reused: Reused | undefined) {
	const isReused = (requestId: string) => reused?.requestIds.has(requestId) ?? false;
	const filesOf = (some: ResultMeaning[]) => sumOf(some.map(({ files }) => files.length));
	const files = filesOf(results.filter(({ requestId }) => isReused(requestId)));
	const items = outputItems.filter((item) => isReused(requestIdOf(item))).length;
	if (reused === undefined || items === 0) return undefined;
	const counted = files > 0 ? { number: files, all: filesOf(results) } : { number: items, all: outputItems.length };
	return { ...counted, time: reused.time, runs: reused.runs };
}

/** What came out, what it cost and what was reused, in one sentence, and the previews as HTML. */
function resultMessage(outputItems: INodeExecutionData[], results: ResultMeaning[], { connection, reused }: Known) {
	const files = results.flatMap((result) => result.files);
	const counts = { image: 0, video: 0, audio: 0, file: 0 };
	for (const { kind } of files) counts[kind] += 1;
	const { html, shown } = connection === undefined ? { html: '', shown: 0 } : previewsOf(files, connection);
	const isCut = shown > 0 && files.length > MAX_PREVIEWS;
	const charged = costOf(results.filter(({ requestId }) => !reused?.requestIds.has(requestId)));
	const text = hintLines.filesAndCost(counts, charged, reusedInWords(outputItems, results, reused));
	return { texts: [text, isCut ? hintLines.firstShown(MAX_PREVIEWS) : ''].filter(Boolean), html };
}

/** What is known besides the items. */
interface Known {
	/** Absent where the credential could not be read: then there are no previews. */
	connection?: Connection;
	/** What a run from the editor reused; absent where nothing. */
	reused?: Reused;
	/** How many items went in. */
	inputCount: number;
	/** What else there is to say. */
	more?: Hint[];
}

/**
 * The hints for an operation's items, as n8n takes them: messages are HTML. n8n gives them less than half of the pane, so
 * what needs a person comes first, and all the rest is one hint.
 */
export function hintsFor(
	outputItems: INodeExecutionData[],
	known: Known,
): Array<{ message: string; type: Hint['type'] }> {
	const { inputCount, more = [] } = known;
	const meanings = outputItems.map(meaningOf);
	const ofKind = <K extends Meaning['kind']>(kind: K) =>
		meanings.filter((meaning): meaning is Extract<Meaning, { kind: K }> => meaning?.kind === kind);
	const [results, failed, unfinished] = [ofKind('result'), ofKind('failed'), ofKind('unfinished').length];
	const notDownloaded = sumOf(results.map((result) => result.notDownloaded));
	const textsOf = (type: Hint['type']) => more.filter((hint) => hint.type === type).map(({ text }) => text);
	const warnings = [
		...(failed.length === 0
			? []
			: [
					hintLines.itemsFailed(
						failed.map(({ itemIndex }) => itemIndex),
						inputCount,
						failed[0].message,
					),
				]),
		...(unfinished > 0 ? [hintLines.unfinished(unfinished)] : []),
		...(notDownloaded > 0 ? [hintLines.notDownloaded(notDownloaded)] : []),
		...textsOf('warning'),
	];
	const { texts, html } = resultMessage(outputItems, results, known);
	const said = [...texts, ...textsOf('info')];
	const text = said.length > 1 ? said.map(asSentence).join(' ') : (said[0] ?? '');
	const info = [escapeHtml(text), html].filter(Boolean).join('<br>');
	return [
		...warnings.map((warning) => ({ message: escapeHtml(warning), type: 'warning' as const })),
		...(info === '' ? [] : [{ message: info, type: 'info' as const }]),
	];
}

/** Shows the hints for an operation's items. Older versions of n8n have no place for them. */
export function showHints(
	context: IExecuteFunctions,
	outputItems: INodeExecutionData[],
	known: Omit<Known, 'inputCount'>,
) {
	const { addExecutionHints } = context as Partial<IExecuteFunctions>;
	const hints = hintsFor(outputItems, { ...known, inputCount: context.getInputData().length });
	if (hints.length === 0) return;
	addExecutionHints?.call(context, ...hints.map((hint) => ({ ...hint, location: 'outputPane' as const })));
}

// ---- Previews: small clickable pictures, for hints allow `a`, `img` and `br` and remove the rest ------------------------

/** Two or three rows in the output pane of a laptop; more would push the items out of sight. */
export const MAX_PREVIEWS = 12;

const PREVIEW_HEIGHT_PX = 64;

/** A few pictures may be larger: they still fit in one row. */
const FEW = 3;
const HEIGHT_OF_FEW_PX = 120;

/** One alone may be seen well, and still leaves the item below it in sight at 1280 × 800. */
const HEIGHT_OF_ONE_PX = 200;

/** Longer than any address of RunComfy's, presigned ones included, and no burden to the execution's data. */
const MAX_PREVIEW_URL_CHARACTERS = 2_000;

/**
 * The address of a file as a preview may use it: the person's browser will call it, so it must be one that the node itself
 * would fetch. Undefined for any other.
 */
function previewAddress(url: string, connection: Connection): string | undefined {
	if (url.length > MAX_PREVIEW_URL_CHARACTERS || !URL.canParse(url)) return undefined;
	const address = new URL(url);
	// A user name or password before the host is there to mislead.
	if (address.username !== '' || address.password !== '') return undefined;
	return isFileAddressAllowed(address, connection) ? address.href : undefined;
}

/** By the last part of its URL, unless that is only a number: there is one in front of it. */
function fileLabelOf(address: string): hintLines.FileLabel {
	const name = nameIn(address);
	return /^\d*(\.\w+)?$/.test(name) ? {} : { name };
}

/**
 * Links to the first files, in order: pictures as small pictures, the rest by name, since hints play no video or audio. HTML;
 * empty where there are none.
 */
export function previewsOf(files: ShownFile[], connection: Connection): { html: string; shown: number } {
	const height = files.length === 1 ? HEIGHT_OF_ONE_PX : files.length <= FEW ? HEIGHT_OF_FEW_PX : PREVIEW_HEIGHT_PX;
	const links = files.slice(0, MAX_PREVIEWS).flatMap(({ url, kind, label }, index) => {
		const address = previewAddress(url, connection);
		if (address === undefined) return [];
		const href = escapeAttribute(address);
		const name = escapeAttribute(hintLines.previewName(kind, index + 1));
		const inside =
			kind === 'image'
				? `<img src="${href}" alt="${name}" title="${name}" height="${height}">`
				: escapeAttribute(hintLines.fileLink(kind, index + 1, label ?? fileLabelOf(address)));
		return [`<a href="${href}" target="_blank">${inside}</a>`];
	});
	const isAllPictures = files.every(({ kind }) => kind === 'image');
	return { html: links.join(isAllPictures ? ' ' : ' · '), shown: links.length };
}
