import { describe, expect, test } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';

import { runsAsTool } from '../../nodes/RunComfy/operations/run.ts';
import { Journal } from '../../nodes/RunComfy/purchase/journal.ts';

interface Where {
	/** What n8n carries from try to try and into Retry execution. */
	stored?: object;
	executionId?: string;
	runIndex?: number;
	type?: string;
	input?: object;
	isTool?: boolean;
}

const contextOf = ({ stored = {}, executionId = '1', runIndex = 0, type = 'x.runComfy', input = {}, isTool }: Where) =>
	({
		getContext: () => stored,
		getExecutionId: () => executionId,
		getWorkflowDataProxy: () => ({ $runIndex: runIndex }),
		getNode: () => ({ type }),
		getInputData: () => [{ json: input }],
		...(isTool !== undefined && { isToolExecution: () => isTool }),
	}) as unknown as IExecuteFunctions;

const open = (where: Where = {}) => Journal.of(contextOf(where), runsAsTool(contextOf(where)), new WeakMap());

const BUY = { kind: 'buy' };

describe('what is to be done for an item', () => {
	test('nothing known: buy', () => {
		const journal = open();
		expect(journal.standing(journal.keyOf(0, 'hash'))).toEqual(BUY);
	});

	test('accepted: take up, in every later try and in Retry execution', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0, 'hash');
		first.submitting(key, false);
		first.accepted(key, { id: 'id-1' });
		expect(first.standing(key)).toMatchObject({ kind: 'takeUp', bought: { id: 'id-1' } });
		const copy = JSON.parse(JSON.stringify(stored)) as object;
		expect(open({ stored: copy }).standing(key)).toMatchObject({ kind: 'takeUp', bought: { id: 'id-1' } });
		expect(open({ stored: copy, executionId: '2' }).standing(key)).toMatchObject({
			kind: 'takeUp',
			bought: { id: 'id-1' },
		});
	});

	test('a submit of which nothing is known: never simply buy again', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0, 'hash');
		first.submitting(key, false);
		expect(open({ stored }).standing(key)).toMatchObject({ kind: 'unknown' });
		expect(open({ stored, executionId: '2' }).standing(key)).toMatchObject({ kind: 'unknown' });
	});

	test('unknown: may be repeated once, and after that no more', () => {
		const journal = open();
		const key = journal.keyOf(0, 'hash');
		journal.unknown(key, false);
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: true });
		journal.unknown(key, true);
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: false });
	});

	test('a repetition of which nothing is known is not repeated either', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0, 'hash');
		first.unknown(key, false);
		first.submitting(key, true);
		expect(open({ stored, executionId: '2' }).standing(key)).toEqual({ kind: 'unknown', mayRepeat: false });
	});

	test('refused: it may be bought again', () => {
		const journal = open();
		const key = journal.keyOf(0, 'hash');
		journal.submitting(key, false);
		journal.forget(key);
		expect(journal.standing(key)).toEqual(BUY);
	});

	test('taken up from an earlier execution and ended in vain: bought again at once', () => {
		const stored = {};
		const key = open({ stored }).keyOf(0, 'hash');
		open({ stored }).accepted(key, { id: 'id-1' });
		const retry = open({ stored, executionId: '2' });
		retry.endedInVain(key);
		expect(retry.standing(key)).toEqual(BUY);
	});

	test('ended in vain: not bought again by the tries of one execution, but by Retry execution', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0, 'hash');
		first.accepted(key, { id: 'id-1' });
		first.endedInVain(key);
		expect(open({ stored }).standing(key)).toMatchObject({ kind: 'takeUp', bought: { id: 'id-1' } });
		expect(open({ stored, executionId: '2' }).standing(key)).toEqual(BUY);
	});
});

