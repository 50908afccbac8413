/** What was paid for comes out, whatever form RunComfy's answer has. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Fault } from '../emulator/emulator.mts';
import { runAsTool } from '../engine/index.mts';
import { byId } from './modelFixture.mts';
import { IMAGE_URL, jsonOf, REPLACE, onRequest, submitOne, useFixture } from './fixture.mts';

const fixture = useFixture({ queueMs: 0, runMs: 0 });

const A = 'https://files.runcomfy.net/a.png';
const ENDED = { created_at: '2026-03-01T12:00:00Z', finished_at: '2026-03-01T12:00:09Z' };
const BACKGROUND_MODEL = 'ideogram/ideogram-v3/replace-background';

const json = (body: unknown, status = 200): Fault => ({ kind: 'status', status, body });

/** Results as these bodies say, one after the other, and the last one from then on. */
function answerResults(...bodies: object[]): void {
	let asked = 0;
	fixture.emulator.onCall = ({ phase, requestId }) => {
		if (phase !== 'result') return undefined;
		asked += 1;
		return json({
			request_id: requestId,
			status: 'succeeded',
			...ENDED,
			...bodies[Math.min(asked, bodies.length) - 1],
		});
	};
}

const counts = () => fixture.emulator.counts();

/** A PNG in base64, larger than any that is left alone. */
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(3_000, 7)]);
const BASE64 = PNG.toString('base64');

describe('Get Result of a model that gives text', () => {
	test.each<[string, unknown]>([
		['text', { text: 'A mug on a table.' }],
		['a list of texts', ['A mug', 'a table']],
		['numbers', { score: 0.98, box: [1, 2, 3, 4] }],
	])('%s: the output is the item, though RunComfy does not repeat the model', async (_what, output) => {
		const requestId = await submitOne(fixture);
		answerResults({ output });
		for (const waitUntilFinished of [false, true]) {
			const { items, error } = await fixture.run({
				parameters: onRequest('getResult', requestId, { waitUntilFinished }),
			});
			expect(error).toBeUndefined();
			expect(jsonOf(items)).toMatchObject([{ request_id: requestId, status: 'succeeded', output }]);
		}
	});
});

describe("with Simplify off a success is RunComfy's answer, whatever it is", () => {
	test.each<[string, unknown]>([
		['text where an image was expected', { text: 'I cannot draw that.' }],
		['an empty output', {}],
		['no output', undefined],
	])('%s', async (_what, output) => {
		answerResults({ output, note: 'as it is' });
		const { items, error } = await fixture.run({ parameters: { simplify: false } });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([
			{ status: 'succeeded', note: 'as it is', ...(output !== undefined && { output }) },
		]);
		const requestId = items[0].json.request_id as string;
		const got = await fixture.run({ parameters: onRequest('getResult', requestId, { simplify: false }) });
		expect(jsonOf(got.items)).toMatchObject([{ request_id: requestId, note: 'as it is' }]);
		expect(counts().submitsReceived).toBe(1);
	});

	test('but what failed is an error', async () => {
		answerResults({ status: 'failed', error: 'no' });
		const { error } = await fixture.run({ parameters: { simplify: false } });
		expect(error?.message).toContain('failed: no');
	});
});

describe('a file that is written out in the output', () => {
	test.each<[string, unknown]>([
		['a data URI', { image: `data:image/png;base64,${BASE64}` }],
		['bare base64', { images: [BASE64] }],
		['under another key', { result: [{ b64_json: BASE64 }] }],
		['the output itself', `data:image/png;base64,${BASE64}`],
	])('%s: comes out as a file of the item', async (_what, output) => {
		answerResults({ output });
		const { items, error } = await fixture.run();
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(items[0].binary?.data).toMatchObject({ fileName: 'shoe.png', mimeType: 'image/png' });
		expect(jsonOf(items)).toMatchObject([{ status: 'succeeded', index: 0, model_id: BACKGROUND_MODEL }]);
		expect(JSON.stringify(jsonOf(items))).not.toContain(BASE64.slice(100, 160));
	});

	test('with Simplify off too, and the answer tells that it was there', async () => {
		answerResults({ output: { image: `data:image/png;base64,${BASE64}` } });
		const { items } = await fixture.run({ parameters: { simplify: false } });
		expect(items[0].binary?.data).toMatchObject({ mimeType: 'image/png' });
		expect(JSON.stringify(items[0].json)).toContain('left out');
		expect(JSON.stringify(items[0].json)).not.toContain(BASE64.slice(100, 160));
	});

	test('beside one with an address: both', async () => {
		answerResults({ output: { image: A, audio: `data:audio/wav;base64,${Buffer.alloc(90).toString('base64')}` } });
		const { items } = await fixture.run();
		expect(jsonOf(items)).toMatchObject([{ image_url: A, index: 0 }, { index: 1 }]);
		expect(items[1].binary?.data).toMatchObject({ fileName: 'shoe-2.wav', mimeType: 'audio/wav' });
	});
});

