/** The error table: each cause gives its message, in the right branch, linked to its input, and with the request id. */
import { describe, expect, test } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { BROKE_TOKEN, type Emulator, type Fault } from '../emulator/emulator.mts';
import type { OnError } from '../engine/index.mts';
import { inputItems } from './fixture.mts';
import { errorShown, inputIndexOf, onRequest, useFixture } from './fixture.mts';

const node = useFixture({ clockSpeed: 5, queueMs: 2, runMs: 5 });

const MODES: OnError[] = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'];

/** Of three items the one in the middle goes wrong; each has a prompt of its own. */
const ITEMS = 3;
const BAD = 1;
const BAD_PROMPT = `scene sku-${BAD}`;

interface Row {
	cause: string;
	/** Makes the emulator play the fault on the bad item. */
	arrange?: (emulator: Emulator) => void;
	/** For the bad item; the others keep their good value. */
	bad?: INodeParameters;
	parameters?: INodeParameters;
	token?: string;
	message: string | RegExp;
	description: RegExp;
	/** Facts of the error item, besides the request id. */
	facts?: IDataObject;
	/** Whether the error must name the request of the bad item. */
	namesRequest?: boolean;
}

/** The expression that gives one value to the bad item and another to the rest. */
const onlyBad = (bad: unknown, good: unknown) =>
	`={{ $itemIndex === ${BAD} ? ${JSON.stringify(bad)} : ${JSON.stringify(good)} }}`;

const onBadSubmit = (fault: Fault) => (emulator: Emulator) => {
	emulator.onCall = ({ phase, input }) => (phase === 'submit' && input?.prompt === BAD_PROMPT ? fault : undefined);
};

const onBadRead = (fault: Fault) => (emulator: Emulator) => {
	emulator.onCall = ({ phase, requestId }) =>
		phase !== 'submit' && phase !== 'download' && requestId === idOfBad(emulator) ? fault : undefined;
};

/** The bad request lives by other switches than the rest. */
const badLife = (switches: Parameters<Emulator['set']>[0]) => (emulator: Emulator) => {
	emulator.onCall = ({ phase, input }) => {
		if (phase === 'submit' && input?.prompt === BAD_PROMPT) emulator.set(switches, { next: 1 });
		return undefined;
	};
};

const idOfBad = (emulator: Emulator) => emulator.requests().find(({ input }) => input.prompt === BAD_PROMPT)?.id;

const answer = (status: number, body: unknown): Fault => ({ kind: 'status', status, body });
const coded = (status: number, errorCode: number): Fault =>
	answer(status, { error_code: errorCode, error_message: 'told by RunComfy' });

const UNKNOWN = {
	message: 'It is not known whether RunComfy accepted this image',
	description: /may have been charged.*Generations at runcomfy\.com.*Get Result/,
};

const IMAGE_URL_ADVICE = /must be public.*Binary File/;

