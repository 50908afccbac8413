/** Ids are what a purchase is found by: one stands for one item, and is in the log before anything else can fail. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import type { OnError } from '../engine/index.mts';
import { inputIndexOf, inputItems, useFixture } from './fixture.mts';

/** n8n itself makes another branch of the second: errors and paysOnce try that, too. */
const MODES: OnError[] = ['stopWorkflow', 'continueRegularOutput'];
const CONTINUING: OnError[] = ['continueRegularOutput'];

const fixture = useFixture();
afterEach(() => fixture.emulator.reset());

const requests = () => fixture.emulator.requests();

/** From the second submit on RunComfy gives the first one's id, and buys all the same. */
function giveOneId() {
	fixture.emulator.onCall = ({ phase }) => {
		const [first] = requests();
		return phase === 'submit' && first !== undefined
			? { kind: 'status', status: 200, body: { request_id: first.id }, effect: 'after' }
			: undefined;
	};
}

describe.each(['replaceAndWait', 'submit'])('%s: one id is given for three purchases', (operation) => {
	const OPTIONS = operation === 'submit' ? {} : { options: { maxInFlight: 1 } };

	test.each(CONTINUING)('%s: one item has it, the others are told so with the id', async (onError) => {
		giveOneId();
		const run = await fixture.run({ items: inputItems(3), onError, parameters: { operation, ...OPTIONS } });
		const [{ id }] = requests();
		const good = run.items.filter(({ json }) => json.error === undefined);
		expect(good.map(({ json }) => json.request_id)).toEqual([id]);
		const bad = [...run.items, ...run.errorItems].filter(({ json }) => json.error !== undefined);
		expect(bad).toHaveLength(2);
		for (const { json } of bad) {
			const error = json.error as IDataObject;
			expect(error.message).toContain('not known whether');
			expect(error.description).toContain(id);
			// It is not this item's request, so nobody shall fetch it by that field.
			expect(error.request_id).toBeUndefined();
		}
	});

	test('without Continue On Fail it ends the node, and no try submits again', async () => {
		giveOneId();
		const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
		const run = await fixture.run({ items: inputItems(2), ...tries, parameters: { operation, ...OPTIONS } });
		expect(run.error?.message).toContain('not known whether');
		expect(fixture.emulator.counts().submitsReceived).toBe(2);
	});
});

test.each(MODES)('%s: the same id for Retry execution of the same item is no other purchase', async (onError) => {
	fixture.emulator.onCall = ({ phase, nth }) =>
		phase === 'result' && nth === 1 ? { kind: 'status', status: 400, body: { error_message: 'no' } } : undefined;
	const first = await fixture.run({ items: inputItems(1) });
	const { items } = await fixture.run({ items: inputItems(1), onError, retryOf: first.finished });
	expect(items.map(({ json }) => json.request_id)).toEqual(requests().map(({ id }) => id));
});

describe.each(['replaceAndWait', 'submit'])('%s: at the acceptance', (operation) => {
	test('each request is a line of level info, with its item', async () => {
		const { logs } = await fixture.run({
			items: inputItems(3),
			parameters: { operation, prompt: '=scene {{ $json.sku }}' },
		});
		const lines = logs.filter(({ level }) => level === 'info').map(({ message }) => message);
		for (const { id, input } of requests()) {
			const [, index] = /sku-(\d)/.exec(String(input.prompt)) ?? [];
			expect(lines).toContain(`RunComfy accepted request ${id} for item ${index}.`);
		}
	});
});

test('an error item is linked to its input, whatever the order in which items end', async () => {
	fixture.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
	const { items } = await fixture.run({ items: inputItems(4), onError: 'continueRegularOutput' });
	expect(items.map(inputIndexOf)).toEqual([0, 1, 2, 3]);
});