describe('a success that is told before its output is there', () => {
	test.each<[string, object]>([
		['an empty output', { output: {} }],
		['no output', {}],
		['an empty list', { output: [] }],
	])('%s: is looked at again', async (_what, first) => {
		answerResults(first, first, { output: { image: A } });
		const { items, error } = await fixture.run();
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([{ image_url: A }]);
	});

	test('by Get Result as well, without waiting', async () => {
		const requestId = await submitOne(fixture);
		answerResults({ output: {} }, { output: { image: A } });
		const { items } = await fixture.run({ parameters: onRequest('getResult', requestId) });
		expect(jsonOf(items)).toMatchObject([{ image_url: A }]);
	});

	test('a further look that fails takes nothing away: it is the error of a success without a file', async () => {
		answerResults({ output: {} });
		const { onCall } = fixture.emulator;
		let results = 0;
		fixture.emulator.onCall = (call) => {
			if (call.phase === 'result' && (results += 1) > 1) return json({ error_code: 404001 }, 404);
			return onCall?.(call);
		};
		const { error } = await fixture.run();
		expect(error?.message).toContain('succeeded, but RunComfy returned no file');
		expect(results).toBeGreaterThan(2);
	});
});

describe('JSON that is not quite JSON', () => {
	test.each(['NaN', '-Infinity', 'Infinity'])('a bare %s is read as nothing', async (word) => {
		fixture.emulator.onCall = ({ phase, requestId }) =>
			phase === 'result'
				? ({
						kind: 'status',
						status: 200,
						headers: { 'content-type': 'application/json' },
						// A byte order mark is no JSON either.
						body: `\ufeff{"request_id":"${requestId}","status":"succeeded","score":${word},"say":"NaN: \\"Infinity\\"","output":{"image":"${A}"}}`,
					} satisfies Fault)
				: undefined;
		const { items, error } = await fixture.run({ parameters: { simplify: false } });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([{ score: null, say: 'NaN: "Infinity"', output: { image: A } }]);
	});
});

describe('an accepted submit whose request is named in its addresses only', () => {
	test.each(['status_url', 'result_url', 'cancel_url'])('%s', async (name) => {
		fixture.emulator.fault('submit', json({ [name]: 'https://model-api.runcomfy.net/v1/requests/req-77/result?x=1' }));
		const { items, error } = await fixture.run({ parameters: { operation: 'submit' } });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toMatchObject([{ request_id: 'req-77' }]);
		expect(counts().submitsReceived).toBe(1);
	});
});

describe('what was sent is no result', () => {
	test.each<[string, unknown]>([
		['the address that was sent', { image: A, result: [{ photo: IMAGE_URL }] }],
		['source_image', { image: A, source_image: 'https://files.runcomfy.net/in.png' }],
		['original', { images: [{ url: A, original: { url: 'https://files.runcomfy.net/in.png' } }] }],
		['input_image_url', { image: A, input_image_url: 'https://files.runcomfy.net/in.png' }],
	])('%s', async (_what, output) => {
		answerResults({ output });
		const { items } = await fixture.run();
		expect(jsonOf(items).map(({ image_url: url }) => url)).toEqual([A]);
	});

	test('nor is what the answer itself says was sent: Get Result knows no more', async () => {
		const requestId = await submitOne(fixture);
		const sent = 'https://files.runcomfy.net/sent.png';
		answerResults({ output: { image: A, before: sent }, input: { image: sent } });
		const { items } = await fixture.run({ parameters: onRequest('getResult', requestId) });
		expect(jsonOf(items).map(({ image_url: url }) => url)).toEqual([A]);
	});

	test('the only file there is comes out all the same, whatever its key', async () => {
		answerResults({ output: { original: A } });
		expect(jsonOf((await fixture.run()).items)).toMatchObject([{ image_url: A }]);
	});

	test('an answer with nothing but what was sent gave no file', async () => {
		answerResults({ output: { image: IMAGE_URL } });
		expect((await fixture.run()).error?.message).toContain('returned no file');
	});
});

