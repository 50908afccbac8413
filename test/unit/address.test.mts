import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { isPrivateHost, splitAddresses } from '../../nodes/RunComfy/values/address.ts';
import { checkValues } from '../../nodes/RunComfy/values/checkValues.ts';
import { invalidInput } from '../../nodes/RunComfy/errors/problem.ts';
import { schemaOf } from '../../nodes/RunComfy/values/schema.ts';
import { TINY_PNG } from '../emulator/sampleFiles.mts';
import { workedMs } from '../lib/workedMs.mts';

/** The host name as `URL` gives it, which is how the check gets it. */
const hostOf = (host: string) => new URL(`http://${host}/`).hostname;

describe('hosts that RunComfy cannot reach', () => {
	test.each([
		'localhost',
		'localhost.',
		'LOCALHOST',
		'shop.localhost',
		'nas',
		'printer.local',
		'printer.local.',
		'cms.internal',
		'files.lan',
		'router.home.arpa',
		'0.0.0.0',
		'127.0.0.1',
		'127.1',
		'0x7f.0.0.1',
		'2130706433',
		'10.0.0.1',
		'10.255.255.255',
		'192.168.1.1.nip.io',
		'172.16.0.1',
		'172.20.0.1',
		'172.31.255.255',
		'192.168.1.1',
		'169.254.169.254',
		'100.64.0.1',
		'100.80.0.1',
		'100.112.0.1',
		'224.0.0.1',
		'255.255.255.255',
		'[::1]',
		'[::]',
		'[fc00::1]',
		'[fd12:3456::1]',
		'[fe80::1]',
		'[ff02::1]',
		'[::ffff:127.0.0.1]',
		'[::ffff:192.168.0.1]',
	])('%s', (host) => expect(isPrivateHost(hostOf(host))).toBe(true));
});

describe('hosts that may be public', () => {
	test.each([
		'example.com',
		'images.example.com',
		'localhost.example.com',
		'local.example.com',
		'files.local.example.com',
		'8.8.8.8',
		'11.0.0.1',
		'126.255.255.255',
		'128.0.0.1',
		'172.15.0.1',
		'172.32.0.1',
		'192.167.1.1',
		'192.169.1.1',
		'100.63.0.1',
		'100.128.0.1',
		'169.253.0.1',
		'8.169.254.1',
		'8.192.168.1',
		'8.172.16.1',
		'8.100.64.1',
		'223.255.255.255',
		'[2001:4860:4860::8888]',
		'[2606:4700::1]',
		'xn--bcher-kva.example',
		'10.example.com',
		'127.0.example.com',
	])('%s', (host) => expect(isPrivateHost(hostOf(host))).toBe(false));
});

const IMAGE = schemaOf({
	image: { label: 'Image URL', kind: 'mediaOne', media: 'image', required: true },
});

const checkAddress = (value: unknown, allowPrivate: boolean): string => {
	const wayOut = "Set 'Image Source' to Binary File.";
	const { values, problems } = checkValues(IMAGE, { image: value }, { allowPrivate, wayOut });
	if (problems.length > 0) throw invalidInput(problems);
	return String(values.image);
};
const check = (value: unknown) => checkAddress(value, false);

const refusalOf = (value: unknown): RunComfyError => {
	try {
		throw new Error(`It was taken, as ${check(value)}`);
	} catch (error) {
		if (error instanceof RunComfyError) return error;
		throw error;
	}
};

const A = 'https://example.com/a.jpg';
const B = 'https://example.com/b.jpg';

