/**
 * One reader of values: what a person, a table or an expression gives is taken or refused in the same words, whether a photo
 * gets a new background or a model is run. The server counts.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { IBinaryData, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { getMediaInputs } from '../../nodes/RunComfy/methods/editorMethods.ts';
import { ProcessState } from '../../nodes/RunComfy/batch/processState.ts';
import { TINY_MP3, TINY_MP4, TINY_PNG } from '../emulator/sampleFiles.mts';
import { binaryItem, editorContext, workflowOf } from '../engine/index.mts';
import { loadN8n } from '../engine/n8n.mts';
import { IMAGE_URL, NODE_TYPE, quickPolicies, REPLACE, useFixture } from './fixture.mts';
import { byId, mapper, runModel, TEXT_TO_IMAGE } from './modelFixture.mts';

const node = useFixture({ queueMs: 0, runMs: 0 });

const UPSCALE = 'emulator/inference/upscale';
const EDIT_VIDEO = 'runwayml/runway-aleph-2/video-to-video';
const VIDEO = 'emulator/keyframes-to-video';

/** A value as an expression gives it. */
const given = (value: unknown) => `={{ (${JSON.stringify(value)}) }}`;

/** One way to buy: where its prompt, its address, its file and its JSON stand, and what they are called. */
interface Buyer {
	prompt(value: string): INodeParameters;
	address(value: string): INodeParameters;
	file(field: string): INodeParameters;
	json(value: string): INodeParameters;
	addressName: string;
	jsonName: string;
}

const buyers: Record<string, Buyer> = {
	Background: {
		prompt: (prompt) => ({ prompt }),
		address: (imageUrl) => ({ imageUrl }),
		file: (binaryPropertyName) => ({ imageSource: 'binary', binaryPropertyName }),
		json: (extraFields) => ({ modelOptions: { extraFields } }),
		addressName: "'Image URL'",
		jsonName: 'Extra Fields (JSON)',
	},
	Model: {
		prompt: (prompt) => runModel(TEXT_TO_IMAGE, prompt),
		address: (image) => ({ ...runModel(UPSCALE), ...mapper({ image }) }),
		file: (binaryPropertyName) =>
			runModel(UPSCALE, '', {}, { files: { file: [{ input: 'image', binaryPropertyName }] } }),
		json: (inputsJson) => ({ ...runModel(TEXT_TO_IMAGE, 'a lake'), inputsJson }),
		addressName: "'Image'",
		jsonName: 'Inputs (JSON)',
	},
};

const itemWith = async (bytes: Buffer, mimeType = 'image/png', fileName = 'photo.png', field = 'data') =>
	await binaryItem({ sku: 'a' }, field, bytes, { fileName, mimeType });

/** It is refused in these words, and nothing is submitted. */
async function expectRefused(parameters: INodeParameters, message: string, items?: INodeExecutionData[]) {
	const { error } = await node.run({ ...(items && { items }), parameters });
	expect(error?.message).toBe(message);
	expect(node.emulator.counts().submitsReceived).toBe(0);
	return String(error?.description);
}

/** It is bought once; gives the body that was sent. */
async function expectSent(parameters: INodeParameters, items?: INodeExecutionData[]) {
	const { error } = await node.run({ ...(items && { items }), parameters });
	expect(error).toBeUndefined();
	expect(node.emulator.counts().submitsAccepted).toBe(1);
	return node.emulator.body(node.emulator.requests()[0].id) ?? {};
}

const left = (found: string) => `contains "${found}", probably left by an expression or a spreadsheet`;

const PDF = Buffer.from('%PDF-1.7\nnot a picture');
const PAGE = Buffer.from('<!DOCTYPE html><html><body>Please sign in</body></html>');
const HEIC = Buffer.concat([Buffer.from([0, 0, 0, 28]), Buffer.from('ftypheic'), Buffer.alloc(40)]);
const half = TINY_PNG.bytes.subarray(0, TINY_PNG.bytes.length >> 1);