describe("the model's id", () => {
	test.each([
		['Background', {}, BACKGROUND_MODEL],
		[
			'Model',
			{
				resource: 'model',
				operation: 'runAndWait',
				inputMode: 'json',
				inputsJson: '{}',
				...byId('x/y/z'),
				options: { checkInputs: false },
			},
			'x/y/z',
		],
	] as Array<[string, INodeParameters, string]>)(
		'%s: is there though RunComfy does not repeat it',
		async (_what, parameters, modelId) => {
			fixture.emulator.onCall = ({ phase, requestId }) => {
				if (phase === 'submit') return json({ request_id: 'req-1' });
				return phase === 'result'
					? json({ request_id: requestId, status: 'succeeded', output: { image: A } })
					: undefined;
			};
			const { items, error } = await fixture.run({ parameters });
			expect(error).toBeUndefined();
			expect(jsonOf(items)).toMatchObject([{ image_url: A, model_id: modelId }]);
		},
	);

	test('RunComfy knows better, where it says so', async () => {
		answerResults({ output: { text: 'hm', image: A }, model_id: 'a/b/c' });
		expect(jsonOf((await fixture.run()).items)).toMatchObject([{ model_id: 'a/b/c' }]);
	});
});

describe('an address that is not written as addresses are', () => {
	test.each([
		['blanks and letters of another script', '/schön rot.png', '/sch%C3%B6n%20rot.png'],
		['blanks before a query', '/a b.png?x=1', '/a%20b.png?x=1'],
		['a script of its own', '/图片.png', '/%E5%9B%BE%E7%89%87.png'],
		['percent signs already', '/a%20b ü.png', '/a%20b%20%C3%BC.png'],
	])('%s: is encoded and delivered', async (_what, path, encoded) => {
		answerResults({ output: { image: `https://files.runcomfy.net${path}` } });
		const { items } = await fixture.run();
		expect(jsonOf(items)).toMatchObject([{ image_url: `https://files.runcomfy.net${encoded}` }]);
	});
});

describe("RunComfy's words in an error", () => {
	const WORDS = 'Bad prompt: <a href="https://evil.example">click</a> & <img src=x>';

	test('are text in the description that the editor renders, and untouched in an error item', async () => {
		answerResults({ status: 'failed', error: WORDS.repeat(6) });
		const { error } = await fixture.run();
		expect(error?.description).toContain('&lt;a href="https://evil.example"&gt;click&lt;/a&gt; &amp; &lt;img');
		expect(error?.description).not.toMatch(/<(a|img)\b/);
		const { items } = await fixture.run({ onError: 'continueRegularOutput' });
		expect((items[0].json.error as IDataObject).description).toContain('<a href=');
	});

	test('of a refused submit, and of one nobody knows the end of', async () => {
		for (const status of [422, 500]) {
			fixture.emulator.fault('submit', json({ detail: [{ loc: ['body', 'prompt'], msg: WORDS }] }, status));
			const { error } = await fixture.run();
			expect(error).toBeDefined();
			expect(error?.description).not.toMatch(/<(a|img)\b/);
		}
	});
});

test('as the tool of an agent, a file written out is told of, not delivered', async () => {
	answerResults({ output: { image: `data:image/png;base64,${BASE64}` } });
	const { answers } = await runAsTool(fixture.engine, {
		parameters: { ...REPLACE },
		credentials: { runComfyApi: fixture.credential },
	});
	expect(JSON.stringify(answers)).toContain('left out');
	expect(JSON.stringify(answers)).not.toContain(BASE64.slice(100, 160));
});