describe('an address that is refused', () => {
	test.each<[unknown, string]>([
		['\u200b\ufeff', 'it contains nothing visible'],
		['photo.jpg', 'it is not a URL'],
		['//example.com/a.jpg', 'it is not a URL'],
		['=https://example.com/a.jpg', 'it contains other text besides the URL'],
		['ftp://example.com/a.jpg', 'it does not start with http:// or https://'],
		['file:///etc/passwd', 'it does not start with http:// or https://'],
		['blob:https://example.com/1', 'it does not start with http:// or https://'],
		['https:example.com', 'it does not start with http:// or https://'],
		['https:/example.com/a.jpg', 'it does not start with http:// or https://'],
		['http:\\\\example.com\\a.jpg', 'it does not start with http:// or https://'],
		['https:///example.com/a.jpg', 'it has no host'],
		['https:///resize?url=https://example.com/a.jpg', 'it has no host'],
		['https://https://example.com/a.jpg', 'it starts with http:// or https:// twice'],
		['http://https://example.com/a.jpg', 'it starts with http:// or https:// twice'],
		['https://http//example.com/a.jpg', 'it starts with http:// or https:// twice'],
		['http://192.168.0.7/a.jpg', 'it points to a private network'],
		['https://user:pass@localhost/a.jpg', 'it points to a private network'],
	])('%j: %s', (value, reason) => {
		expect(refusalOf(value).message).toBe(`RunComfy cannot reach 'Image URL': ${reason}`);
	});

	test.each([[''], ['   '], [undefined], [null], [[]], ['[]']])('%j is none', (value) => {
		expect(refusalOf(value).message).toBe("'Image URL' is required");
	});

	test.each([[[A, B]], [JSON.stringify([A, B])]])('%j: takes one', (value) => {
		const { message, description } = refusalOf(value);
		expect(message).toBe("'Image URL' takes one URL, not 2");
		expect(description).toMatch(/add \[0\] after.*Split Out/);
	});

	test.each([
		`${A},${B}`,
		`${A}, ${B}`,
		`${A}\n${B}`,
		`${A}\r\n${B}\r\n`,
		`${A}|${B}`,
		`${A} | ${B}`,
		`${A};${B}`,
		`${A} ${B}`,
		`${A}\t${B}`,
		`${A}${B}`,
		`${A}"${B}`,
		`${A}<br>${B}`,
		`${A} www.example.com/b.jpg`,
		`${A} (${B})`,
		`${A} http://example.com/b.jpg`,
		`${A}http://example.com/b.jpg`,
		`${A} https://${B}`,
	])('%j: more than one', (value) => {
		const { message, description } = refusalOf(value);
		expect(message).toBe("RunComfy cannot reach 'Image URL': it contains more than one URL");
		expect(description).toMatch(/Use one item per URL/);
	});

	test.each([
		`"${A}"`,
		'"http://example.com/a.jpg"',
		'"https://example.com/a[1].jpg"',
		`<${A}>`,
		`![shoe](${A})`,
		`shoe.jpg (${A})`,
		`=IMAGE("${A}")`,
		`${A},`,
		`${A}"`,
		'http://example.com/a.jpg"',
		`src=${A}`,
	])('%j: with other text around it', (value) => {
		expect(refusalOf(value).message).toMatch(/it contains other text besides the URL$/);
	});

	test.each([`${A}\n2 pieces`, 'https://example.com/very-\nlong.jpg'])('%j: more than one line', (value) => {
		expect(refusalOf(value).message).toMatch(/it has more than one line$/);
	});

	test.each([
		['https://example.com/photo/7.', 'it contains other text besides the URL'],
		['https://example.com/photo)', 'it contains other text besides the URL'],
		['https://example.com/photo]', 'it contains other text besides the URL'],
		['https://example.com/photo&quot;', 'it contains other text besides the URL'],
		['https://example.com/a.jpg&#39; alt=Shoe', 'it contains other text besides the URL'],
		['https://example.com/a.jpg&#34; alt=Shoe', 'it contains other text besides the URL'],
		['https://example.com\\photos\\a.jpg', 'it contains a backslash'],
		['https://example.com/a.jpg?x=1\\ny', 'it contains a backslash'],
		['https://example.com/gr\ufffdn.jpg', 'it contains "\ufffd", which marks a character that was lost'],
	])('%j: %s', (value, reason) => {
		expect(refusalOf(value).message).toBe(`RunComfy cannot reach 'Image URL': ${reason}`);
	});

	test.each<[unknown, RegExp]>([
		[
			[{ id: 'att1', url: A, filename: 'a.jpg' }],
			/add \[0\]\.url after the field's name.*\{\{ \$json\.field\[0\]\.url \}\}/,
		],
		[JSON.stringify([{ url: A }]), /add \[0\]\.url after/],
		[{ url: A, width: 4 }, /an object with the fields url, width: add \.url after its name/],
		[{ shop: 'x' }, /add \.shop after its name/],
		[{}, /an empty object/],
		[{ mimeType: 'image/png', data: 'AAAA' }, /It is a file.*'Image Source' to Binary File/],
		[{ mimeType: 'image/png', fileName: 'a.png' }, /It is a file, or a description of one/],
		[7, /the number 7/],
		[true, /the boolean true/],
	])('%j says what to write instead', (value, advice) => {
		const { message, description } = refusalOf(value);
		expect(message).toBe("RunComfy cannot reach 'Image URL': it is not text");
		expect(description).toMatch(advice);
	});

	test.each([
		'undefined',
		'null',
		'NaN',
		'[object Object]',
		'#REF!',
		'#N/A',
		'N/A',
		'https://example.com/undefined',
		'https://example.com/null/a.jpg',
		'https://example.com/undefined.jpg',
		'https://example.com/photos/?id=undefined',
		'https://example.com/photos?id=NaN&w=3',
		'https://undefined/a.jpg',
		'https://example.com/[object Object]',
		'https://example.com/%5Bobject%20Object%5D/a.jpg',
		'https://example.com/[object object].jpg',
	])('%j: what no person wrote', (value) => {
		expect(refusalOf(value).message).toMatch(/it contains ".*", probably left by an expression or a spreadsheet/);
	});

	test('the leftover is named as it stands in the address, without the sign before it', () => {
		expect(refusalOf('https://example.com/null.jpg?w=3').message).toMatch(/it contains "null\.jpg", probably/);
		expect(refusalOf('https://example.com/a?id=undefined').message).toMatch(/it contains "undefined", probably/);
	});

	test('longer than 20,000 characters', () => {
		const ofLength = (length: number) => 'https://example.com/'.padEnd(length, 'a');
		expect(check(ofLength(20_000))).toBe(ofLength(20_000));
		expect(refusalOf(ofLength(20_001)).message).toBe("RunComfy cannot reach 'Image URL': it is not a URL");
	});

	test.each([
		'{{ $json.photo }}',
		'https://example.com/{{ $json.file }}',
		'$json.photo',
		'https://cdn.example.com/${id}.jpg',
	])('%j: an expression that nobody resolved', (value) => {
		const { message, description } = refusalOf(value);
		expect(message).toMatch(/it contains an unresolved expression: /);
		expect(description).toMatch(/Switch the field to Expression/);
	});

	test.each<[service: string, wayOut: RegExp, addresses: string[]]>([
		[
			'Google Drive',
			/n8n's Google Drive node.*uc\?export=download/,
			[
				'https://drive.google.com/file/d/1aB/view?usp=sharing',
				'https://drive.google.com/open?id=1aB',
				'https://drive.google.com/drive/folders/1aB',
				'https://docs.google.com/document/d/1aB/edit',
			],
		],
		[
			'Google Photos',
			/share it in another way/,
			['https://photos.app.goo.gl/aB1', 'https://photos.google.com/share/x'],
		],
		[
			'Dropbox',
			/dl=1/,
			[
				'https://www.dropbox.com/s/abc/shoe.jpg?dl=0',
				'https://www.dropbox.com/scl/fi/abc/shoe.jpg?rlkey=x&dl=0',
				'https://www.dropbox.com/s/abc/shoe.jpg',
			],
		],
		['OneDrive', /Microsoft OneDrive/, ['https://1drv.ms/i/s!AbC', 'https://onedrive.live.com/?cid=1&id=2']],
		[
			'SharePoint',
			/Microsoft SharePoint/,
			['https://shop.sharepoint.com/:i:/s/team/EaB', 'https://shop-my.sharepoint.com/personal/x/Documents/shoe.jpg'],
		],
		[
			'Slack',
			/HTTP Request node and a Slack credential/,
			[
				'https://files.slack.com/files-pri/T1-F1/shoe.jpg',
				'https://shop.slack.com/files/U1/F1/shoe.jpg',
				'https://slack-files.com/T1-F1-abc',
			],
		],
		['iCloud', /download the file/, ['https://share.icloud.com/photos/0aB']],
		['Box', /direct link/, ['https://app.box.com/s/abc']],
		['WeTransfer', /download the file/, ['https://we.tl/t-abc']],
		['GitHub', /Raw button/, ['https://github.com/shop/photos/blob/main/shoe.jpg']],
		[
			'YouTube',
			/the file itself/,
			['https://www.youtube.com/watch?v=abc', 'https://youtu.be/abc', 'https://m.youtube.com/shorts/a'],
		],
		['Vimeo', /the file itself/, ['https://vimeo.com/123', 'https://player.vimeo.com/video/123']],
		['TikTok', /the file itself/, ['https://www.tiktok.com/@shop/video/1', 'https://vm.tiktok.com/a']],
		['Instagram', /the file itself/, ['https://www.instagram.com/reel/abc/']],
		['Facebook', /the file itself/, ['https://www.facebook.com/watch?v=1', 'https://fb.watch/a']],
		['X', /the file itself/, ['https://x.com/shop/status/1', 'https://twitter.com/shop/status/1/video/1']],
		['Loom', /the file itself/, ['https://www.loom.com/share/abc']],
	])('a page of %s', (service, wayOut, addresses) => {
		for (const address of addresses) {
			const { message, description } = refusalOf(address);
			expect(message).toBe(`RunComfy cannot reach 'Image URL': it is a page of ${service}, not a file`);
			expect(description).toMatch(wayOut);
		}
	});
});

