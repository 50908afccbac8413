/** What is wrong with the input of a model is found before anything is bought: counted at the server. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { HOSTILE_IDS } from '../emulator/emulator.mts';
import { errorShown, type FixtureRun, inputItems, useFixture } from './fixture.mts';
import { byId, mapper, modelOf, runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const UPSCALE = 'emulator/inference/upscale';
const VIDEO = 'emulator/keyframes-to-video';
const FRAMES = { keyframes: [{ at: 0 }] };
const PICTURE = 'https://images.example.com/a.png';

/** The error, and that nothing was handed in. */
async function refused(parameters: INodeParameters, rest: FixtureRun = {}) {
	const { error, items } = await node.run({ ...rest, parameters });
	expect(node.emulator.counts()).toMatchObject({ submitsReceived: 0 });
	expect(items).toEqual([]);
	const description = String(error?.description ?? '');
	return { message: error?.message ?? '(no error)', description, itemIndex: error?.context?.itemIndex };
}

describe('the model', () => {
	test.each([
		['empty', '', "'Model' is required"],
		['null', null, "'Model' is required"],
		['one part', 'flux', "'Model' is not a model ID"],
		['seven parts', 'a/b/c/d/e/f/g', "'Model' is not a model ID"],
		['a path escape', 'emulator/../requests', "'Model' is not a model ID"],
		['one dot', 'emulator/./text-to-image', "'Model' is not a model ID"],
		['an escaped slash', 'emulator%2F..%2Frequests', "'Model' is not a model ID"],
		['a query', `${TEXT_TO_IMAGE}?limit=1`, "'Model' is not a model ID"],
		['a fragment', `${TEXT_TO_IMAGE}#a`, "'Model' is not a model ID"],
		['a slash at the end', `${TEXT_TO_IMAGE}/`, "'Model' is not a model ID"],
		['a slash at the start', `/${TEXT_TO_IMAGE}`, "'Model' is not a model ID"],
		['two slashes', 'emulator//text-to-image', "'Model' is not a model ID"],
		['a backslash', 'emulator\\text-to-image', "'Model' is not a model ID"],
		['a line break', `${TEXT_TO_IMAGE}\nHost: x`, "'Model' is not a model ID"],
		['a number', 7, "'Model' is not a model ID"],
		['a list', [TEXT_TO_IMAGE], "'Model' is not a model ID"],
		['very long', `a/${'b'.repeat(300)}`, "'Model' is not a model ID"],
	])('%s', async (_what, modelId, message) => {
		// As an expression, since n8n itself looks at what is typed.
		const parameters = runModel(`={{ ${JSON.stringify(modelId)} }}`, 'a lake');
		expect((await refused(parameters)).message).toBe(message);
		expect(node.emulator.counts().modelReads).toBe(0);
	});

	test.each([
		['in other letters', 'Emulator/Text-To-Image'],
		['of no model', 'nobody/nothing'],
	])('%s', async (_what, modelId) => {
		const { message, description } = await refused(runModel(modelId, 'a lake'));
		expect(message).toBe(`RunComfy does not know the model ${modelId}`);
		expect(description).toMatch(/Model IDs are case-sensitive/);
	});

	test.each([
		['', `The ID of the model on that page is ${TEXT_TO_IMAGE}.`],
		['/api/', `The ID of the model on that page is ${TEXT_TO_IMAGE}.`],
		['-of-nobody', "Choose the model 'From List', or copy the model_id that Get Many returns."],
	])("a page's address, with %j behind: its ID is looked up", async (rest, advice) => {
		const { model_url: page } = modelOf(TEXT_TO_IMAGE);
		const { message, description } = await refused(runModel(`={{ "${page}${rest}" }}`, 'a lake'));
		expect(message).toBe("'Model' is the address of a page, not a model ID");
		expect(description).toContain(advice);
	});

	test("a page's address, the catalogue out of reach", async () => {
		node.policies.call.singleCallWindowMs = 300;
		node.emulator.fault('model', { kind: 'status', status: 503 });
		const { message, description } = await refused(runModel('={{ "https://www.runcomfy.com/models/a/b" }}', 'a lake'));
		expect(message).toBe("'Model' is the address of a page, not a model ID");
		expect(description).toContain('copy the model_id');
	});

	test('unknown, told with HTTP 404', async () => {
		node.emulator.set({ unknownModel: '404' });
		expect((await refused(runModel('nobody/nothing'))).message).toMatch(/does not know the model/);
	});

	test('blanks around it do no harm', async () => {
		expect((await node.run({ parameters: runModel(`={{ " ${TEXT_TO_IMAGE} " }}`, 'a lake') })).error).toBeUndefined();
	});
});

