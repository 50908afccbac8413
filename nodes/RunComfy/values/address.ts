/** Addresses that RunComfy is to fetch a file from. Nothing is fetched here: what can be seen from the address is. */
import { ADDRESS_FAULT, type AddressFault, addressUnreachable } from '../errors/addressErrors';
import { isNotGiven } from './schema';
import { cellErrorIn, expressionIn, type Leftover, nothingIn } from './leftovers';
import { isPrivateHost } from './privateHost';
import { sharedPageOf } from './sharedPage';

/** The field an address stands in, as errors name it. */
export interface AddressField {
	name: string;
	/** What RunComfy fetches from there: 'image'. */
	noun: string;
	/** What to do with a file that only n8n can read. */
	wayOut: string;
}

/**
 * What is drawn as nothing and comes along with copied text: control characters, marks of direction, halves of characters.
 * Joiners between letters that are not ASCII stay: names of files in Persian have them, and so have emoji.
 */
const INVISIBLE =
	/(?![\t\n\r])\p{Cc}|[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\ufe0f|\p{Cs}|(?<!\P{ASCII})[\u200c\u200d]|[\u200c\u200d](?!\P{ASCII})/gu;

const SECOND_ADDRESS = /[\s,;|"'<>()[\]]\s{0,50}(?:https?:\/\/|www\.)|\.(?:jpe?g|png|webp|gif|heic|avif)https?:\/\//i;
const TEXT_BEFORE = /[\s"'<(=[]https?:\/\//i;
const TEXT_BEHIND = /[,;|"'<>\s]$/;

/** A part of a path, or the value of a query, where a script had nothing to put in. */
const EMPTY_PART = /[/=](?:undefined|null|NaN)(?:\.\w{2,5})?(?=[/?&#]|$)/;
const OBJECT_PART = /(?:\[|%5b)object(?:\s|%20|\+)\w+(?:\]|%5d)/i;

/**
 * An address as it is to be sent, or what is wrong with it: invisible characters gone, blanks and letters outside ASCII
 * encoded, every other byte as it was, since a signature may cover it. In a custom environment private addresses are
 * allowed, for the service may stand next to n8n. Never throws.
 */
export function readAddress(value: unknown, allowPrivate: boolean): { address: string } | { fault: AddressFault } {
	const text = typeof value === 'string' ? value.replace(INVISIBLE, '').trim() : '';
	const fault = faultOfValue(value, text) ?? faultOfText(text) ?? faultOfUrl(text, allowPrivate);
	return fault === undefined ? { address: encoded(text) } : { fault };
}

/** The address as `readAddress` gives it. Throws a RunComfyError. */
export function checkAddress(value: unknown, { name, noun, wayOut }: AddressField, allowPrivate: boolean): string {
	const read = readAddress(value, allowPrivate);
	if ('address' in read) return read.address;
	throw addressUnreachable(name, read.fault.reason, read.fault.advice, noun, wayOut);
}

function faultOfValue(value: unknown, text: string): AddressFault | undefined {
	if (isNotGiven(value)) return ADDRESS_FAULT.empty;
	if (typeof value !== 'string') return ADDRESS_FAULT.notText(value);
	if (text === '') return ADDRESS_FAULT.empty;
	return undefined;
}

function faultOfText(text: string): AddressFault | undefined {
	const json = /^[[{]/.test(text) ? parsed(text) : undefined;
	if (json !== undefined) return ADDRESS_FAULT.notText(json);
	const leftover = expressionIn(text) ?? nothingIn(text) ?? cellErrorIn(text) ?? partIn(OBJECT_PART, text);
	if (leftover !== undefined) return ADDRESS_FAULT.leftover(leftover);
	const startsRight = /^https?:/i.test(text);
	if (!startsRight && TEXT_BEFORE.test(text)) return ADDRESS_FAULT.textAround;
	if (/^https?:\/\/https?(?::|%3a|\/\/)/i.test(text)) return ADDRESS_FAULT.twiceHttp;
	if (startsRight && SECOND_ADDRESS.test(text)) return ADDRESS_FAULT.several;
	if (/[\r\n]/.test(text)) return ADDRESS_FAULT.severalLines;
	if (startsRight && TEXT_BEHIND.test(text)) return ADDRESS_FAULT.textAround;
	return undefined;
}

function faultOfUrl(text: string, allowPrivate: boolean): AddressFault | undefined {
	if (!URL.canParse(text)) return ADDRESS_FAULT.notAUrl;
	if (!/^https?:\/\//i.test(text)) return ADDRESS_FAULT.notHttp;
	if (!/^https?:\/\/[^/\\?#]/i.test(text)) return ADDRESS_FAULT.noHost;
	const empty = partIn(EMPTY_PART, text);
	if (empty !== undefined) return ADDRESS_FAULT.leftover(empty);
	const url = new URL(text);
	if (!allowPrivate && isPrivateHost(url.hostname)) return ADDRESS_FAULT.private;
	const service = sharedPageOf(url);
	return service === undefined ? undefined : ADDRESS_FAULT.page(service);
}

function partIn(pattern: RegExp, text: string): Leftover | undefined {
	const found = pattern.exec(text)?.[0].replace(/^[/=]/, '');
	return found === undefined ? undefined : { kind: 'trace', found };
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

const inPerCent = (text: string) => text.replace(/[^\x21-\x7e]+/gu, encodeURIComponent);

/** A host is written in Punycode, all else in per cent, as a browser would do it. */
function encoded(text: string): string {
	const [, scheme, user, host, rest] = /^(https?:\/\/)([^/\\?#]*@)?([^/\\?#]*)([^]*)$/i.exec(text) ?? [
		'',
		'',
		'',
		'',
		text,
	];
	const isAscii = /^[\x21-\x7e]*$/.test(host);
	return [scheme, inPerCent(user ?? ''), isAscii ? host : new URL(text).host, inPerCent(rest)].join('');
}