describe.each(Object.keys(buyers))('%s', (name) => {
	const buyer = buyers[name];

	test.each<[what: string, prompt: unknown, rule: string]>([
		['a list', ['a'], 'must be text'],
		['an object', { text: 'a' }, 'must be text'],
		['a switch', true, 'must be text'],
		['a broken cell', '#REF!', left('#REF!')],
		['a broken cell among words', 'a shoe on #N/A', left('#N/A')],
		['blanks', ' \n ', 'is required'],
		['nothing', null, 'is required'],
		['nothing visible', '\u200b\u2060', 'contains nothing visible'],
		['an object as text', 'on [object Object]', left('[object Object]')],
		['undefined alone', 'undefined', left('undefined')],
		['undefined for a value', 'Material: undefined, light: soft', left('undefined')],
		['null for a value', 'marble, null, morning', left('null')],
		['null at the end', 'a shoe made of null', left('of null')],
		['a lost character', 'a Gr\ufffdn table', 'contains "\ufffd", which marks a character that was lost'],
		['lost characters only', '\ufffd\ufffd', 'contains "\ufffd\ufffd", which marks a character that was lost'],
		['a lost character at the end', 'a caf\ufffd', 'contains "\ufffd", which marks a character that was lost'],
	])('a prompt that is refused: %s', async (_what, prompt, rule) => {
		await expectRefused(buyer.prompt(given(prompt)), `'Prompt' ${rule}`);
	});

	test.each([
		'a null and void stamp',
		'a null result on a lab bench, undefined edges',
		'soft, undefined, dreamlike shapes',
		'a figure lost in undefined, milky space',
		'an undefined shape in the fog',
		'the null hypothesis, drawn in chalk',
	])('a prompt with words that are no values: %s', async (prompt) => {
		expect(await expectSent(buyer.prompt(given(prompt)))).toMatchObject({ prompt });
	});

	test('Submit refuses what the operation that waits refuses', async () => {
		await expectRefused({ ...buyer.prompt(given('#REF!')), operation: 'submit' }, `'Prompt' ${left('#REF!')}`);
	});

	test('control characters and halves of characters go, in a prompt', async () => {
		expect(await expectSent(buyer.prompt(given('a\u0007 sea\v\ud83c')))).toMatchObject({ prompt: 'a sea\n' });
	});

	test.each<[what: string, address: unknown, fault: string]>([
		['a watch page', 'https://www.youtube.com/watch?v=abc', 'it is a page of YouTube, not a file'],
		['a short link to one', 'https://youtu.be/abc?t=3', 'it is a page of YouTube, not a file'],
		['another such page', 'https://vimeo.com/76979871', 'it is a page of Vimeo, not a file'],
		['a post', 'https://www.instagram.com/p/abc/', 'it is a page of Instagram, not a file'],
		['a page to share', 'https://drive.google.com/file/d/1/view', 'it is a page of Google Drive, not a file'],
		[
			'a bracket behind what is no file name',
			'https://shop.example.com/p/7)',
			'it contains other text besides the URL',
		],
		['a full stop behind one', 'https://shop.example.com/p/7.', 'it contains other text besides the URL'],
		['a quotation mark of HTML', `${IMAGE_URL}&quot;`, 'it contains other text besides the URL'],
		['backslashes', 'https://cdn.example.com\\photos\\shoe.jpg', 'it contains a backslash'],
		[
			'a lost character',
			'https://cdn.example.com/gr\ufffdn.jpg',
			'it contains "\ufffd", which marks a character that was lost',
		],
		['an object', { url: IMAGE_URL }, 'it is not text'],
		['a list of objects', [{ url: IMAGE_URL }], 'it is not text'],
		['no address', 'shoe.jpg', 'it is not a URL'],
		['an empty part', 'https://cdn.example.com/undefined/shoe.jpg', `it ${left('undefined')}`],
		['two of them', `${IMAGE_URL}, ${IMAGE_URL}`, 'it contains more than one URL'],
	])('an address that is refused: %s', async (_what, address, fault) => {
		await expectRefused(buyer.address(given(address)), `RunComfy cannot reach ${buyer.addressName}: ${fault}`);
	});

	test.each([
		['out of a feed', `${IMAGE_URL}?w=2&amp;h=3`, `${IMAGE_URL}?w=2&h=3`],
		['out of a blog', `${IMAGE_URL}?w=2&#038;h=3`, `${IMAGE_URL}?w=2&h=3`],
		['at the end of a sentence', `${IMAGE_URL}.`, IMAGE_URL],
		['out of brackets', `${IMAGE_URL})`, IMAGE_URL],
		['out of Markdown, at the end of a sentence', `${IMAGE_URL}).`, IMAGE_URL],
		['with escaped slashes', IMAGE_URL.replaceAll('/', '\\/'), IMAGE_URL],
		['in a list of one', [IMAGE_URL], IMAGE_URL],
		['with brackets of its own', 'https://cdn.example.com/a_(1)', 'https://cdn.example.com/a_(1)'],
	])('an address %s is cleaned', async (_what, address, image) => {
		expect(await expectSent(buyer.address(given(address)))).toMatchObject({ image });
	});

	const NO_IMAGE = "The file in 'data' is not a JPEG, PNG or WebP image";
	test.each<[what: string, bytes: Buffer, mimeType: string, message: string]>([
		['half a PNG', half, 'image/png', "The file in 'data' is incomplete: its end is missing"],
		['half a PNG out of a store', half, 'binary/octet-stream', "The file in 'data' is incomplete: its end is missing"],
		['a login page called JPEG', PAGE, 'image/jpeg', NO_IMAGE],
		['JSON called JPEG', Buffer.from('{"error":"expired"}'), 'image/jpeg', NO_IMAGE],
		['a PDF called JPEG', PDF, 'image/jpeg', NO_IMAGE],
		['HEIC called JPEG', HEIC, 'image/jpeg', NO_IMAGE],
		['a video called PNG', TINY_MP4.bytes, 'image/png', NO_IMAGE],
		['a GIF', Buffer.from('GIF89a......'), 'image/gif', NO_IMAGE],
		['an empty file', Buffer.alloc(0), 'image/png', "The file in 'data' is empty"],
	])('a file that is refused: %s', async (_what, bytes, mimeType, message) => {
		await expectRefused(buyer.file('data'), message, [await itemWith(bytes, mimeType)]);
	});

	test.each(['binary/octet-stream', 'application/octet-stream', 'image/jpeg', 'text/plain'])(
		'a PNG typed %s is taken as what it is',
		async (mimeType) => {
			const { image } = await expectSent(buyer.file('data'), [await itemWith(TINY_PNG.bytes, mimeType, 'photo')]);
			expect(image).toBe(`data:image/png;base64,${TINY_PNG.bytes.toString('base64')}`);
		},
	);

	test.each([
		['no name', given('')],
		['blanks', given(' ')],
		['null', given(null)],
		['a field that is not there', '={{ $json.nothing }}'],
	])('the field of a file: %s means data', async (_what, field) => {
		expect((await expectSent(buyer.file(field), [await itemWith(TINY_PNG.bytes)])).image).toMatch(/^data:image\/png/);
	});

	const NO_FILE = "'Input Data Field Name' must be the name of a field, or a file";
	test.each([
		['a list', '={{ [$binary.data] }}', NO_FILE],
		['all files of the item', '={{ $binary }}', NO_FILE],
		['a list of names', given(['data']), NO_FILE],
		['a switch', given(true), NO_FILE],
		['another name', 'photo', "The input item has no file in the field 'photo'"],
		['constructor', 'constructor', "The input item has no file in the field 'constructor'"],
		['__proto__', '__proto__', "The input item has no file in the field '__proto__'"],
	])('the field of a file: %s', async (_what, field, message) => {
		await expectRefused(buyer.file(field), message, [await itemWith(TINY_PNG.bytes)]);
	});

	test('a file of an earlier node, by expression', async () => {
		const { image } = await expectSent(buyer.file("={{ $('Start').item.binary.photo }}"), [
			await itemWith(TINY_PNG.bytes, 'image/png', 'a.png', 'photo'),
		]);
		expect(image).toMatch(/^data:image\/png/);
	});

	test.each(['photo', '_files.photo'])('in binaryMode combined, where files travel in the JSON: %s', async (field) => {
		// Engines older than the setting know no files in the JSON.
		const knowsCombined = 'BINARY_MODE_COMBINED' in loadN8n().workflow;
		const { json, binary } = await itemWith(TINY_PNG.bytes, 'image/png', 'a.png', 'photo');
		const workflow = workflowOf({ type: NODE_TYPE, parameters: { ...REPLACE, ...buyer.file(field) } });
		workflow.settings = { ...workflow.settings, binaryMode: 'combined' };
		const { status } = await node.engine.run(workflow, {
			items: [{ json: { ...json, _files: binary as never } }],
			credentials: { runComfyApi: node.credential },
		});
		expect(status).toBe(knowsCombined ? 'success' : 'error');
		expect(node.emulator.counts().submitsAccepted).toBe(knowsCombined ? 1 : 0);
	});

	test('a file that n8n knows to be too large is refused by what n8n knows', async () => {
		const item = await itemWith(TINY_PNG.bytes);
		const large = { ...item, binary: { data: { ...item.binary?.data, bytes: 700 * 1024 * 1024 } as IBinaryData } };
		await expectRefused(buyer.file('data'), "The file in 'data' is too large: 700.0 MB", [large]);
	});

	test.each([
		['a missing quotation mark', '{"seed: 7}', 'is not valid JSON: line 1, column 2'],
		['a comma too many', '{"seed": 7,}', 'is not valid JSON: line 1, column 12'],
		['a missing comma, on its line', '{\n  "seed": 7\n  "other": 8\n}', 'is not valid JSON: line 3, column 3'],
		['a missing bracket', '{"seed": 7', 'is not valid JSON: line 1, column 11'],
		['single quotation marks', "{'seed': 7}", 'is not valid JSON: line 1, column 2'],
		['an object of code', '=[object Object]', left('[object Object]')],
		['an unresolved expression', '{"seed": {{ $json.seed }} }', 'contains an unresolved expression: {{ $json.seed }}'],
	])('JSON: %s', async (_what, json, rule) => {
		const description = await expectRefused(buyer.json(json), `'${buyer.jsonName}' ${rule}`);
		// The text was refused before there was anything to check.
		expect(description).not.toContain("Checked against RunComfy's schema");
	});
});

