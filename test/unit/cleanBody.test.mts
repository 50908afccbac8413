/** What comes back is kept, less the token and the content of files, wherever they stand. */
import { describe, expect, test } from '@jest/globals';
import fc from '../lib/fastCheck.mts';

import { cleanBody } from '../../nodes/RunComfy/api/cleanBody.ts';
import { workedMs } from '../lib/workedMs.mts';

const TOKEN = 'rc-token/4f1c9a7e2b';
const PHOTO = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 167 + 13) % 256));
const BASE64 = PHOTO.toString('base64');
const LINES = BASE64.match(/.{1,76}/g)!.join('\n');

const bytesOfToken = [...Buffer.from(TOKEN)];

const SECRETS = [
	TOKEN,
	encodeURIComponent(TOKEN),
	TOKEN.replace('/', '\\/'),
	BASE64.slice(160, 220),
	bytesOfToken.join(','),
	[...PHOTO.subarray(40, 80)].join(','),
	JSON.stringify({ ...bytesOfToken }).slice(1, -1),
	JSON.stringify({ ...PHOTO.subarray(0, 80) }).slice(1, -1),
];

/** Which of the secrets a body holds, as whoever reads the item would find them. */
function secretsIn(body: unknown): string[] {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return SECRETS.filter((secret) => text.includes(secret));
}

describe('neither token nor picture is left', () => {
	test.each([
		['a text', `Bearer ${TOKEN}`],
		['a value', { header: TOKEN }],
		['a key', { [TOKEN]: 1 }],
		['a part of a key', { [`Bearer ${TOKEN}!`]: { a: 1 } }],
		['a key deep down', { a: [{ b: { [TOKEN]: [] } }] }],
		['an address', { next: `https://a.example/?token=${encodeURIComponent(TOKEN)}` }],
		['JSON within a text', JSON.stringify({ token: TOKEN }).replace('/', '\\/')],
		['the bytes of the token', { token: bytesOfToken }],
		['the bytes of the token among others', [1, 2, ...bytesOfToken, 3]],
		['the bytes of the token by index', { ...bytesOfToken }],
		['a picture', { image: BASE64 }],
		['a picture as a key', { [BASE64]: true }],
		['a picture in lines', { image: LINES }],
		['a picture as bytes', { image: [...PHOTO] }],
		['a picture as bytes by index', { image: { ...PHOTO } }],
		['a picture as Node writes it', { image: PHOTO.toJSON() }],
		['a picture in a list', [[`data:image/png;base64,${BASE64}`]]],
	])('%s', (_what, body) => {
		expect(secretsIn(body)).not.toEqual([]);
		expect(secretsIn(cleanBody(body, TOKEN))).toEqual([]);
	});
});

describe('what holds none of them', () => {
	test.each([
		['an answer', { request_id: 'a', status: 'succeeded', output: { images: ['https://a.example/a.png'] } }],
		['numbers', { box: [0, 12, 255, 7], levels: Array.from({ length: 256 }, (_, index) => index), cost: 0.06 }],
		['a long list of numbers', Array.from({ length: 5_000 }, (_, index) => index)],
		['a long address', { image: `https://a.example/a.png?sig=${'k'.repeat(4_000)}` }],
		['a list of hashes', Array.from({ length: 60 }, (_, index) => String(index % 10).repeat(64))],
		['empty things', [{}, [], '', null, true]],
	])('%s stays as it is', (_what, body) => expect(cleanBody(body, TOKEN)).toEqual(body));

	test('nothing of what was given is changed', () => {
		const body = { a: { b: [1] }, token: TOKEN };
		expect(cleanBody(body, TOKEN)).toEqual({ a: { b: [1] }, token: '(API token)' });
		expect(body.token).toBe(TOKEN);
	});

	test('a token that is none garbles nothing', () =>
		expect(cleanBody({ a: 'abcabc' }, 'abc')).toEqual({ a: 'abcabc' }));
});

test('names that mean something to JavaScript are names', () => {
	const body = JSON.parse(`{"__proto__":{"a":"${TOKEN}"},"constructor":1}`) as unknown;
	expect(JSON.stringify(cleanBody(body, TOKEN))).toBe('{"__proto__":{"a":"(API token)"},"constructor":1}');
});

test('what is too deep is said to be', () => {
	const deep = JSON.parse(`${'['.repeat(100_000)}1${']'.repeat(100_000)}`) as unknown;
	expect(JSON.stringify(cleanBody(deep, TOKEN))).toMatch(/^\[+"\(nested too deeply\)"\]+$/);
});

test('a million values take no time to speak of', () => {
	const body = {
		list: Array.from({ length: 200_000 }, (_, index) => ({ url: `https://a.example/${index}`, size: index })),
	};
	const startMs = workedMs();
	expect((cleanBody(body, TOKEN) as typeof body).list).toHaveLength(200_000);
	expect(workedMs() - startMs).toBeLessThan(2_000);
});

test('whatever comes, it stays the same without secrets, and none is left with them', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (body) => {
			expect(cleanBody(body, TOKEN)).toEqual(body);
			expect(secretsIn(cleanBody([body, { [`x${TOKEN}`]: [TOKEN, body] }], TOKEN))).toEqual([]);
		}),
	);
});