describe('an address that is taken', () => {
	test.each([
		[A],
		['http://example.com:8080/a.jpg?sig=%2F&x=1#part'],
		['HTTPS://EXAMPLE.COM/A.JPG'],
		[
			"https://shop.s3.amazonaws.com/a%20b.jpg?X-Amz-Credential=A%2F20260101%2Fs3&X-Amz-Signature=0aF%2b/=+NaN+~!*'(),;:@",
		],
		['https://storage.example.com/a.jpg?sv=2024&sig=a+b/c%3D&se=2026-01-01T00:00:00Z&sp=r'],
		['https://images.weserv.example/?url=https://example.com/a.jpg'],
		['https://example.com/cdn-cgi/image/width=80,quality=75/https://example.com/a.jpg'],
		['https://example.com/a_(1).jpg'],
		['https://example.com/a.jpg!large'],
		['https://example.com/a.jpg.webp'],
		['https://example.com/undefined-behaviour/null-object.jpg?mode=nullable'],
		['https://example.com/a.jpg?q={"w":3}'],
		['https://drive.google.com/uc?export=download&id=1aB'],
		['https://lh3.googleusercontent.com/d/1aB'],
		['https://www.dropbox.com/s/abc/shoe.jpg?dl=1'],
		['https://www.dropbox.com/scl/fi/abc/shoe.jpg?rlkey=x&raw=1'],
		['https://dl.dropboxusercontent.com/s/abc/shoe.jpg'],
		['https://onedrive.live.com/download?cid=1&resid=2'],
		['https://shop.sharepoint.com/_layouts/15/download.aspx?UniqueId=1&tempauth=x'],
		['https://files.slack.com/files-pri/T1-F1/shoe.jpg?pub_secret=abc'],
		['https://app.box.com/shared/static/abc.jpg'],
		['https://github.com/shop/photos/blob/main/shoe.jpg?raw=true'],
		['https://github.com/shop/photos/raw/main/shoe.jpg'],
		['https://notdropbox.com/s/a.jpg'],
		['https://player.vimeo.com/external/1.hd.mp4?s=a'],
		['https://i.ytimg.com/vi/abc/hq.jpg'],
		['https://video.twimg.com/a.mp4'],
		['https://netx.com/a.jpg'],
		['https://v5.airtableusercontent.com/v3/u/1/2/aB-c_d/eF'],
	])('%j goes out byte for byte', (url) => expect(check(` ${url} `)).toBe(url));

	test.each([
		['https://example.com/my photo.jpg', 'https://example.com/my%20photo.jpg'],
		['https://example.com/bücher.jpg', 'https://example.com/b%C3%BCcher.jpg'],
		['https://example.com/bu\u0308cher.jpg', 'https://example.com/bu%CC%88cher.jpg'],
		['https://example.com/a\u00a0b%20c.jpg?q=ä&s=%2F', 'https://example.com/a%C2%A0b%20c.jpg?q=%C3%A4&s=%2F'],
		['https://bücher.example.com/ä.jpg', 'https://xn--bcher-kva.example.com/%C3%A4.jpg'],
		['https://jan:pass@bücher.example.com:8443/a.jpg', 'https://jan:pass@xn--bcher-kva.example.com:8443/a.jpg'],
		['http://bücher.example.com/a.jpg', 'http://xn--bcher-kva.example.com/a.jpg'],
		['https://jän:pass@example.com/a.jpg', 'https://j%C3%A4n:pass@example.com/a.jpg'],
		['https://example.com/😀.jpg', 'https://example.com/%F0%9F%98%80.jpg'],
		['https://example.com/\u0645\u06cc\u200c\u062e.jpg', 'https://example.com/%D9%85%DB%8C%E2%80%8C%D8%AE.jpg'],
	])('%j goes out as %s', (url, sent) => {
		expect(check(url)).toBe(sent);
		expect(new URL(sent).href).toBe(new URL(url).href);
	});

	test.each([
		`\ufeff${A}`,
		`${A}\u200b`,
		`\u202a${A}\u202c`,
		'https://example.\u00adcom/a.jpg',
		'https://example.com/\u2060a.jpg',
		'https://example.com/\u200da.jpg',
		'https://example.com/a.jpg\0',
		'https://example.com/\ud83da.jpg',
		`\n${A}\n`,
	])('%j loses what cannot be seen', (url) => expect(check(url)).toBe(A));

	test.each([
		[`https://example.com/a.jpg?w=1&amp;h=2`, 'https://example.com/a.jpg?w=1&h=2'],
		[`https://example.com/a.jpg?w=1&#038;h=2&#x26;q=3`, 'https://example.com/a.jpg?w=1&h=2&q=3'],
		[`https://example.com/a.jpg?w=1&#38;h=2`, 'https://example.com/a.jpg?w=1&h=2'],
		['https://example.com/\u200cä\u200ca.jpg', 'https://example.com/%C3%A4a.jpg'],
		['https://example.com/a.jpg?w=1\\u0026h=2', 'https://example.com/a.jpg?w=1&h=2'],
		['https:\\/\\/example.com\\/a.jpg', A],
		[`${A}.`, A],
		[`${A})`, A],
		[`${A}).`, A],
		[`${A}]`, A],
		[`${A}}`, A],
		['https://example.com/(1)/a.jpg.', 'https://example.com/(1)/a.jpg'],
		[`${A}!`, A],
		[`${A}**`, A],
		['https://example.com/a.jpg\\', A],
	])('%j is cleaned, since it is certain what was meant', (url, sent) => expect(check(url)).toBe(sent));

	test('a list of one, and a data URI whose content is what it says', () => {
		expect(check([A])).toBe(A);
		expect(check(JSON.stringify([A]))).toBe(A);
		const base64 = TINY_PNG.bytes.toString('base64');
		expect(check(`data:image/png;base64,${base64}`)).toBe(`data:image/png;base64,${base64}`);
		expect(check(`data:image/jpeg;base64,${base64}`)).toBe(`data:image/png;base64,${base64}`);
	});

	test.each([
		['data:image/png;base64,AAAA', "The file in 'Image URL' is not a JPEG, PNG or WebP image"],
		[
			`data:image/png;base64,${Buffer.from('<html>').toString('base64')}`,
			"The file in 'Image URL' is not a JPEG, PNG or WebP image",
		],
		[
			`data:image/png;base64,${TINY_PNG.bytes.subarray(0, -1).toString('base64')}`,
			"The file in 'Image URL' is incomplete: its end is missing",
		],
		['data:image/png;base64,', "The file in 'Image URL' is empty"],
	])('%j: %s', (uri, message) => expect(refusalOf(uri).message).toBe(message));

	test('a private address, in a custom environment; another scheme is not', () => {
		expect(checkAddress('http://127.0.0.1:9/a.jpg', true)).toBe('http://127.0.0.1:9/a.jpg');
		expect(() => checkAddress('ftp://127.0.0.1/a.jpg', true)).toThrow('http:// or https://');
		expect(() => checkAddress('http://127.0.0.1:9/undefined', true)).toThrow('probably left by');
	});
});

