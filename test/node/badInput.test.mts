/** Bad input is refused before anything is submitted: nothing is bought for it, not even for its neighbours. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { errorShown, inputIndexOf, inputItems, onRequest, useFixture } from './fixture.mts';
import { guardNetwork, type NetworkGuard } from './networkGuard.mts';
import { HOSTILE_IDS } from '../emulator/emulator.mts';
import { byId, mapper, modelOf, runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const SEED = "'Seed' must be a whole number from 0 to 2147483647";

const cases: Array<[what: string, parameters: INodeParameters, message: string]> = [
	[
		'a color by its name',
		{ modelOptions: { customPalette: { colors: [{ color: 'red', weight: 1 }] } } },
		"'Custom Palette' (entry 1): 'Color' must be a color like #FF6D5A",
	],
	[
		'Custom Colors with a name',
		{ modelOptions: { paletteText: '#ffffff, red 0.4' } },
		"'Custom Colors' (entry 2): 'Color' must be a color like #FF6D5A",
	],
	[
		'Custom Colors with words',
		{ modelOptions: { paletteText: '#ffffff mostly' } },
		"'Custom Colors' (entry 1): 'Weight' must be a number from 0.05 to 1",
	],
	[
		'six Custom Colors',
		{ modelOptions: { paletteText: '#000001,#000002,#000003,#000004,#000005,#000006' } },
		"'Custom Colors' takes at most 5 entries but has 6",
	],
	[
		'Custom Colors beside a preset',
		{ modelOptions: { colorPalette: 'Ember', paletteText: '#ffffff' } },
		"'Color Palette' cannot be combined with 'Custom Colors'",
	],
];

describe.each(['replaceAndWait', 'submit'])('%s', (operation) => {
	test.each(cases)('%s', async (_what, parameters, message) => {
		const { error, finished } = await node.run({ parameters: { operation, ...parameters } });
		expect(finished.status).toBe('error');
		expect(error?.message).toBe(message);
		expect(node.emulator.counts().total).toBe(0);
	});

	test('one bad item among ten without Continue On Fail buys nothing', async () => {
		const modelOptions = { seed: '={{ $itemIndex === 9 ? -1 : 7 }}' };
		const { error } = await node.run({ items: inputItems(10), parameters: { operation, modelOptions } });
		expect(error?.message).toBe(SEED);
		expect(error?.description).toMatch(/^Nothing was submitted\. /);
		expect(error?.context).toMatchObject({ itemIndex: 9 });
		expect(node.emulator.counts().total).toBe(0);
	});

	test('with Continue On Fail the nine others are bought, each once', async () => {
		const modelOptions = { seed: '={{ $itemIndex === 4 ? -1 : 7 }}' };
		const run = await node.run({
			items: inputItems(10),
			onError: 'continueErrorOutput',
			parameters: { operation, modelOptions },
		});
		expect(run.errorItems.map(inputIndexOf)).toEqual([4]);
		expect(run.items.map(inputIndexOf)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9]);
		expect(node.emulator.counts()).toMatchObject({ submitsReceived: 9, submitsAccepted: 9 });
	});
});

describe('Request ID', () => {
	test.each(['getStatus', 'getResult', 'cancel'])(
		'%s: whatever is no id never reaches an address',
		async (operation) => {
			for (const id of ['../../x', '..', 'a/b', 'a b', 'a%2Fb', 'a?x=1', 'a#b', 'ä', 'x'.repeat(129)]) {
				const shown = await errorShown(node, 'continueRegularOutput', { parameters: onRequest(operation, id) });
				expect(shown.message).toBe("'Request ID' is not a request ID");
				expect(shown.description).toMatch(/request_id of an earlier item/);
			}
			const empty = await errorShown(node, 'continueRegularOutput', {
				parameters: onRequest(operation, '={{ "" }}'),
			});
			expect(empty.message).toBe("'Request ID' is required");
			const missing = await errorShown(node, 'continueRegularOutput', {
				parameters: onRequest(operation, '={{ $json.nothing }}'),
			});
			expect(missing.message).toMatch(/^'Request ID' is/);
			expect(node.emulator.counts().total).toBe(0);
		},
	);

	test.each(['getStatus', 'getResult', 'cancel'])(
		'%s: one bad id of three asks for nothing at all',
		async (operation) => {
			const { error } = await node.run({
				items: inputItems(3),
				parameters: onRequest(operation, '={{ $itemIndex === 2 ? "../../x" : "id-1" }}'),
			});
			expect(error?.message).toBe("'Request ID' is not a request ID");
			expect(node.emulator.counts().total).toBe(0);
		},
	);
});

describe('in Production', () => {
	let guard: NetworkGuard;
	beforeAll(() => {
		guard = guardNetwork();
	});
	afterEach(() => {
		guard.refused.length = 0;
	});
	afterAll(() => guard.open());

	const production = () => ({ runComfyApi: { apiToken: 'a-token', environment: 'production' } });

	test.each(['http://127.0.0.1:5678/a.jpg', 'https://192.168.1.7/a.jpg'])(
		'the private address %s is refused, and nothing leaves this machine',
		async (imageUrl) => {
			const { error } = await node.run({ credentials: production(), parameters: { imageUrl } });
			expect(error?.message).toBe("RunComfy cannot reach 'Image URL': it points to a private network");
			expect(error?.description).toMatch(/Binary File/);
			expect(guard.refused).toEqual([]);
		},
	);

	test('in a Custom environment such an address is fine', async () => {
		const { error } = await node.run({ parameters: { imageUrl: 'http://127.0.0.1:5678/a.jpg' } });
		expect(error).toBeUndefined();
	});

	test('good input goes to RunComfy itself, whatever stands in the fields that are not shown', async () => {
		const { accountApiUrl, modelApiUrl } = node.credential;
		const credentials = { runComfyApi: { ...production().runComfyApi, accountApiUrl, modelApiUrl } };
		const { error } = await node.run({ credentials, parameters: { options: { timeout: 1 } } });
		expect(error?.message).toMatch(/^RunComfy did not accept this image within \d seconds?$/);
		expect(new Set(guard.refused)).toEqual(new Set(['model-api.runcomfy.net:443']));
		expect(node.emulator.counts().total).toBe(0);
	});
});

/** What is wrong with the input of a model is found before anything is bought: counted at the server. */
describe('Model', () => {
	const UPSCALE = 'emulator/inference/upscale';
	const VIDEO = 'emulator/keyframes-to-video';
	const FRAMES = { keyframes: [{ at: 0 }] };
	const PICTURE = 'https://images.example.com/a.png';

	/** The error, and that nothing was handed in. */
	async function refused(parameters: INodeParameters) {
		const { error, items } = await node.run({ parameters });
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
			['', `'Model' is the URL of a page, not a model ID: use ${TEXT_TO_IMAGE}`, ''],
			['/api/', `'Model' is the URL of a page, not a model ID: use ${TEXT_TO_IMAGE}`, ''],
			[
				'-of-nobody',
				"'Model' is the URL of a page, not a model ID",
				'Choose the model from the list, or copy the model_id that Get Many returns.',
			],
		])("a page's address, with %j behind: its ID is looked up", async (rest, words, advice) => {
			const { model_url: page } = modelOf(TEXT_TO_IMAGE);
			const { message, description } = await refused(runModel(`${page}${rest}`, 'a lake'));
			expect(message).toBe(words);
			expect(description).toContain(advice);
		});

		test.each(['de', 'pt-BR'])("a page's address in the language %s", async (language) => {
			const page = String(modelOf(TEXT_TO_IMAGE).model_url).replace('/models/', `/${language}/models/`);
			const { message } = await refused(runModel(page, 'a lake'));
			expect(message).toBe(`'Model' is the URL of a page, not a model ID: use ${TEXT_TO_IMAGE}`);
		});

		test("a page's address, the catalogue out of reach", async () => {
			node.policies.call.singleCallWindowMs = 300;
			node.emulator.fault('model', { kind: 'status', status: 503 });
			const { message, description } = await refused(runModel('https://www.runcomfy.com/models/a/b', 'a lake'));
			expect(message).toBe("'Model' is the URL of a page, not a model ID");
			expect(description).toContain('copy the model_id');
		});

		test('blanks around it do no harm', async () => {
			expect((await node.run({ parameters: runModel(`={{ " ${TEXT_TO_IMAGE} " }}`, 'a lake') })).error).toBeUndefined();
		});
	});

	describe('the inputs', () => {
		const OBJECT = `'Inputs (JSON)' must be a JSON object, like {"duration":5}`;
		test.each<[string, INodeParameters, string | RegExp]>([
			['a prompt for a model without', runModel(UPSCALE, 'sharper', { image: PICTURE }), /'Prompt' must be empty/],
			['a prompt twice, by JSON', runModel(TEXT_TO_IMAGE, 'a lake', { prompt: 'a sea' }), /'Prompt' is given twice/],
			[
				'a prompt twice, by fields',
				{ ...runModel(TEXT_TO_IMAGE, 'a lake'), ...mapper({ prompt: 'a sea' }) },
				/'Prompt' is given twice/,
			],
			['a JSON list', runModel(TEXT_TO_IMAGE, 'a lake', '[1]'), OBJECT],
			[
				'an unknown input',
				runModel(TEXT_TO_IMAGE, 'a lake', { sede: 1 }),
				/'sede' is not an input of this model. It has: /,
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

	test('Get: an id that is none', async () => {
		const parameters = { resource: 'model', operation: 'get', ...byId('={{ "a/../b" }}') };
		expect((await refused(parameters)).message).toBe("'Model' is not a model ID");
	});
});
