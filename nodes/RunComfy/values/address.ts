/** Addresses that RunComfy is to fetch a file from. Nothing is fetched here: what can be seen from the address is. */

import { ADDRESS_FAULT, type AddressFault } from '../errors/valueRules';
import { parseJson } from './json';
import { leftoverAnywhere, traceOf } from './leftovers';
import { serviceOfPage } from './serviceOfPage';

/**
 * Characters that are invisible and come along with copied text: control characters, direction marks and lone surrogates.
 * Joiners between letters that are not ASCII stay: names of files in Persian have them, and so have emoji.
 */
const INVISIBLE =
	/(?![\t\n\r])\p{Cc}|[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\ufe0f|\p{Cs}|(?<!\P{ASCII})[\u200c\u200d]|[\u200c\u200d](?!\P{ASCII})/gu;

/** An ampersand as HTML and feeds write it, WordPress's form included, and as JSON escapes it. */
const ESCAPED_AMPERSAND = /&(?:amp|#0{0,3}38|#x26);|\\u0026/gi;

const ESCAPED_SLASH = /\\\//g;

/** Punctuation of the surrounding text, behind a known file extension. */
const AFTER_FILE_NAME = /(\.(?:jpe?g|png|webp|gif|heic|avif|mp4|mov|webm|mp3|wav|m4a))[.)\]}\\`*!]{1,5}$/i;

const SECOND_ADDRESS = /[\s,;|"'<>()[\]]\s{0,50}(?:https?:\/\/|www\.)|\.(?:jpe?g|png|webp|gif|heic|avif)https?:\/\//i;
const TEXT_BEFORE = /[\s"'<(=[]https?:\/\//i;
const TEXT_BEHIND = /[,;|"'<>\s`.]$|&(?:quot|apos|lt|gt|#0{0,3}39|#0{0,3}34);/i;

/** A part of a path, or the value of a query, where a script had nothing to put in. */
const EMPTY_PART = /(?<=[/=])(?:undefined|null|NaN)(?:\.\w{2,5})?(?=[/?&#]|$)/;
const OBJECT_PART = /(?:\[|%5b)object(?:\s|%20|\+)\w+(?:\]|%5d)/i;

/** No real URL is this long: longer text is refused without being parsed. */
const MAX_URL_CHARACTERS = 20_000;

/**
 * An address as it is to be sent, or what is wrong with it. Invisible characters go, what a feed or JSON escaped is put back,
 * blanks and letters outside ASCII are encoded; every other byte stays, since a signature may cover it. In a custom environment
 * private addresses are allowed: the service may stand next to n8n. Never throws.
 */
export function readAddress(value: unknown, allowPrivate: boolean): { address: string } | { fault: AddressFault } {
	if (typeof value !== 'string') return { fault: ADDRESS_FAULT.notText(value) };
	const text = cleanAddress(value);
	if (text === '') return { fault: ADDRESS_FAULT.invisible };
	if (text.length > MAX_URL_CHARACTERS) return { fault: ADDRESS_FAULT.notAUrl };
	const fault = faultOfText(text) ?? faultOfUrl(text, allowPrivate);
	return fault === undefined ? { address: encodeAddress(text) } : { fault };
}

const cleanAddress = (text: string): string =>
	text
		.replace(INVISIBLE, '')
		.trim()
		.replace(ESCAPED_AMPERSAND, '&')
		.replace(ESCAPED_SLASH, '/')
		.replace(AFTER_FILE_NAME, (end, extension: string, _at: number, whole: string) =>
			closesItself(whole) ? end : extension,
		);

/** Whether a bracket at the end belongs to one within the address, as in a_(1). */
function closesItself(text: string): boolean {
	const isClosed = (open: string, close: string) => text.split(open).length >= text.split(close).length;
	return /[)\]}]$/.test(text) && isClosed('(', ')') && isClosed('[', ']') && isClosed('{', '}');
}