describe('the entries of a list of addresses', () => {
	test.each<[unknown, string[] | undefined]>([
		[`${A},, ${B}`, [A, B]],
		[`${A}, http://example.com/b.jpg`, [A, 'http://example.com/b.jpg']],
		[`${A}, \n${B}`, [A, B]],
		[`${A} ,\n ${B};`, [A, B]],
		[
			[A, undefined, null, '', B],
			[A, B],
		],
		[[` ${A} `], [A]],
		[`[ "${A}", null ]`, [A]],
		['[7]', undefined],
		[7, undefined],
	])('%j', (value, entries) => expect(splitAddresses(value)).toEqual(entries));
});

test('whatever is given, an address of plain characters comes out, or a RunComfyError', () => {
	const words = fc.oneof(
		fc.anything(),
		fc.string({ unit: 'binary' }),
		fc.string({ unit: 'grapheme' }).map((text) => `https://example.com/${text}`),
		fc.webUrl({ withQueryParameters: true, withFragments: true }),
	);
	fc.assert(
		fc.property(words, (value) => {
			try {
				expect(check(value)).toMatch(/^https?:\/\/[\x21-\x7e]+$|^undefined$/i);
			} catch (error) {
				expect(error).toBeInstanceOf(RunComfyError);
			}
		}),
		{ numRuns: 300 },
	);
});

test('a web address without odd parts is never refused, and never changed', () => {
	const plain = fc.webUrl({ withQueryParameters: true }).filter((url) => !isPrivateHost(new URL(url).hostname));
	fc.assert(
		fc.property(plain, (url) => {
			// A mark at the end cannot be told from one of the sentence around it.
			fc.pre(!/[,;|"'<>.)\]}`]$|[,;'()]www\.|\.(jpg|png|mp4)[!*]+$/.test(url));
			expect(check(url)).toBe(url);
		}),
		{ numRuns: 300 },
	);
});

test.each(['\n', ' ', ',', '{{', '[', '%5b', '$', 'https://', '/'])('100,000 times %j is judged at once', (part) => {
	const startedMs = workedMs();
	for (const text of [part.repeat(100_000), `https://example.com/${part.repeat(100_000)}x`]) {
		try {
			check(text);
		} catch (error) {
			expect(error).toBeInstanceOf(RunComfyError);
		}
	}
	expect(workedMs() - startedMs).toBeLessThan(2_000);
});
