import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { IMAGE_URL } from '../../nodes/RunComfy/errors/backgroundWords.ts';
import { RunComfyError } from '../../nodes/RunComfy/errors/RunComfyError.ts';
import { checkAddress } from '../../nodes/RunComfy/values/address.ts';
import { isPrivateHost } from '../../nodes/RunComfy/values/privateHost.ts';

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
		'172.16.0.1',
		'172.31.255.255',
		'192.168.1.1',
		'169.254.169.254',
		'100.64.0.1',
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
		'223.255.255.255',
		'[2001:4860:4860::8888]',
		'[2606:4700::1]',
		'xn--bcher-kva.example',
	])('%s', (host) => expect(isPrivateHost(hostOf(host))).toBe(false));
});

const check = (value: unknown) => checkAddress(value, IMAGE_URL, false);

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
		['', 'it is empty'],
		['   ', 'it is empty'],
		['\u200b\ufeff', 'it is empty'],
		[undefined, 'it is empty'],
		[null, 'it is empty'],
		['photo.jpg', 'it is not a URL'],
		['//example.com/a.jpg', 'it is not a URL'],
		['=https://example.com/a.jpg', 'it holds other text besides the address'],
		['ftp://example.com/a.jpg', 'it does not start with http:// or https://'],
		['file:///etc/passwd', 'it does not start with http:// or https://'],
		['data:image/png;base64,AAAA', 'it does not start with http:// or https://'],
		['blob:https://example.com/1', 'it does not start with http:// or https://'],
		['https:example.com', 'it does not start with http:// or https://'],
		['https:/example.com/a.jpg', 'it does not start with http:// or https://'],
		['http:\\\\example.com\\a.jpg', 'it does not start with http:// or https://'],
		['https:///example.com/a.jpg', 'it names no host'],
		['https://https://example.com/a.jpg', 'it starts with http:// or https:// twice'],
		['https://http//example.com/a.jpg', 'it starts with http:// or https:// twice'],
		['http://192.168.0.7/a.jpg', 'it points into a private network'],
		['https://user:pass@localhost/a.jpg', 'it points into a private network'],
	])('%j: %s', (value, reason) => {
		expect(refusalOf(value).message).toBe(`RunComfy cannot reach 'Image URL': ${reason}`);
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
	])('%j: more than one', (value) => {
		const { message, description } = refusalOf(value);
		expect(message).toBe("RunComfy cannot reach 'Image URL': it holds more than one address");
		expect(description).toMatch(/Split them into items/);
	});

	test.each([`"${A}"`, `<${A}>`, `![shoe](${A})`, `shoe.jpg (${A})`, `=IMAGE("${A}")`, `${A},`, `${A}"`, `src=${A}`])(
		'%j: with other text around it',
		(value) => {
			expect(refusalOf(value).message).toMatch(/it holds other text besides the address$/);
		},
	);

	test.each([`${A}\n2 pieces`, 'https://example.com/very-\nlong.jpg'])('%j: more than one line', (value) => {
		expect(refusalOf(value).message).toMatch(/it has more than one line$/);
	});

	test.each<[unknown, RegExp]>([
		[
			[{ id: 'att1', url: A, filename: 'a.jpg' }],
			/put \[0\]\.url behind the field's name.*\{\{ \$json\.field\[0\]\.url \}\}/,
		],
		[JSON.stringify([{ url: A }]), /put \[0\]\.url behind/],
		[[A, B], /put \[0\] behind.*Split Out/],
		[[], /an empty list/],
		[{ url: A, width: 4 }, /an object with the fields url, width: put \.url behind its name/],
		[{ shop: 'x' }, /put \.shop behind its name/],
		[{}, /an empty object/],
		[{ mimeType: 'image/png', data: 'AAAA' }, /It is a file.*'Image Source' to Binary File/],
		[{ mimeType: 'image/png', fileName: 'a.png' }, /It is a file, or what describes one/],
		[7, /the number 7/],
		[true, /the switch true/],
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
	])('%j: what no person wrote', (value) => {
		expect(refusalOf(value).message).toMatch(/it holds what no person wrote, /);
	});

	test.each([
		'{{ $json.photo }}',
		'https://example.com/{{ $json.file }}',
		'$json.photo',
		'https://cdn.example.com/${id}.jpg',
	])('%j: an expression that nobody resolved', (value) => {
		const { message, description } = refusalOf(value);
		expect(message).toMatch(/it holds an expression that was not resolved, /);
		expect(description).toMatch(/Switch the field to Expression/);
	});

	test.each<[service: string, wayOut: RegExp, addresses: string[]]>([
		[
			'Google Drive',
			/n8n's node Google Drive.*uc\?export=download/,
			[
				'https://drive.google.com/file/d/1aB/view?usp=sharing',
				'https://drive.google.com/open?id=1aB',
				'https://drive.google.com/drive/folders/1aB',
				'https://docs.google.com/document/d/1aB/edit',
			],
		],
		[
			'Google Photos',
			/share it by another service/,
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
			/HTTP Request and a credential of Slack/,
			[
				'https://files.slack.com/files-pri/T1-F1/shoe.jpg',
				'https://shop.slack.com/files/U1/F1/shoe.jpg',
				'https://slack-files.com/T1-F1-abc',
			],
		],
		['iCloud', /download the photo/, ['https://share.icloud.com/photos/0aB']],
		['Box', /direct link/, ['https://app.box.com/s/abc']],
		['WeTransfer', /download the file/, ['https://we.tl/t-abc']],
		['GitHub', /button Raw/, ['https://github.com/shop/photos/blob/main/shoe.jpg']],
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
		['https://v5.airtableusercontent.com/v3/u/1/2/aB-c_d/eF'],
	])('%j goes out byte for byte', (url) => expect(check(` ${url} `)).toBe(url));

	test.each([
		['https://example.com/my photo.jpg', 'https://example.com/my%20photo.jpg'],
		['https://example.com/bücher.jpg', 'https://example.com/b%C3%BCcher.jpg'],
		['https://example.com/bu\u0308cher.jpg', 'https://example.com/bu%CC%88cher.jpg'],
		['https://example.com/a\u00a0b%20c.jpg?q=ä&s=%2F', 'https://example.com/a%C2%A0b%20c.jpg?q=%C3%A4&s=%2F'],
		['https://bücher.example.com/ä.jpg', 'https://xn--bcher-kva.example.com/%C3%A4.jpg'],
		['https://jan:pass@bücher.example.com:8443/a.jpg', 'https://jan:pass@xn--bcher-kva.example.com:8443/a.jpg'],
		['https://example.com/😀.jpg', 'https://example.com/%F0%9F%98%80.jpg'],
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
		'https://example.com/a.jpg\0',
		'https://example.com/\ud83da.jpg',
		`\n${A}\n`,
	])('%j loses what cannot be seen', (url) => expect(check(url)).toBe(A));

	test('a private address, in a custom environment; another scheme is not', () => {
		expect(checkAddress('http://127.0.0.1:9/a.jpg', IMAGE_URL, true)).toBe('http://127.0.0.1:9/a.jpg');
		expect(() => checkAddress('ftp://127.0.0.1/a.jpg', IMAGE_URL, true)).toThrow('http:// or https://');
		expect(() => checkAddress('http://127.0.0.1:9/undefined', IMAGE_URL, true)).toThrow('what no person wrote');
	});
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
				expect(check(value)).toMatch(/^https?:\/\/[\x21-\x7e]+$/i);
			} catch (error) {
				expect(error).toBeInstanceOf(RunComfyError);
			}
		}),
		{ numRuns: 1_000 },
	);
});

test('a web address without odd parts is never refused, and never changed', () => {
	const plain = fc.webUrl({ withQueryParameters: true }).filter((url) => !isPrivateHost(new URL(url).hostname));
	fc.assert(
		fc.property(plain, (url) => {
			// A mark at the end cannot be told from one of the sentence around it.
			fc.pre(!/[,;|"'<>]$|[,;'()]www\./.test(url));
			expect(check(url)).toBe(url);
		}),
		{ numRuns: 1_000 },
	);
});

test.each(['\n', ' ', ',', '{{', '[', '%5b', '$', 'https://', '/'])('100,000 times %j is judged at once', (part) => {
	const startedMs = performance.now();
	for (const text of [part.repeat(100_000), `https://example.com/${part.repeat(100_000)}x`]) {
		try {
			check(text);
		} catch (error) {
			expect(error).toBeInstanceOf(RunComfyError);
		}
	}
	expect(performance.now() - startedMs).toBeLessThan(2_000);
});