function faultOfText(text: string): AddressFault | undefined {
	const json = /^[[{]/.test(text) ? parseJson(text) : undefined;
	if (json !== undefined) return ADDRESS_FAULT.notText(json);
	const leftover = leftoverAnywhere(text) ?? traceOf(OBJECT_PART, text);
	if (leftover !== undefined) return ADDRESS_FAULT.leftover(leftover);
	const startsRight = /^https?:/i.test(text);
	if (!startsRight && TEXT_BEFORE.test(text)) return ADDRESS_FAULT.textAround;
	if (/^https?:\/\/https?(?::|%3a|\/\/)/i.test(text)) return ADDRESS_FAULT.twiceHttp;
	if (startsRight && SECOND_ADDRESS.test(text)) return ADDRESS_FAULT.several;
	if (/[\r\n]/.test(text)) return ADDRESS_FAULT.severalLines;
	if (startsRight && (TEXT_BEHIND.test(text) || (/[)\]}]$/.test(text) && !closesItself(text)))) {
		return ADDRESS_FAULT.textAround;
	}
	return undefined;
}

function faultOfUrl(text: string, allowPrivate: boolean): AddressFault | undefined {
	const url = urlOf(text);
	if (url === undefined) return ADDRESS_FAULT.notAUrl;
	if (!/^https?:\/\//i.test(text)) return ADDRESS_FAULT.notHttp;
	if (!/^https?:\/\/[^/\\?#]/i.test(text)) return ADDRESS_FAULT.noHost;
	if (text.includes('\\')) return ADDRESS_FAULT.backslash;
	const empty = traceOf(EMPTY_PART, text);
	if (empty !== undefined) return ADDRESS_FAULT.leftover(empty);
	if (!allowPrivate && isPrivateHost(url.hostname)) return ADDRESS_FAULT.private;
	const service = serviceOfPage(url);
	return service === undefined ? undefined : ADDRESS_FAULT.page(service);
}

/** Not by URL.canParse: Node 20 was seen to refuse a host with letters outside ASCII after many calls of it. */
function urlOf(text: string): URL | undefined {
	try {
		return new URL(text);
	} catch {
		return undefined;
	}
}

const HOST = /(https?:\/\/(?:[^/?#]*@)?)([^/?#]*)/i;

/** A host is written in Punycode, all else in per cent, as a browser would do it. */
const encodeAddress = (text: string): string =>
	text
		.replace(HOST, (whole, before: string, host: string) =>
			/^[\x21-\x7e]*$/.test(host) ? whole : before + new URL(text).host,
		)
		.replace(/[^\x21-\x7e]/gu, encodeURIComponent);

const PRIVATE_NAME = /\.(localhost|local|internal|lan|home|corp|intranet|home\.arpa)$/;

/**
 * Blocks that are not routed on the internet. Source: IANA's registries of special-purpose addresses. As the beginning of a
 * name, too, for there are services that lead 192.168.1.1.nip.io to that address; but 10.example.com is a name like any other.
 */
const PRIVATE_IPV4 =
	/^(?=(?:\d+\.){3}\d)(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|22[4-9]|2[3-5]\d)\./;
const PRIVATE_IPV6 = /\[(::1?\]|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:|::ffff:)/;

/** Whether a host can only be reached from within a private network. Takes a host name as `URL` gives it. */
export function isPrivateHost(hostname: string): boolean {
	const host = hostname.toLowerCase().replace(/\.$/, '');
	if (host.startsWith('[')) return PRIVATE_IPV6.test(host);
	return !host.includes('.') || PRIVATE_NAME.test(host) || PRIVATE_IPV4.test(host);
}

/** A field of the mapper is one line high, so that several addresses end up side by side. Bounded for the pattern's sake. */
const BETWEEN_ADDRESSES = /[\s,;]{1,20}(?=https?:\/\/|data:)/i;

/**
 * The entries of a list of addresses, not yet checked: a list, a JSON list, or a text with one per line or several in a row.
 * Undefined if it is none of these.
 */
export function splitAddresses(value: unknown): string[] | undefined {
	const parsed = typeof value === 'string' && value.trim().startsWith('[') ? parseJson(value) : value;
	if (typeof parsed === 'string') {
		return parsed
			.split(/\r?\n/)
			.flatMap((line) => line.split(BETWEEN_ADDRESSES).flatMap((part) => trimEntry(part) || []));
	}
	if (!Array.isArray(parsed)) return undefined;
	const entries: unknown[] = parsed.filter((entry) => entry !== null && entry !== undefined && entry !== '');
	return entries.every((entry) => typeof entry === 'string') ? entries.map((entry) => entry.trim()) : undefined;
}

/** Without blanks and the comma that stood between it and the next one. */
function trimEntry(text: string): string {
	const trimmed = text.trim();
	return trimmed.endsWith(',') || trimmed.endsWith(';') ? trimmed.slice(0, -1).trimEnd() : trimmed;
}
