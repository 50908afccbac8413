/**
 * What an expression, a table or a slip of the hand puts into a field: what no person meant is refused before anything is
 * bought, and what a person meant goes out as meant. The server counts.
 */
import { describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { IMAGE_URL, inputItems, onRequest, useFixture } from './fixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

/** A value as an expression gives it. */
const given = (value: unknown) => `={{ (${JSON.stringify(value)}) }}`;

/** Runs one item and gives the body that reached the server. */
async function bodySent(parameters: INodeParameters): Promise<Record<string, unknown>> {
	let sent: Record<string, unknown> = {};
	node.emulator.onCall = ({ phase, input }) => {
		if (phase === 'submit') sent = { ...input };
		return undefined;
	};
	const { error } = await node.run({ parameters });
	expect(error).toBeUndefined();
	return sent;
}

const left = (found: string) => `contains "${found}", probably left by an expression or a spreadsheet`;
const SPEEDS = "'Rendering Speed' must be one of: BALANCED, QUALITY, TURBO";
const PROMPT_OF_EXTRA = "'Extra Fields (JSON) → prompt'";

const refused: Array<[what: string, parameters: INodeParameters, message: string]> = [
	['an unknown speed', { modelOptions: { renderingSpeed: given('fastest') } }, SPEEDS],
	['an unknown source', { imageSource: given('disk') }, "'Image Source' must be one of: binary, url"],
	['a seed of a broken cell', { modelOptions: { seed: given('#VALUE!') } }, `'Seed' ${left('#VALUE!')}`],
	[
		'extra fields with an odd prompt',
		{ modelOptions: { extraFields: '{"prompt": ["x"]}' } },
		`${PROMPT_OF_EXTRA} must be text`,
	],
	[
		'extra fields with an odd image',
		{ modelOptions: { extraFields: '{"image": "shoe"}' } },
		"RunComfy cannot reach 'Extra Fields (JSON) → image': it is not a URL",
	],
	[
		'extra fields with an object as text',
		{ modelOptions: { extraFields: '=[object Object]' } },
		`'Extra Fields (JSON)' ${left('[object Object]')}`,
	],
];

test.each(refused)('%s is not bought', async (_what, parameters, message) => {
	const { error } = await node.run({ parameters });
	expect(error?.message).toBe(message);
	expect(node.emulator.counts().total).toBe(0);
});

describe('what to do is said', () => {
	test.each<[string, INodeParameters, RegExp]>([
		[
			'another style',
			{ modelOptions: { style: 'Fiction' } },
			/It is 'Fiction'\..*'Extra Fields \(JSON\)': \{"style": \{"style_type": "…"\}\}/,
		],
		['another palette', { modelOptions: { colorPalette: 'Sunset' } }, /\{"color_palette": \{"name": "…"\}\}/],
	])('%s', async (_what, parameters, advice) => {
		expect((await node.run({ parameters })).error?.description).toMatch(advice);
	});
});

describe('what a person meant goes out as meant', () => {
	test.each<[string, INodeParameters, Record<string, unknown>]>([
		[
			'lower case',
			{
				renderingSpeed: given('turbo'),
				magicPrompt: given(' off '),
				colorPalette: given('EMBER'),
				style: given('realistic'),
			},
			{
				rendering_speed: 'TURBO',
				magic_prompt: 'OFF',
				color_palette: { name: 'Ember' },
				style: { style_type: 'Realistic' },
			},
		],
		[
			'empty texts',
			{
				renderingSpeed: given(''),
				magicPrompt: given(' '),
				colorPalette: given(''),
				style: given(''),
				seed: given(''),
				extraFields: given(''),
			},
			{},
		],
		['null', { style: given(null), seed: given(null), extraFields: given(null) }, {}],
		['fields that are not there', { renderingSpeed: '={{ $json.speed }}', seed: '={{ $json.seed }}' }, {}],
		[
			'a custom palette beside an empty one',
			{ colorPalette: given(''), customPalette: { colors: [{ color: '#ff6d5a', weight: given(null) }] } },
			{ color_palette: { members: [{ color_hex: '#FF6D5A' }] } },
		],
		[
			'another image and prompt by Extra Fields',
			{ extraFields: '{"image": "https://b.example/ä.jpg", "prompt": "b"}' },
			{ image: 'https://b.example/%C3%A4.jpg', prompt: 'b' },
		],
	])('%s', async (_what, modelOptions, sent) => {
		expect(await bodySent({ modelOptions })).toEqual({ image: IMAGE_URL, prompt: 'on a marble table', ...sent });
	});
});

describe('Request ID', () => {
	const OPERATIONS = ['getStatus', 'getResult', 'cancel'];

	test.each(OPERATIONS)('%s takes the id and any of the three addresses that Submit gives', async (operation) => {
		const { items } = await node.run({ parameters: { operation: 'submit' } });
		const { request_id: id, ...urls } = items[0].json;
		expect(Object.keys(urls)).toEqual(['status_url', 'result_url', 'cancel_url']);
		for (const value of [
			id,
			` ${String(id)}\u200b`,
			...Object.values(urls),
			`${String(urls.result_url)}?include_cost=true`,
		]) {
			const asked = await node.run({ parameters: onRequest(operation, given(value)) });
			expect(asked.error).toBeUndefined();
			expect(asked.items[0].json.request_id).toBe(id);
		}
	});

	const NOT_AN_ID = "'Request ID' is not a request ID";
	const FOREIGN = "'Request ID' is not the URL of a request at this service";
	test.each<[unknown, string, RegExp]>([
		[42, NOT_AN_ID, /It is the number 42/],
		[['a', 'b'], NOT_AN_ID, /It is a list: add \[0\] after/],
		[{ request_id: 'a' }, NOT_AN_ID, /add \.request_id after its name/],
		[true, NOT_AN_ID, /It is the boolean true/],
		[null, "'Request ID' is required", /request_id of an earlier item/],
		['undefined', `'Request ID' ${left('undefined')}`, /Check the input/],
		['#N/A', `'Request ID' ${left('#N/A')}`, /Check the input/],
		['https://model-api.runcomfy.net.example.com/v1/requests/abc/status', FOREIGN, /starts with http/],
		['http://127.0.0.1:9/v1/requests/abc/status', FOREIGN, /starts with http/],
		['https://www.runcomfy.com/generations/abc', FOREIGN, /starts with http/],
	])('%j is refused unasked', async (value, message, description) => {
		for (const operation of OPERATIONS) {
			const { error } = await node.run({ parameters: onRequest(operation, given(value)) });
			expect(error?.message).toBe(message);
			expect(error?.description).toMatch(description);
		}
		expect(node.emulator.counts().total).toBe(0);
	});

	test('an expression in a fixed field is refused unasked', async () => {
		const { error } = await node.run({ parameters: onRequest('cancel', '{{ $json.request_id }}') });
		expect(error?.message).toBe("'Request ID' contains an unresolved expression: {{ $json.request_id }}");
		expect(node.emulator.counts().total).toBe(0);
	});

	test.each(['', 'a/b/status', 'abc/pay', '../models/x', 'abc%2Fstatus', 'abc/status/x'])(
		'an address of this service that ends in %j is none of a request',
		async (rest) => {
			const address = `${node.emulator.modelApiUrl}/v1/requests/${rest}`;
			const { error } = await node.run({ parameters: onRequest('getStatus', address) });
			expect([NOT_AN_ID, FOREIGN]).toContain(error?.message);
			expect(node.emulator.counts().total).toBe(0);
		},
	);
});

describe("n8n's own errors in expressions are told in n8n's words", () => {
	test.each([
		['a node that is not there', "={{ $('Nobody').item.json.x }}", "Referenced node doesn't exist", 'prompt'],
		['a node that did not run', "={{ $('Success').item.json.x }}", /expression|execut/i, 'prompt'],
		['words that are no expression', '={{ $json. }}', 'invalid syntax', ''],
	])('%s', async (_what, prompt, message, parameter) => {
		for (const operation of ['replaceAndWait', 'submit']) {
			const { error } = await node.run({ parameters: { operation, prompt } });
			expect(error?.message).toMatch(message);
			if (parameter !== '') expect(error?.description).toContain(`It is in the parameter '${parameter}'.`);
		}
		const asked = await node.run({ parameters: onRequest('getStatus', prompt) });
		expect(asked.error?.message).toMatch(message);
		expect(node.emulator.counts().total).toBe(0);
	});

	test.each<[string, INodeParameters]>([
		['imageUrl', {}],
		['binaryPropertyName', { imageSource: 'binary' }],
	])('in %s: that alone is wrong with the picture', async (name, source) => {
		const { error } = await node.run({ parameters: { ...source, [name]: "={{ $('Nobody').item.json.x }}" } });
		expect(error?.message).toBe("Referenced node doesn't exist");
		expect(error?.description).toBe(`You were not charged for this attempt. It is in the parameter '${name}'.`);
		expect(node.emulator.counts().total).toBe(0);
	});

	test('in an item of Continue On Fail too', async () => {
		const prompt = "={{ $itemIndex === 1 ? $('Nobody').item.json.x : 'a beach' }}";
		const run = await node.run({ items: inputItems(2), parameters: { prompt }, onError: 'continueRegularOutput' });
		expect(run.items[1].json.error).toMatchObject({ message: "Referenced node doesn't exist" });
		expect(node.emulator.counts().submitsReceived).toBe(1);
	});
});

describe('Include Input Fields', () => {
	const OWN = {
		request_id: 'old',
		status: 'old',
		status_url: 'old',
		image_url: 'old',
		video_url: 'old',
		audio_url: 'old',
		file_url: 'old',
		index: 9,
		created_at: 'old',
		finished_at: 'old',
		cost: 49.9,
		finished: false,
		queue_position: 3,
		outcome: 'old',
		cancelled: true,
		download_error: 'old',
		model_id: 'old',
		variant: 4,
		seed: 'old',
		deployment_id: 'old',
		node_id: 'old',
		node_title: 'old',
		filename: 'old',
		text: 'old',
		files: 'old',
		other_nodes: 'old',
		output: 'old',
		error: 'old',
	};

	test.each([true, false])('leaves out what is named like a field of its own, Simplify %s', async (simplify) => {
		const { items } = await node.run({
			items: [{ json: { sku: 'A-1', ...OWN, price: 3 } }],
			parameters: { simplify, options: { includeInputFields: true } },
		});
		expect(items[0].json).toMatchObject({ sku: 'A-1', price: 3, status: 'succeeded' });
		expect(JSON.stringify(items[0].json)).not.toMatch(/old|49\.9|"finished":|"variant"|"cancelled"/);
	});
});