describe('the inputs', () => {
	const OBJECT = `'Inputs (JSON)' must be a JSON object, like {"duration":5}`;
	test.each<[string, INodeParameters, string | RegExp]>([
		['no prompt', runModel(TEXT_TO_IMAGE), "'Prompt' is required"],
		['a prompt of blanks', runModel(TEXT_TO_IMAGE, '  '), "'Prompt' is required"],
		['a prompt that no one wrote', runModel(TEXT_TO_IMAGE, '={{ "" + {} }}'), /'Prompt' contains "\[object Object\]"/],
		['a prompt for a model without', runModel(UPSCALE, 'sharper', { image: PICTURE }), /'Prompt' must be empty/],
		['a prompt twice, by JSON', runModel(TEXT_TO_IMAGE, 'a lake', { prompt: 'a sea' }), /'Prompt' is given twice/],
		[
			'a prompt twice, by fields',
			{ ...runModel(TEXT_TO_IMAGE, 'a lake'), ...mapper({ prompt: 'a sea' }) },
			/'Prompt' is given twice/,
		],
		['no JSON', runModel(TEXT_TO_IMAGE, 'a lake', '{"seed": '), "'Inputs (JSON)' is not valid JSON: line 1, column 10"],
		['a JSON list', runModel(TEXT_TO_IMAGE, 'a lake', '[1]'), OBJECT],
		['a JSON text', runModel(TEXT_TO_IMAGE, 'a lake', '"seed"'), OBJECT],
		[
			'an unknown input',
			runModel(TEXT_TO_IMAGE, 'a lake', { sede: 1 }),
			/'sede' is not an input of this model. It has: /,
		],
		[
			'__proto__',
			runModel(TEXT_TO_IMAGE, 'a lake', '{"__proto__": {"a": 1}}'),
			/^'__proto__' is not an input of this model\. It has: /,
		],
		[
			'constructor',
			runModel(TEXT_TO_IMAGE, 'a lake', { constructor: 1 }),
			/^'constructor' is not an input of this model\. It has: /,
		],
		[
			'a fraction',
			runModel(VIDEO, 'a lake', { ...FRAMES, duration: 4.5 }),
			/'Duration' must be a whole number from 1 to 20/,
		],
		[
			'out of range',
			runModel(VIDEO, 'a lake', { ...FRAMES, duration: '99' }),
			/'Duration' must be a whole number from 1/,
		],
		['a word for a number', runModel(VIDEO, 'a lake', { ...FRAMES, duration: 'long' }), /'Duration' must be/],
		['an empty list', runModel(VIDEO, 'a lake', { keyframes: [] }), "'Keyframes' needs at least 1 entry, it has 0"],
		['no address', runModel(UPSCALE, '', { image: 'photo.png' }), "RunComfy cannot reach 'Image': it is not a URL"],
		[
			'a page to share',
			runModel(UPSCALE, '', { image: 'https://drive.google.com/file/d/1/view' }),
			"RunComfy cannot reach 'Image': it is a page of Google Drive, not a file",
		],
		[
			'an unresolved expression',
			runModel(TEXT_TO_IMAGE, 'a {{ $json.thing }}'),
			"'Prompt' contains an unresolved expression: {{ $json.thing }}",
		],
		[
			'a word of nothing',
			runModel(TEXT_TO_IMAGE, '={{ "a photo of " + $json.nothing }}'),
			/'Prompt' contains "of undefined"/,
		],
		['an unknown mode', { ...runModel(TEXT_TO_IMAGE, 'a lake'), inputMode: 'xml' }, /'Inputs' must be one of/],
	])('%s', async (_what, parameters, message) => {
		expect((await refused(parameters)).message).toEqual(
			typeof message === 'string' ? message : expect.stringMatching(message),
		);
	});

	test('all that is wrong is said at once', async () => {
		const { message, description } = await refused(runModel(VIDEO, '', { ...FRAMES, duration: 99, seed: 1 }));
		expect(message).toBe("'Duration' must be a whole number from 1 to 20");
		expect(description).toMatch(/Also: .*'Prompt' is required/);
		expect(description).toMatch(/'seed' is not an input of this model/);
		expect(description).toContain(VIDEO);
	});

	test('one bad item: nothing is bought at all', async () => {
		const items = inputItems(3);
		items[2].json.prompt = '';
		items[0].json.prompt = items[1].json.prompt = 'a lake';
		const { message, itemIndex } = await refused(runModel(TEXT_TO_IMAGE, '={{ $json.prompt }}'), { items });
		expect(message).toBe("'Prompt' is required");
		expect(itemIndex).toBe(2);
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)('%s: the others are bought', async (onError) => {
		const items = [{ json: { prompt: 'a lake' } }, { json: { prompt: '' } }, { json: { prompt: 'a sea' } }];
		const parameters = runModel(TEXT_TO_IMAGE, '={{ $json.prompt }}');
		const shown = await errorShown(node, onError, { items, parameters }, 1);
		expect(shown.message).toBe("'Prompt' is required");
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 2, submitsAccepted: 2 });
	});

	test('a value of the wrong kind is converted where nothing is lost', async () => {
		await node.run({ parameters: runModel(VIDEO, 'a lake', { keyframes: '[{"at": 0}]', duration: '5' }) });
		const [{ id }] = node.emulator.requests();
		expect(node.emulator.body(id)).toEqual({ prompt: 'a lake', keyframes: [{ at: 0 }], duration: 5 });
	});
});