describe('what is known of the pass', () => {
	test('its requests are named, and those without an end are to be cancelled at a Stop', () => {
		const journal = open();
		const [done, failed, running] = [0, 1, 2].map((itemIndex) => journal.keyOf(itemIndex, 'a'));
		[done, failed, running].forEach((key, index) => journal.accepted(key, { id: `id-${index}` }));
		journal.succeeded(done);
		journal.endedInVain(failed);
		journal.unknown(journal.keyOf(3, 'a'), false);
		expect(journal.requestIds()).toEqual(['id-0', 'id-1', 'id-2']);
		expect(journal.unfinished()).toMatchObject([{ key: running, bought: { id: 'id-2' } }]);
		expect(journal.unknownCount()).toBe(1);
	});

	test('another pass of a loop is none of its business', () => {
		const stored = {};
		const first = open({ stored });
		first.accepted(first.keyOf(0, 'a'), { id: 'id-1' });
		expect(open({ stored, runIndex: 1 }).requestIds()).toEqual([]);
	});

	test('an id that stands for another item already is told, and not written down', () => {
		const journal = open();
		const [one, other] = [0, 1].map((itemIndex) => journal.keyOf(itemIndex, 'a'));
		expect(journal.accepted(one, { id: 'id-1' })).toEqual({ isGivenTwice: false });
		expect(journal.accepted(one, { id: 'id-1' })).toEqual({ isGivenTwice: false });
		expect(journal.accepted(other, { id: 'id-1' })).toEqual({ isGivenTwice: true });
		expect(journal.standing(other)).toEqual(BUY);
	});

	test('an unknown submit keeps the request that its answer named', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0, 'a');
		first.unknown(key, false, { id: 'id-1' });
		expect(open({ stored }).standing(key)).toEqual({ kind: 'unknown', mayRepeat: true, bought: { id: 'id-1' } });
	});

	test('equal calls at the same time have keys of their own; a later one takes up what was left', () => {
		const stored = {};
		const claims = new WeakMap();
		const call = () => Journal.of(contextOf({ stored, type: 'x.runComfyTool' }), true, claims);
		const [first, second] = [call(), call()];
		const [firstKey, secondKey] = [first.keyOf(0, 'a'), second.keyOf(0, 'a')];
		expect(secondKey).not.toBe(firstKey);
		expect(first.keyOf(0, 'a')).toBe(firstKey);
		first.accepted(firstKey, { id: 'id-1' });
		expect(second.requestIds()).toEqual([]);
		first.release();
		expect(call().keyOf(0, 'a')).toBe(firstKey);
	});
});

describe('the key', () => {
	test('tells items, inputs and passes of a loop apart', () => {
		const keys = [
			open().keyOf(0, 'a'),
			open().keyOf(1, 'a'),
			open().keyOf(0, 'b'),
			open({ runIndex: 1 }).keyOf(0, 'a'),
		];
		expect(new Set(keys).size).toBe(4);
		expect(open({ executionId: '2' }).keyOf(0, 'a')).toBe(keys[0]);
	});

	test("for an agent's tool the run index grows with every try, so it does not count", () => {
		const tool = { type: 'x.runComfyTool' };
		expect(open({ ...tool, runIndex: 1 }).keyOf(0, 'a')).toBe(open({ ...tool, runIndex: 2 }).keyOf(0, 'a'));
		const call = (toolCallId: string) => open({ ...tool, input: { toolCallId } }).keyOf(0, 'a');
		expect(call('call_1')).not.toBe(call('call_2'));
	});
});

describe('a result that was handed over', () => {
	test("is kept for the tries of a workflow, and forgotten for an agent's next wish", () => {
		for (const [where, standing] of [
			[{}, { kind: 'takeUp' }],
			[{ type: 'x.runComfyTool' }, BUY],
			[{ type: 'x.runComfyTool', input: { toolCallId: 'call_1' } }, { kind: 'takeUp' }],
		] as const) {
			const journal = open(where);
			const key = journal.keyOf(0, 'a');
			journal.accepted(key, { id: 'id-1' });
			journal.delivered(key);
			expect(journal.standing(key)).toMatchObject(standing);
		}
	});
});

test.each([
	[{ type: 'x.runComfy' }, false],
	[{ type: 'x.runComfyTool' }, true],
	[{ type: 'x.runComfy', isTool: true }, true],
	[{ type: 'x.runComfy', isTool: false }, false],
])('%j runs as a tool: %s', (where, asTool) => expect(runsAsTool(contextOf(where))).toBe(asTool));