describe('lists and objects', () => {
	const DIRTY = { words: ['a\u0007b', { deep: 'half \ud83d an emoji' }] };
	const CLEAN = { words: ['ab', { deep: 'half  an emoji' }] };
	const STUDIO = 'emulator/Studio/v1.5/Fast/HD/text-to-image';

	test.each<[string, INodeParameters, string]>([
		['Background', { modelOptions: { extraFields: given(DIRTY) } }, 'words'],
		['Model', runModel(STUDIO, 'a lake', { options: DIRTY }), 'options'],
		['Model, as text', runModel(STUDIO, 'a lake', { options: JSON.stringify(DIRTY) }), 'options'],
	])('%s: control characters go at whatever depth', async (_name, parameters, key) => {
		const sent = await expectSent(parameters);
		expect(key === 'words' ? { words: sent.words } : sent[key]).toEqual(CLEAN);
	});

	test.each<[string, INodeParameters, string]>([
		[
			'Background',
			{ modelOptions: { extraFields: '{"a": {"b": ["#REF!"]}}' } },
			`'Extra Fields (JSON) → a' ${left('#REF!')}`,
		],
		['Background', { modelOptions: { extraFields: '{"constructor": 1}' } }, ''],
		['Background', { modelOptions: { extraFields: '{"a": {"__proto__": 1}}' } }, ''],
		['Model', runModel(STUDIO, 'a lake', '{"options": {"a": ["#REF!"]}}'), `'Options' ${left('#REF!')}`],
		['Model', runModel(STUDIO, 'a lake', '{"options": {"constructor": 1}}'), ''],
		['Model', runModel(STUDIO, 'a lake', '{"constructor": 1}'), ''],
	])('%s: %j is refused', async (_name, parameters, message) => {
		const { error } = await node.run({ parameters });
		expect(error?.message).toMatch(message === '' ? /__proto__|constructor/ : /contains "#REF!"/);
		if (message !== '') expect(error?.message).toBe(message);
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});
});