const rows: Row[] = [
	{
		cause: 'wrong token',
		token: 'wrong-token',
		message: 'RunComfy did not accept the API token',
		description: /profile page at runcomfy\.com.*credential 'runComfyApi'/,
		facts: { http_status: 400, error_code: 400004 },
	},
	{
		cause: 'no balance',
		token: BROKE_TOKEN,
		message: 'The RunComfy account has no balance left',
		description: /You were not charged for this attempt\. Top up.*runcomfy\.com/,
		facts: { http_status: 400, error_code: 400002 },
	},
	{
		cause: "'Image URL' is empty",
		bad: { imageUrl: '' },
		message: "'Image URL' is required",
		description: IMAGE_URL_ADVICE,
	},
	{
		cause: 'bad Seed',
		bad: { seed: -1 },
		message: "'Seed' must be a whole number from 0 to 2147483647",
		description: /^(Nothing was submitted|You were not charged for this attempt)\. It is the number -1\.$/,
	},
	{
		cause: 'input refused with 422, field by field',
		bad: { extraFields: '{"rendering_speed": "WARP"}' },
		message: 'RunComfy refused the input: rendering_speed: Input should be one of TURBO, BALANCED, QUALITY',
		description:
			/^(2 other items are finished; a retry does not charge for them again\. )?You were not charged for this attempt\./,
		facts: { http_status: 422 },
	},
	{
		cause: 'unknown model',
		arrange: onBadSubmit(coded(400, 400001)),
		message: 'RunComfy does not know the model ideogram/ideogram-v3/replace-background',
		description: /You were not charged for this attempt\..*Model API URL.*told by RunComfy/,
	},
	...(
		[
			[407, /You were not charged for this attempt\. A proxy requires a user name.*proxy settings.*It said: Log in/],
			[403, /You were not charged for this attempt\. Usually it is a firewall or a proxy.*It said: Log in/],
		] as const
	).map(([status, description]) => ({
		cause: `something in between answers ${status}`,
		arrange: onBadSubmit(answer(status, 'Log in')),
		message: `Something between n8n and RunComfy answered with HTTP ${status}`,
		description,
		facts: { http_status: status },
	})),
	{ cause: 'submit cut after acceptance', arrange: onBadSubmit({ kind: 'cutAfter' }), ...UNKNOWN },
	...(['result', 'status'] as const).map((failureTold) => ({
		cause: `the job failed, told by ${failureTold}`,
		arrange: badLife({ jobOutcome: 'failed', failureTold, failureMessage: 'Prompt was held back.' }),
		message: /^Request \S+ failed: Prompt was held back\.$/,
		description:
			/^(2 other items are finished; .* again\. )?RunComfy decides whether this request is charged\..*change the prompt.*file, use another one\. Retrying the execution/,
		facts: { status: 'failed' },
		namesRequest: true,
	})),
	{
		cause: 'RunComfy cancelled it',
		arrange: badLife({ jobOutcome: 'cancelledByRunComfy' }),
		message: /^Request \S+ was cancelled at RunComfy$/,
		description:
			/It has no result\. RunComfy decides whether this request is charged\. Retrying the execution submits it again/,
		facts: { status: 'cancelled' },
		namesRequest: true,
	},
	{
		cause: 'success without a file',
		arrange: badLife({ output: 'none' }),
		message: /^Request \S+ succeeded, but RunComfy returned no file$/,
		description: /safety/,
		facts: { status: 'succeeded' },
		namesRequest: true,
	},
	{
		cause: 'time ran out',
		arrange: badLife({ jobOutcome: 'stuck' }),
		parameters: { options: { timeout: onlyBad(1, 600) } },
		message: /^Request \S+ was still in_progress after 1 second$/,
		description: /may still finish.*Get Result.*Raise 'Timeout'/,
		facts: { status: 'in_progress' },
		namesRequest: true,
	},
	{
		cause: 'a state nobody told us about, until time ran out',
		arrange: badLife({ jobOutcome: 'stuck', unknownState: 'moderating' }),
		parameters: { options: { timeout: onlyBad(1, 600) } },
		message: /^Request \S+ was still moderating after 1 second$/,
		description: /Get Result/,
		facts: { status: 'moderating' },
		namesRequest: true,
	},
	{
		cause: 'expired id',
		arrange: onBadRead(coded(404, 404001)),
		message: /^RunComfy does not know request \S+$/,
		description: /expire/,
		facts: { error_code: 404001 },
		namesRequest: true,
	},
	{
		cause: 'a 403 without a code',
		arrange: onBadRead(answer(403, { message: 'Forbidden' })),
		message: /^RunComfy did not allow this API token to use request \S+$/,
		description:
			/Get Result.*'runComfyApi' is wrong or has expired, or the request belongs to another account.*Forbidden/,
		facts: { http_status: 403 },
		namesRequest: true,
	},
	{
		cause: 'token refused while waiting',
		arrange: onBadRead(answer(401, {})),
		message: /^RunComfy did not accept the API token when the node looked up request \S+$/,
		description: /not affected.*Get Result.*profile page/,
		facts: { http_status: 401 },
		namesRequest: true,
	},
	{
		cause: 'RunComfy answers 5xx while waiting',
		arrange: onBadRead(answer(502, '<html>')),
		parameters: { options: { timeout: onlyBad(1, 600) } },
		message:
			/^RunComfy has given no usable answer since \d{4}-\d\d-\d\dT[\d:.]+Z: the result of request \S+ is not known$/,
		description: /may be finished.*Get Result.*Waited 1 second.*502/,
		facts: { http_status: 502 },
		namesRequest: true,
	},
];

function parametersOf({ bad = {}, parameters = {} }: Row): INodeParameters {
	const { imageUrl, ...modelOptions } = bad;
	const wrongOption = Object.entries(modelOptions).map(([name, value]) => [
		name,
		onlyBad(value, name === 'seed' ? 7 : '{}'),
	]);
	return {
		prompt: '={{ "scene " + $json.sku }}',
		...(imageUrl !== undefined && { imageUrl: onlyBad(imageUrl, 'https://images.example.com/shoe.jpg') }),
		...(wrongOption.length > 0 && { modelOptions: Object.fromEntries(wrongOption) as INodeParameters }),
		...parameters,
	};
}

const matches = (wanted: string | RegExp) => (typeof wanted === 'string' ? wanted : expect.stringMatching(wanted));