describe('a catalogue that cannot be used', () => {
	const OFF = { options: { checkInputs: false } };

	afterEach(() => node.emulator.set({ hostileModels: false }));

	test.each([
		['no schema', { model_id: 'a/b' }],
		['a text for a schema', { model_id: 'a/b', input_schema: 'none' }],
		['a list for properties', { model_id: 'a/b', input_schema: { properties: [] } }],
		[
			'a schema of megabytes',
			{ model_id: 'a/b', input_schema: { properties: { a: { description: 'many words '.repeat(500_000) } } } },
		],
	])('%s: nothing is bought', async (_what, body) => {
		const modelId = `unreadable/${_what.replaceAll(' ', '-')}`;
		node.emulator.fault('model', { kind: 'status', status: 200, body });
		const { message, description } = await refused(runModel(modelId, 'a lake'));
		expect(message).toBe(`The inputs of the model ${modelId} cannot be read from RunComfy's catalog`);
		expect(description).toMatch(/turn off 'Check Inputs'/);
	});

	test.each([
		['out of reach', { kind: 'status', status: 503 } as const],
		['of a page', { kind: 'status', status: 200, body: '<html></html>' } as const],
	])('%s: nothing is bought', async (_what, fault) => {
		node.policies.call.singleCallWindowMs = 300;
		node.emulator.fault('model', fault);
		const { message } = await refused(runModel('wan-ai/wan-2.7/edit', 'a lake'));
		expect(message).toBe(
			'Could not read the model wan-ai/wan-2.7/edit from the catalog: RunComfy gave no usable answer',
		);
	});

	test('Check Inputs off: what is given is sent, and the catalogue is not asked', async () => {
		node.emulator.fault('model', { kind: 'status', status: 503 });
		const parameters = runModel(TEXT_TO_IMAGE, 'a lake', { sede: 'x', size: null }, OFF);
		const { error, items } = await node.run({ parameters });
		expect([error, items.length]).toEqual([undefined, 1]);
		expect(node.emulator.counts()).toMatchObject({ modelReads: 0, submitsAccepted: 1 });
		expect(node.emulator.body(String(items[0].json.request_id))).toEqual({ prompt: 'a lake', sede: 'x' });
	});

	test('Check Inputs off: RunComfy says what it does not take', async () => {
		const { message } = await errorShown(node, 'stopWorkflow', { parameters: runModel(VIDEO, '', {}, OFF) });
		expect(message).toMatch(/^RunComfy refused the input/);
	});

	test.each([
		[HOSTILE_IDS.html, { style: 'plain' }],
		[HOSTILE_IDS.longText, { note: 'short' }],
		[HOSTILE_IDS.manyInputs, { input_4999: 'a' }],
		[HOSTILE_IDS.twice, { seed: 5 }],
		[HOSTILE_IDS.oddSchema, { nothing: [1], unheard: 'x', either: 'y', broken: '(' }],
	])('%s can be run', async (modelId, inputs) => {
		node.emulator.set({ hostileModels: true });
		const { error, items } = await node.run({ parameters: runModel(modelId, 'a lake', inputs) });
		expect(error).toBeUndefined();
		const sent = node.emulator.body(String(items[0].json.request_id));
		const expected = (typeof inputs === 'string' ? JSON.parse(inputs) : inputs) as object;
		expect(Object.entries(sent ?? {}).sort()).toEqual([...Object.entries(expected), ['prompt', 'a lake']].sort());
	});

	test.each([
		['{"__proto__": "a"}', "'Proto' has a name that n8n cannot send"],
		['{"constructor": "b"}', "'Constructor' has a name that n8n cannot send"],
	])('%s: nothing is bought without it', async (inputs, message) => {
		node.emulator.set({ hostileModels: true });
		const shown = await refused(runModel(HOSTILE_IDS.prototype, 'a lake', inputs));
		expect(`${shown.message} ${shown.description}`).toContain(message);
	});

	test('nested names that n8n cannot send', async () => {
		const inputs = '{"options": {"deep": {"__proto__": {"a": 1}}}}';
		const { message } = await refused(runModel('emulator/Studio/v1.5/Fast/HD/text-to-image', 'a lake', inputs));
		expect(message).toBe("'Options' contains the name '__proto__', which n8n cannot send");
	});

	test.each([
		[HOSTILE_IDS.html, { style: 'loud' }],
		[HOSTILE_IDS.longText, { note: 5, nope: 1 }],
		[HOSTILE_IDS.manyInputs, { nope: 1 }],
	])('%s: what it says is short and plain in an error', async (modelId, inputs) => {
		node.emulator.set({ hostileModels: true });
		const { message, description } = await refused(runModel(modelId, '', inputs));
		expect(`${message} ${description}`).not.toMatch(/<script|onerror=alert\(1\)><|x{200}|N{100}/);
		expect(message.length + description.length).toBeLessThan(4_000);
	});
});

test('a token that is refused is said so, and nothing is sent twice', async () => {
	const { error } = await node.run({ token: 'wrong-token', parameters: runModel(TEXT_TO_IMAGE, 'a lake') });
	expect(error?.message).toBe('RunComfy did not accept the API token');
	expect(node.emulator.counts()).toMatchObject({ modelReads: 1, submitsReceived: 0 });
});

test('Get: an id that is none', async () => {
	const parameters = { resource: 'model', operation: 'get', ...byId('={{ "a/../b" }}') };
	expect((await refused(parameters)).message).toBe("'Model' is not a model ID");
});