describe("what language models write in the place of n8n's forms is taken or refused, never dropped", () => {
	const fields = (inputs: unknown): INodeParameters => ({
		...runModel(VIDEO, 'a lake'),
		inputMode: 'fields',
		inputs: inputs as INodeParameters,
	});
	const OBJECT = `'Fields' must be a JSON object with the inputs, like {"duration": 5}`;
	const FRAMES = { keyframes: [{ at: 0 }], duration: 5 };

	test.each([
		['the values without the frame', FRAMES],
		['as text', JSON.stringify(FRAMES)],
		['the frame with text in it', { mappingMode: 'defineBelow', value: JSON.stringify(FRAMES) }],
		['the frame by hand', { value: FRAMES }],
	])('inputs in fields mode: %s', async (_what, inputs) => {
		expect(await expectSent(fields(inputs))).toEqual({ prompt: 'a lake', ...FRAMES });
	});

	test.each([
		['a list', given([5]), OBJECT],
		['words', 'duration 5', OBJECT],
		['a number', given(5), OBJECT],
		['broken JSON', '{"duration": ', OBJECT],
		['an input that is none', { ...FRAMES, steps: 5 }, /^'steps' is not an input of this model/],
	])('inputs in fields mode: %s', async (_what, inputs, message) => {
		for (const operation of ['runAndWait', 'submit']) {
			const { error } = await node.run({ parameters: { ...fields(inputs), operation } });
			expect(error?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
		}
		const { items } = await node.run({ parameters: { ...fields(inputs), operation: 'checkInputs' } });
		expect(items[0].json).toMatchObject({ ok: false });
		expect(node.emulator.counts().submitsReceived).toBe(0);
	});

	test('inputs in fields mode: an expression, which only older versions of n8n resolve here', async () => {
		const { error } = await node.run({ parameters: fields(given(FRAMES)) });
		const [request] = node.emulator.requests();
		if (request === undefined) expect(error?.message).toBe(OBJECT);
		else expect(node.emulator.body(request.id)).toEqual({ prompt: 'a lake', ...FRAMES });
	});
});

describe('videos and sounds are judged by their content too', () => {
	const video = (field: string) =>
		runModel(EDIT_VIDEO, 'at night', {}, { files: { file: [{ input: 'video_url', binaryPropertyName: field }] } });

	test.each<[string, Buffer, string]>([
		['a login page', PAGE, 'video/mp4'],
		['JSON', Buffer.from('[{"error": 1}]'), 'video/mp4'],
		['a PDF', PDF, 'video/mp4'],
		['a picture', TINY_PNG.bytes, 'video/mp4'],
		['a sound', TINY_MP3.bytes, 'video/mp4'],
		['anything out of a store', Buffer.from([1, 2, 3, 0]), 'application/octet-stream'],
	])('%s in the place of a video', async (_what, bytes, mimeType) => {
		const items = [await itemWith(bytes, mimeType, 'a.mp4')];
		await expectRefused(video('data'), "The file in 'data' is not a video", items);
	});

	test('a video out of a store', async () => {
		const items = [await itemWith(TINY_MP4.bytes, 'binary/octet-stream', 'a')];
		expect((await expectSent(video('data'), items)).video_url).toMatch(/^data:video\/mp4;base64,/);
	});
});

describe('inputs with names that cannot be sent or shown', () => {
	afterEach(() => node.emulator.set({ hostileModels: false }));

	const contextFor = (modelId: string) =>
		editorContext(node.engine, {
			parameters: { resource: 'model', operation: 'runAndWait', ...byId(modelId) },
			credentials: { runComfyApi: node.credential },
		});

	test('of image inputs named so, only the one with a usable name is offered', async () => {
		const image = { type: 'string', format: 'image_uri' };
		const properties = JSON.stringify({ image, '<img src=x onerror=alert(1)>': image, constructor: image });
		const body = `{"model_id":"odd/names","input_schema":{"properties":${properties.replace('{', '{"__proto__":{"type":"string","format":"image_uri"},')}}}`;
		node.emulator.fault('model', { kind: 'status', status: 200, body: JSON.parse(body) as object });
		const files = await getMediaInputs(contextFor('odd/names'), new ProcessState(quickPolicies()));
		expect(files).toEqual([{ name: 'Image', value: 'image', description: 'image' }]);
	});
});