describe.each(MODES)('%s', (onError) => {
	test.each(rows)('$cause', async (row) => {
		const { emulator } = node;
		row.arrange?.(emulator);
		const options = { items: inputItems(ITEMS), parameters: parametersOf(row), token: row.token };

		const shown = await errorShown(node, onError, options, BAD);

		expect(shown.message).toEqual(matches(row.message));
		expect(shown.description).toMatch(row.description);
		const id = idOfBad(emulator);
		if (row.namesRequest) expect(shown.message).toContain(id);
		if (onError === 'stopWorkflow') {
			// n8n names the item where it shows the error, so the words do not.
			if (row.token === undefined) expect(shown.run.error?.context?.itemIndex).toBe(BAD);
			return;
		}

		expect(shown.json).toMatchObject({ ...row.facts, ...(row.namesRequest && { request_id: id }) });
		const allowed = ['message', 'description', 'request_id', 'status', 'http_status', 'error_code', 'sku'];
		expect(allowed).toEqual(expect.arrayContaining(Object.keys(shown.json ?? {})));
		const { items, errorItems } = shown.run;
		const good = onError === 'continueErrorOutput' ? items : items.filter(({ json }) => json.error === undefined);
		expect(good.map(inputIndexOf)).toEqual(row.token === undefined ? [0, 2] : []);
		if (onError === 'continueErrorOutput') {
			expect(errorItems.map(inputIndexOf)).toEqual(row.token === undefined ? [BAD] : [0, 1, 2]);
			// The user's own fields come along in the error branch.
			expect(errorItems[0].json).toMatchObject(row.token === undefined ? { sku: 'sku-1' } : { sku: 'sku-0' });
		} else {
			expect(items.map(inputIndexOf)).toEqual([0, 1, 2]);
		}
		expect(emulator.counts().submitsReceived).toBeLessThanOrEqual(ITEMS);
	});
});

describe('the credential', () => {
	test.each(['', '   '])('with the token %j says so before anything is sent', async (apiToken) => {
		const credentials = { runComfyApi: { ...node.credential, apiToken } };
		for (const onError of MODES) {
			const shown = await errorShown(node, onError, { credentials });
			expect(shown.message).toBe("The credential 'runComfyApi' contains no API token");
			expect(shown.description).toMatch(/profile page at runcomfy\.com/);
		}
		expect(node.emulator.counts().total).toBe(0);
	});

	test('with a Custom environment and no URL says so before anything is sent', async () => {
		const credentials = { runComfyApi: { ...node.credential, modelApiUrl: 'nonsense' } };
		for (const onError of MODES) {
			const { message } = await errorShown(node, onError, { credentials });
			expect(message).toBe("'Model API URL' in the credential must be a URL that starts with http:// or https://");
		}
	});
});

describe('the resource Request', () => {
	const UNKNOWN_ID = '0a1b2c3d-0000-4000-8000-000000000000';

	test.each(['getStatus', 'getResult', 'cancel'])(
		'%s of an unknown id names it and says that ids expire',
		async (operation) => {
			const shown = await errorShown(node, 'continueRegularOutput', { parameters: onRequest(operation, UNKNOWN_ID) });
			expect(shown.message).toBe(`RunComfy does not know request ${UNKNOWN_ID}`);
			expect(shown.description).toMatch(/expire/);
			expect(shown.json).toMatchObject({ request_id: UNKNOWN_ID, error_code: 404001 });
		},
	);

	test.each([
		['getStatus', 'read', 'status'],
		['getResult', 'read', 'result'],
		['cancel', 'cancel', 'cancel'],
	] as const)('%s while RunComfy cannot be reached names the id', async (operation, what, phase) => {
		node.policies.call.singleCallWindowMs = 500;
		node.emulator.fault(phase, { kind: 'status', status: 503 });
		const shown = await errorShown(node, 'continueRegularOutput', { parameters: onRequest(operation, UNKNOWN_ID) });
		expect(shown.message).toBe(`Could not ${what} request ${UNKNOWN_ID}: RunComfy gave no usable answer`);
		expect(shown.json).toMatchObject({ request_id: UNKNOWN_ID, http_status: 503 });
	});
});

describe("RunComfy's words", () => {
	const LONG = 'word '.repeat(600);
	test.each([
		['control characters', 'bad\u0000 \u001b[31minput\r\nhere', 'bad [31minput here'],
		['words for which n8n throws a message away', 'ECONNREFUSED by the fetcher', 'connection refused by the fetcher'],
		['a stack of words', LONG, `${LONG.slice(0, 200)}…`],
	])('%s', async (_what, words, quoted) => {
		node.emulator.fault('submit', { kind: 'status', status: 400, body: { error_message: words } });
		const shown = await errorShown(node, 'continueRegularOutput', {});
		expect(shown.message).toBe(`RunComfy refused the input: ${quoted}`);
		expect(shown.description.length).toBeLessThan(1_500);
	});
});
