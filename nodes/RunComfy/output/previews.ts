/** Small clickable pictures for n8n's hints, which allow `a`, `img` and `br` and remove the rest. */

import { type Connection, isFileAddressAllowed } from '../api/connection';
import type { OutputFile } from '../api/outputFiles';
import { type FileLabel, fileLink, previewName } from '../errors/hintLines';
import { escapeAttribute } from '../errors/cleanText';
import { nameIn } from './fileName';

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

/** A file of an item; labelled as it was downloaded, if it was. */
export type ShownFile = OutputFile & { label?: FileLabel };

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
		const name = escapeAttribute(previewName(kind, index + 1));
		const inside =
			kind === 'image'
				? `<img src="${href}" alt="${name}" title="${name}" height="${height}">`
				: escapeAttribute(fileLink(kind, index + 1, label ?? { name: nameIn(address) }));
		return [`<a href="${href}" target="_blank">${inside}</a>`];
	});
	const isAllPictures = files.every(({ kind }) => kind === 'image');
	return { html: links.join(isAllPictures ? ' ' : ' · '), shown: links.length };
}
