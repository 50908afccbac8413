/** Bad input is refused before anything is submitted: nothing is bought for it, not even for its neighbours. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { inputItems } from './fixture.mts';
import { guardNetwork, type NetworkGuard } from './networkGuard.mts';
import { errorShown, inputIndexOf, onRequest, useFixture } from './fixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const SEED = "'Seed' must be a whole number from 0 to 2147483647";
const WEIGHT = "'Custom Palette' (entry 1): 'Weight' must be a number from 0.05 to 1";
const EXTRA = `'Extra Fields (JSON)' must be a JSON object, like {"seed":7}`;

const custom = (weight: number | string) => ({ customPalette: { colors: [{ color: '#ffffff', weight }] } });

const cases: Array<[what: string, parameters: INodeParameters, message: string]> = [
	['an empty prompt', { prompt: '={{ "" }}' }, "'Prompt' is required"],
	['a prompt of blanks', { prompt: '={{ " \\n " }}' }, "'Prompt' is required"],
	['a prompt that is not text', { prompt: '={{ { a: 1 } }}' }, "'Prompt' must be text"],
	['no URL', { imageUrl: '={{ "" }}' }, "'Image URL' is required"],
	['words for a URL', { imageUrl: 'my photo' }, "RunComfy cannot reach 'Image URL': it is not a URL"],
	[
		'an ftp URL',
		{ imageUrl: 'ftp://example.com/a.jpg' },
		"RunComfy cannot reach 'Image URL': it does not start with http:// or https://",
	],
	[
		'a local file',
		{ imageUrl: 'file:///home/me/a.jpg' },
		"RunComfy cannot reach 'Image URL': it does not start with http:// or https://",
	],
	['seed -1', { modelOptions: { seed: -1 } }, SEED],
	['seed 1.5', { modelOptions: { seed: 1.5 } }, SEED],
	['a seed too large', { modelOptions: { seed: 2147483648 } }, SEED],
	['a seed in words', { modelOptions: { seed: '={{ "seven" }}' } }, SEED],
	['weight 2', { modelOptions: custom(2) }, WEIGHT],
	['weight 0', { modelOptions: custom(0) }, WEIGHT],
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
		"'Custom Colors' takes at most 5 entries, it has 6",
	],
	[
		'Custom Colors beside a preset',
		{ modelOptions: { colorPalette: 'Ember', paletteText: '#ffffff' } },
		"'Color Palette' cannot be combined with 'Custom Colors'",
	],
	['no color', { modelOptions: { customPalette: {} } }, "'Custom Palette' needs at least 1 entry, it has 0"],
	[
		'the palette given twice',
		{ modelOptions: { colorPalette: 'Ember', ...custom(1) } },
		"'Color Palette' cannot be combined with 'Custom Palette'",
	],
	[
		'broken JSON',
		{ modelOptions: { extraFields: '{"seed": ' } },
		"'Extra Fields (JSON)' is not valid JSON: line 1, column 10",
	],
	['JSON that is a list', { modelOptions: { extraFields: '[]' } }, EXTRA],
	['no file', { imageSource: 'binary' }, "The input item has no file in the field 'data'"],
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
				expect(shown.description).toMatch(/'request_id' of an earlier item/);
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

	test.each([
		'http://localhost/a.jpg',
		'http://127.0.0.1:5678/a.jpg',
		'https://192.168.1.7/a.jpg',
		'https://10.0.0.1/a.jpg',
		'https://172.20.0.1/a.jpg',
		'http://169.254.169.254/latest/meta-data',
		'http://[::1]/a.jpg',
		'http://[fd00::1]/a.jpg',
		'http://nas/a.jpg',
		'http://nas.local/a.jpg',
		'http://2130706433/a.jpg',
	])('the private address %s is refused, and nothing leaves this machine', async (imageUrl) => {
		const { error } = await node.run({ credentials: production(), parameters: { imageUrl } });
		expect(error?.message).toBe("RunComfy cannot reach 'Image URL': it points into a private network");
		expect(error?.description).toMatch(/Binary File/);
		expect(guard.refused).toEqual([]);
	});

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
