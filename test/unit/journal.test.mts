import { describe, expect, test } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';

import { runsAsTool } from '../../nodes/RunComfy/batch/run.ts';
import { countedUsd, Journal } from '../../nodes/RunComfy/purchase/journal.ts';

interface Where {
	/** What n8n carries from try to try and into Retry execution. */
	stored?: object;
	executionId?: string;
	runIndex?: number;
	type?: string;
	input?: object;
	isTool?: boolean;
	/** What is bought, as `identify` has it. */
	identity?: string;
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

const open = ({ identity = 'hash', ...where }: Where = {}) =>
	Journal.of(contextOf(where), runsAsTool(contextOf(where)), () => identity, new WeakMap());

const BUY = { kind: 'toBuy' };

describe('what is to be done for an item', () => {
	test('nothing known: buy', () => {
		const journal = open();
		expect(journal.standing(journal.keyOf(0))).toEqual(BUY);
	});

	test('accepted: take up, in every later try and in Retry execution', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0);
		first.submit(key, false);
		first.accept(key, { id: 'id-1' });
		expect(first.standing(key)).toMatchObject({ kind: 'resume', bought: { id: 'id-1' } });
		const copy = JSON.parse(JSON.stringify(stored)) as object;
		expect(open({ stored: copy }).standing(key)).toMatchObject({ kind: 'resume', bought: { id: 'id-1' } });
		expect(open({ stored: copy, executionId: '2' }).standing(key)).toMatchObject({
			kind: 'resume',
			bought: { id: 'id-1' },
		});
	});

	test('a submit of which nothing is known: never simply buy again', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0);
		first.submit(key, false);
		expect(open({ stored }).standing(key)).toMatchObject({ kind: 'unknown' });
		expect(open({ stored, executionId: '2' }).standing(key)).toMatchObject({ kind: 'unknown' });
	});

	test('unknown: may be repeated once, and after that no more', () => {
		const journal = open();
		const key = journal.keyOf(0);
		journal.unknown(key, false);
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: true });
		journal.unknown(key, true);
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: false });
	});

	test('a repetition of which nothing is known is not repeated either', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0);
		first.unknown(key, false);
		first.submit(key, true);
		expect(open({ stored, executionId: '2' }).standing(key)).toEqual({ kind: 'unknown', mayRepeat: false });
	});

	test('refused: it may be bought again', () => {
		const journal = open();
		const key = journal.keyOf(0);
		journal.submit(key, false);
		journal.refuse(key, false);
		expect(journal.standing(key)).toEqual(BUY);
	});

	test('taken up from an earlier execution and ended in vain: bought again at once', () => {
		const stored = {};
		const key = open({ stored }).keyOf(0);
		open({ stored }).accept(key, { id: 'id-1' });
		const retry = open({ stored, executionId: '2' });
		retry.end(key, 'failed');
		expect(retry.standing(key)).toEqual(BUY);
	});

	test('a success is not bought again by anybody, whenever its end was seen', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0);
		first.accept(key, { id: 'id-1' });
		first.end(key, 'succeeded', 0.06);
		expect(first.unfinished()).toEqual([]);
		expect(open({ stored, executionId: '2' }).standing(key)).toMatchObject({ kind: 'resume', bought: { id: 'id-1' } });
	});

	test('ended in vain: not bought again by the tries of one execution, but by Retry execution', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0);
		first.accept(key, { id: 'id-1' });
		first.end(key, 'failed');
		expect(open({ stored }).standing(key)).toMatchObject({ kind: 'resume', bought: { id: 'id-1' } });
		expect(open({ stored, executionId: '2' }).standing(key)).toEqual(BUY);
	});
});

describe('what is known of the pass', () => {
	test('its requests are named, and those without an end are to be cancelled at a Stop', () => {
		const journal = open();
		const [done, failed, running] = [0, 1, 2].map((itemIndex) => journal.keyOf(itemIndex));
		[done, failed, running].forEach((key, index) => journal.accept(key, { id: `id-${index}` }));
		journal.end(done, 'succeeded');
		journal.end(failed, 'failed');
		journal.unknown(journal.keyOf(3), false);
		expect(journal.requestIds()).toEqual(['id-0', 'id-1', 'id-2']);
		expect(journal.unfinished()).toMatchObject([{ key: running, bought: { id: 'id-2' } }]);
		expect(journal.purchases().unclear).toBe(1);
	});

	test('another pass of a loop is none of its business', () => {
		const stored = {};
		const first = open({ stored });
		first.accept(first.keyOf(0), { id: 'id-1' });
		expect(open({ stored, runIndex: 1 }).requestIds()).toEqual([]);
	});

	test('an id that stands for another item already is told, and not written down', () => {
		const journal = open();
		const [one, other] = [0, 1].map((itemIndex) => journal.keyOf(itemIndex));
		expect(journal.accept(one, { id: 'id-1' })).toEqual({ isGivenTwice: false });
		expect(journal.accept(one, { id: 'id-1' })).toEqual({ isGivenTwice: false });
		expect(journal.accept(other, { id: 'id-1' })).toEqual({ isGivenTwice: true });
		expect(journal.standing(other)).toEqual(BUY);
	});

	test('an unknown submit keeps the request that its answer named', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0);
		first.unknown(key, false, { id: 'id-1' });
		expect(open({ stored }).standing(key)).toEqual({ kind: 'unknown', mayRepeat: true, bought: { id: 'id-1' } });
	});

	test('equal calls at the same time have keys of their own; a later one takes up what was left', () => {
		const stored = {};
		const claims = new WeakMap();
		const call = () => Journal.of(contextOf({ stored, type: 'x.runComfyTool' }), true, () => 'hash', claims);
		const [first, second] = [call(), call()];
		const [firstKey, secondKey] = [first.keyOf(0), second.keyOf(0)];
		expect(secondKey).not.toBe(firstKey);
		expect(first.keyOf(0)).toBe(firstKey);
		first.accept(firstKey, { id: 'id-1' });
		expect(second.requestIds()).toEqual([]);
		first.release();
		expect(call().keyOf(0)).toBe(firstKey);
	});

	test('a call that is tried again takes up what it bought, though another one has been delivered meanwhile', () => {
		const stored = {};
		const claims = new WeakMap();
		const call = () => Journal.of(contextOf({ stored, type: 'x.runComfyTool' }), true, () => 'hash', claims);
		const [first, second] = [call(), call()];
		const [firstKey, secondKey] = [first.keyOf(0), second.keyOf(0)];
		first.accept(firstKey, { id: 'id-1' });
		second.accept(secondKey, { id: 'id-2' });
		first.deliver(firstKey);
		expect(second.keyOf(0)).toBe(secondKey);
		first.release();
		second.release();
		const again = call();
		expect(again.standing(again.keyOf(0))).toMatchObject({ kind: 'resume', bought: { id: 'id-2' } });
	});

	test('what a submit named is kept over a repetition, and told', () => {
		const journal = open();
		const key = journal.keyOf(0);
		journal.unknown(key, false, { id: 'id-1' });
		journal.submit(key, true);
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: false, bought: { id: 'id-1' } });
		journal.unknown(key, true);
		expect(journal.unclearIds()).toEqual(['id-1']);
		expect(journal.unfinished()).toEqual([{ key, bought: { id: 'id-1' } }]);
		expect(journal.requestIds()).toEqual([]);
	});
});

describe('the key', () => {
	test('tells items, inputs and passes of a loop apart', () => {
		const keys = [open().keyOf(0), open().keyOf(1), open({ identity: 'b' }).keyOf(0), open({ runIndex: 1 }).keyOf(0)];
		expect(new Set(keys).size).toBe(4);
		expect(open({ executionId: '2' }).keyOf(0)).toBe(keys[0]);
	});

	test("for an agent's tool the run index grows with every try, so it does not count", () => {
		const tool = { type: 'x.runComfyTool' };
		expect(open({ ...tool, runIndex: 1 }).keyOf(0)).toBe(open({ ...tool, runIndex: 2 }).keyOf(0));
		const call = (toolCallId: string) => open({ ...tool, input: { toolCallId } }).keyOf(0);
		expect(call('call_1')).not.toBe(call('call_2'));
	});
});

describe('a result that was handed over', () => {
	test("is kept for the tries of a workflow, and forgotten for an agent's next wish", () => {
		for (const [where, standing] of [
			[{}, { kind: 'resume' }],
			[{ type: 'x.runComfyTool' }, BUY],
			[{ type: 'x.runComfyTool', input: { toolCallId: 'call_1' } }, { kind: 'resume' }],
		] as const) {
			const journal = open(where);
			const key = journal.keyOf(0);
			journal.accept(key, { id: 'id-1' });
			journal.deliver(key);
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

describe('what a request comes to', () => {
	const BOUGHT = { id: 'id-1', deploymentId: 'd-1', noFiles: true, keep: true };

	test('cancelled here: its tries do not buy it again, whoever bought it, and Retry execution does', () => {
		const stored = {};
		const key = open({ stored }).keyOf(0);
		open({ stored }).accept(key, BOUGHT);
		const retry = open({ stored, executionId: '2' });
		retry.end(key, 'cancelled', undefined, true);
		expect(retry.standing(key)).toEqual({
			kind: 'resume',
			bought: { ...BOUGHT, state: 'ended', execution: '2', cost: 0 },
		});
		expect(open({ stored, executionId: '2' }).standing(key)).toMatchObject({ kind: 'resume' });
		expect(open({ stored, executionId: '3' }).standing(key)).toEqual(BUY);
	});

	test('ended in vain: all that is known of it is kept, and nothing that is not', () => {
		const journal = open();
		const [special, plain] = [journal.keyOf(0), journal.keyOf(1)];
		journal.accept(special, BOUGHT);
		journal.accept(plain, { id: 'id-2' });
		for (const key of [special, plain]) journal.end(key, 'failed');
		expect(journal.standing(special)).toMatchObject({ bought: BOUGHT });
		const { bought } = journal.standing(plain) as { bought: object };
		for (const name of ['at', 'noFiles', 'keep']) expect(bought).not.toHaveProperty(name);
		expect(journal.unfinished()).toEqual([]);
		expect(journal.requestIds()).toEqual(['id-1', 'id-2']);
	});

	test('only what was accepted can end: of an unknown submit, and of nothing, nothing changes', () => {
		const journal = open();
		const [unknown, nothing] = [journal.keyOf(0), journal.keyOf(1)];
		journal.unknown(unknown, false);
		for (const key of [unknown, nothing]) {
			journal.end(key, 'succeeded');
			journal.end(key, 'failed');
			journal.end(key, 'cancelled', undefined, true);
		}
		expect(journal.standing(unknown)).toEqual({ kind: 'unknown', mayRepeat: true });
		expect(journal.standing(nothing)).toEqual(BUY);
		expect(journal.isBought(unknown)).toBe(true);
		expect(journal.isBought(nothing)).toBe(false);
	});

	test('ended is what failed or was cancelled, and nothing else', () => {
		const journal = open();
		const [nothing, unknown, accepted, failed, cancelled] = [0, 1, 2, 3, 4].map((item) => journal.keyOf(item));
		journal.unknown(unknown, false);
		[accepted, failed, cancelled].forEach((key, index) => journal.accept(key, { id: `id-${index}` }));
		journal.end(failed, 'failed');
		journal.end(cancelled, 'cancelled', undefined, true);
		const keys = [nothing, unknown, accepted, failed, cancelled];
		expect(keys.map((key) => journal.hasEnded(key))).toEqual([false, false, false, true, true]);
		expect([...journal.allIds()]).toEqual(['id-0', 'id-1', 'id-2']);
	});

	test.each([
		['the failure', 'failed', undefined, 'failed', 1, 1],
		['the failure, without a cost', 'failed', 1, 'failed', undefined, 1],
		['the cancellation, without a cost', 'cancelled', 1, 'cancelled', undefined, 1],
	] as const)('an end that is seen again: %s: what is reported counts', (_what, phase, firstUsd, again, cost, usd) => {
		const journal = open();
		journal.accept('k', { id: 'id-1', usd: 0.06 });
		journal.end('k', phase, firstUsd);
		journal.end('k', again, cost);
		expect(countedUsd(journal.all()[0][1], 0)).toEqual({ usd, isReported: true });
	});

	test('what has ended is not ended again by success', () => {
		const journal = open();
		const key = journal.keyOf(0);
		journal.accept(key, { id: 'id-1' });
		journal.end(key, 'failed');
		journal.end(key, 'succeeded');
		expect(JSON.stringify(journal.standing(key))).not.toContain('over');
	});

	test('a submit that is on its way counts as unknown too, and its id, where one is named, is told once', () => {
		const journal = open();
		const [sent, unknown] = [journal.keyOf(0), journal.keyOf(1)];
		journal.submit(sent, false);
		journal.unknown(unknown, true, { id: 'id-9' });
		expect(journal.purchases().unclear).toBe(2);
		expect(journal.unclearIds()).toEqual(['id-9']);
	});
});

describe('over tries', () => {
	test('an id that an earlier try was given is known to stand for that item', () => {
		const stored = {};
		const first = open({ stored });
		first.unknown(first.keyOf(2), false);
		first.accept(first.keyOf(0), { id: 'id-1' });
		const later = open({ stored });
		expect([...later.allIds()]).toEqual(['id-1']);
		expect(later.accept(later.keyOf(1), { id: 'id-1' })).toEqual({ isGivenTwice: true });
		expect(later.accept(later.keyOf(0), { id: 'id-1' })).toEqual({ isGivenTwice: false });
	});

	test('an id that this try was given likewise', () => {
		const journal = open();
		journal.accept(journal.keyOf(0), { id: 'id-1' });
		expect(journal.accept(journal.keyOf(1), { id: 'id-1' })).toEqual({ isGivenTwice: true });
	});

	test('n8n finds the purchases under a name of their own', () => {
		const stored: Record<string, unknown> = {};
		const journal = open({ stored });
		journal.accept(journal.keyOf(0), { id: 'id-1' });
		expect(Object.keys(stored)).toEqual(['purchases']);
		expect(Object.keys(stored.purchases as object)).toEqual(['run0:0:hash']);
	});
});

describe('what a submit of unknown outcome may have cost', () => {
	/** A submit that was to cost so much, and of which nothing is known. */
	const unclear = (journal: Journal, itemIndex: number, usd?: number) => {
		const key = journal.keyOf(itemIndex);
		journal.submit(key, false, usd);
		journal.unknown(key, false);
		return key;
	};
	const written = (journal: Journal) => Object.fromEntries(journal.all());

	test('is kept with it', () => {
		const journal = open();
		const [cheap, unlimited] = [unclear(journal, 0, 0.06), unclear(journal, 1)];
		expect(written(journal)).toStrictEqual({
			[cheap]: { state: 'unknown', usd: 0.06 },
			[unlimited]: { state: 'unknown' },
		});
	});

	test('goes on to count when it is repeated, for each purchase by itself', () => {
		const journal = open();
		const [one, other, unlimited] = [unclear(journal, 0, 0.06), unclear(journal, 1, 0.5), unclear(journal, 2)];
		journal.submit(one, true, 0.06);
		journal.submit(other, true, 0.5);
		journal.submit(unlimited, true);
		const again = { state: 'submitting', submittedAgain: true };
		expect(written(journal)).toStrictEqual({
			[`earlier:${one}`]: { state: 'unknown', usd: 0.06 },
			[`earlier:${other}`]: { state: 'unknown', usd: 0.5 },
			[`earlier:${unlimited}`]: { state: 'unknown' },
			[one]: { ...again, usd: 0.06 },
			[other]: { ...again, usd: 0.5 },
			[unlimited]: again,
		});
		journal.unknown(one, true);
		expect(written(journal)).toMatchObject({ [`earlier:${one}`]: { usd: 0.06 }, [one]: { usd: 0.06 } });
	});

	test('counts once when nothing came of the repetition', () => {
		const journal = open();
		const key = unclear(journal, 0, 0.06);
		journal.submit(key, true, 0.06);
		journal.unknown(key, false);
		expect(written(journal)).toStrictEqual({ [key]: { state: 'unknown', usd: 0.06 } });
	});

	test('has no cost of its own: that is only known of a request', () => {
		const journal = open();
		const key = unclear(journal, 0, 0.06);
		for (const one of [key, journal.keyOf(1)]) journal.report(one, 7);
		expect(written(journal)).toStrictEqual({ [key]: { state: 'unknown', usd: 0.06 } });
	});
});

describe('calls at the same time', () => {
	const calls = (stored = {}, claims = new WeakMap(), where: Where = { type: 'x.runComfyTool' }) =>
		Journal.of(contextOf({ stored, ...where }), true, () => 'hash', claims);

	test('have keys in a row', () => {
		const stored = {};
		const claims = new WeakMap();
		const keys = [1, 2, 3].map(() => calls(stored, claims).keyOf(0));
		expect(keys).toEqual(['tool:0:hash', 'tool:0:hash:2', 'tool:0:hash:3']);
	});

	test('that ask again and again get the same key, and give it back with all they have', () => {
		const stored = {};
		const claims = new WeakMap();
		const [first, second] = [calls(stored, claims), calls(stored, claims)];
		first.keyOf(0);
		expect(second.keyOf(0)).toBe('tool:0:hash:2');
		first.release();
		expect(second.keyOf(0)).toBe('tool:0:hash:2');
		second.release();
		// After that it stands where a new one would.
		expect(second.keyOf(0)).toBe('tool:0:hash');
		expect(calls(stored, claims).keyOf(0)).toBe('tool:0:hash:2');
	});

	test('that have given a key back leave it to who has taken it since', () => {
		const stored = {};
		const claims = new WeakMap();
		const [first, second] = [calls(stored, claims), calls(stored, claims)];
		first.keyOf(0);
		first.release();
		expect(second.keyOf(0)).toBe('tool:0:hash');
		expect(first.keyOf(0)).toBe('tool:0:hash:2');
	});

	test('of agents that number their calls do not share: a gap is not looked behind', () => {
		const stored = {};
		const claims = new WeakMap();
		const where = { type: 'x.runComfyTool', input: { toolCallId: 'call_1' } };
		const [first, second] = [calls(stored, claims, where), calls(stored, claims, where)];
		const [firstKey, secondKey] = [first.keyOf(0), second.keyOf(0)];
		expect([firstKey, secondKey]).toEqual(['tool-call_1:0:hash', 'tool-call_1:0:hash:2']);
		second.accept(secondKey, { id: 'id-2' });
		first.release();
		second.release();
		expect(calls(stored, claims, where).keyOf(0)).toBe('tool-call_1:0:hash');
	});

	test('an agent that gives no id, an empty one or a number: as if there were none', () => {
		for (const toolCallId of ['', 7, undefined]) {
			expect(calls({}, new WeakMap(), { type: 'x.runComfyTool', input: { toolCallId } }).keyOf(0)).toBe('tool:0:hash');
		}
		const context = {
			...contextOf({ type: 'x.runComfyTool' }),
			getInputData: () => [],
		} as unknown as IExecuteFunctions;
		expect(Journal.of(context, true, () => 'hash', new WeakMap()).keyOf(0)).toBe('tool:0:hash');
	});
});

describe('what is bought anew in place of a request that ended in vain', () => {
	const failedOf = (stored: object, cost: number) => {
		const first = open({ stored });
		const key = first.keyOf(0);
		first.submit(key, false, 0.5);
		first.accept(key, { id: 'id-1', usd: 0.5 });
		first.report(key, cost);
		return { first, key };
	};

	test.each(['in the first execution', 'in Retry execution'])('seen %s: known until it is bought anew', (where) => {
		const stored = {};
		const { first, key } = failedOf(stored, 0.25);
		const retry = open({ stored, executionId: '2' });
		(where === 'in Retry execution' ? retry : first).end(key, 'failed');
		expect(retry.standing(key)).toEqual(BUY);
		expect(retry.isBought(key)).toBe(true);
		retry.submit(key, false, 0.5);
		expect(retry.standing(key)).toMatchObject({ kind: 'unknown' });
		// Whatever ends the process now: it is named, and counts once.
		const next = open({ stored: JSON.parse(JSON.stringify(stored)) as object, executionId: '3' });
		expect(next.purchases()).toMatchObject({ requestIds: ['id-1'], unclear: 1 });
		expect(next.all().filter(([, entry]) => 'id' in entry)).toMatchObject([[expect.anything(), { cost: 0.25 }]]);
		next.accept(key, { id: 'id-2' });
		expect(next.purchases().requestIds).toEqual(['id-2']);
		expect(next.removed.usd).toBe(0.25);
	});

	test('the same ID for the same item again is no other purchase, in another process either', () => {
		const stored = {};
		const { first, key } = failedOf(stored, 0.25);
		first.end(key, 'failed');
		open({ stored, executionId: '2' }).submit(key, false, 0.5);
		expect(open({ stored, executionId: '2' }).accept(key, { id: 'id-1' })).toEqual({ isGivenTwice: false });
	});

	test('without a cost it counts as the most expensive seen, and the sum is there for the next attempt', () => {
		const stored: Record<string, unknown> = {};
		const { first, key } = failedOf(stored, 0.25);
		const other = first.keyOf(1);
		first.accept(other, { id: 'id-2' });
		const retry = open({ stored, executionId: '2' });
		for (const one of [key, other]) {
			retry.end(one, 'failed');
			retry.submit(one, false, 0.1);
			retry.accept(one, { id: `again ${one}` });
		}
		expect(retry.removed).toEqual({ usd: 0.5, isAbout: true });
		// n8n has it in its database under these names.
		expect(Object.keys(stored)).toEqual(['purchases', 'dearestUsd', 'forgottenUsd', 'forgottenIsAbout']);
		expect(open({ stored }).removed).toEqual(retry.removed);
	});
});

describe('a submit that takes the place of a request that failed, and is refused', () => {
	test('leaves the failed request as it was, and the sum', () => {
		const stored = {};
		const first = open({ stored });
		const key = first.keyOf(0);
		first.submit(key, false, 0.5);
		first.accept(key, { id: 'id-1', usd: 0.5 });
		first.end(key, 'failed', 0.25);
		const before = structuredClone(first.all());
		const retry = open({ stored, executionId: '2' });
		for (const _attempt of [1, 2]) {
			retry.submit(key, false, 0.5);
			expect(retry.purchases()).toMatchObject({ requestIds: ['id-1'], unclear: 1 });
			retry.refuse(key, false);
			expect(retry.all()).toEqual(before);
			expect(retry.removed.usd).toBe(0);
			expect(retry.hasEnded(key)).toBe(true);
		}
	});

	test('refused after one whose outcome is unknown: that one stays unknown, and may be repeated', () => {
		const journal = open();
		const key = journal.keyOf(0);
		journal.submit(key, false, 0.06);
		journal.unknown(key, false, { id: 'id-1' });
		journal.submit(key, true, 0.06);
		expect(Object.fromEntries(journal.all())[`earlier:${key}`]).toEqual({
			state: 'unknown',
			usd: 0.06,
			bought: { id: 'id-1' },
		});
		journal.refuse(key, true);
		expect(journal.standing(key)).toEqual({ kind: 'unknown', mayRepeat: true, bought: { id: 'id-1' } });
		expect(journal.all()).toHaveLength(1);
	});

	test('repeated under a limit that was set since: each counts what was expected of it', () => {
		const journal = open();
		const [unlimited, cheap] = [0, 1].map((item) => journal.keyOf(item));
		journal.submit(unlimited, false);
		journal.submit(cheap, false, 0.06);
		for (const key of [unlimited, cheap]) {
			journal.unknown(key, false);
			journal.submit(key, true, 0.5);
		}
		expect(Object.fromEntries(journal.all())).toMatchObject({
			[`earlier:${unlimited}`]: { usd: 0.5 },
			[unlimited]: { usd: 0.5 },
			[`earlier:${cheap}`]: { usd: 0.06 },
			[cheap]: { usd: 0.5 },
		});
		expect(Object.fromEntries(journal.all())[`earlier:${cheap}`]).not.toHaveProperty('bought');
	});
});

describe('what there is of each kind', () => {
	test('paid is what succeeded at the cost of this execution', () => {
		const journal = open();
		const [nothing, unknown, inFlight, failed, paid, free] = [0, 1, 2, 3, 4, 5].map((item) => journal.keyOf(item));
		journal.unknown(unknown, false);
		[inFlight, failed, paid].forEach((key, index) => journal.accept(key, { id: `id-${index}` }));
		journal.accept(free, { id: 'id-free', free: true });
		journal.end(failed, 'failed');
		for (const key of [paid, free]) journal.end(key, 'succeeded');
		const keys = [nothing, unknown, inFlight, failed, paid, free];
		expect(keys.map((key) => journal.isPaid(key))).toEqual([false, false, false, false, true, false]);
		expect(journal.reused()).toMatchObject([{ id: 'id-free' }]);
	});

	test('what the first of two submits has named is unfinished, too, in its own pass', () => {
		const stored = {};
		const journal = open({ stored });
		const key = journal.keyOf(0);
		journal.submit(key, false);
		journal.unknown(key, false, { id: 'id-1' });
		journal.submit(key, true);
		journal.accept(key, { id: 'id-2' });
		expect(
			journal
				.unfinished()
				.map(({ bought }) => bought.id)
				.sort(),
		).toEqual(['id-1', 'id-2']);
		expect(open({ stored, runIndex: 1 }).unfinished()).toEqual([]);
	});

	test('a request that an earlier run paid for and that failed is not among those that are reused', () => {
		const journal = open();
		const key = journal.keyOf(0);
		journal.accept(key, { id: 'id-1', free: true });
		journal.end(key, 'failed');
		expect(journal.reused()).toEqual([]);
	});

	test('something was bought as long as anything is there, or has left what it counted', () => {
		const journal = open({ type: 'x.runComfyTool' });
		expect(journal.hasBought).toBe(false);
		const key = journal.keyOf(0);
		journal.accept(key, { id: 'id-1', usd: 0.06 });
		expect(journal.hasBought).toBe(true);
		journal.end(key, 'succeeded');
		journal.remove(key);
		expect(journal.all()).toEqual([]);
		expect(journal.hasBought).toBe(true);
	});

	test('an error names all that was bought, less what other calls are at work on', () => {
		const stored = {};
		const claims = new WeakMap();
		const call = (runIndex: number) => Journal.of(contextOf({ stored, runIndex }), false, () => 'hash', claims);
		const [first, second] = [call(0), call(1)];
		first.accept(first.keyOf(0), { id: 'id-1' });
		first.unknown(first.keyOf(1), false);
		first.unknown(first.keyOf(2), false, { id: 'id-3' });
		second.accept(second.keyOf(0), { id: 'id-2' });
		expect(first.purchases()).toEqual({ requestIds: ['id-1'], unclear: 2, unclearIds: ['id-3'] });
		expect(second.purchases()).toEqual({ requestIds: ['id-2'], unclear: 0, unclearIds: [] });
		first.release();
		expect(second.purchases()).toEqual({ requestIds: ['id-1', 'id-2'], unclear: 2, unclearIds: ['id-3'] });
	});

	test('left unfinished is what any pass has bought, that is not over and that no other call works on', () => {
		const stored = {};
		const claims = new WeakMap();
		const call = (runIndex: number) => Journal.of(contextOf({ stored, runIndex }), false, () => 'hash', claims);
		const first = call(0);
		const [left, over, failed, unknown] = [0, 1, 2, 3].map((item) => first.keyOf(item));
		[left, over, failed].forEach((key, index) => first.accept(key, { id: `id-${index}` }));
		first.end(over, 'succeeded');
		first.end(failed, 'failed');
		first.unknown(unknown, false, { id: 'id-9' });
		const second = call(1);
		second.accept(second.keyOf(0), { id: 'id-5' });
		const idsLeft = (journal: Journal) => journal.leftUnfinished().map(({ bought }) => bought.id);
		expect(idsLeft(first)).toEqual(['id-0']);
		expect(idsLeft(second)).toEqual(['id-5']);
		first.release();
		expect(second.leftUnfinished()).toMatchObject([{ key: left, bought: { id: 'id-0' } }, { bought: { id: 'id-5' } }]);
	});
});

describe('what n8n keeps with an execution', () => {
	test('stands under names of its own, and variants under keys of their own', () => {
		const stored: Record<string, unknown> = {};
		const journal = open({ stored });
		journal.limitTo(1);
		journal.orderAmongEqual('a', 'hash');
		expect(journal.salt).toMatch(/^[0-9a-f-]{36}$/);
		expect(Object.keys(stored)).toEqual(['purchases', 'limit', 'equalJobs', 'seedSalt']);
		expect([1, 2, 3].map((variant) => journal.keyOf(0, variant))).toEqual([
			'run0:0:hash',
			'run0:0:hash:v2',
			'run0:0:hash:v3',
		]);
	});

	test('made-up seeds: one salt for all attempts, another one for the next execution', () => {
		const stored = {};
		const { salt } = open({ stored });
		expect(open({ stored, executionId: '2' }).salt).toBe(salt);
		expect(open().salt).not.toBe(salt);
	});

	test('equal jobs are counted in their order, once each, in all attempts', () => {
		const stored = {};
		const orders = () => {
			const journal = open({ stored });
			return ['a', 'b', 'a', 'c'].map((key) => journal.orderAmongEqual(key, 'hash'));
		};
		expect(orders()).toEqual([0, 1, 0, 2]);
		expect(orders()).toEqual([0, 1, 0, 2]);
		expect(open({ stored }).orderAmongEqual('c', 'another hash')).toBe(0);
	});

	test('what an agent was given still counts, each for itself, and errors do not name it', () => {
		const journal = open({ stored: {}, type: 'x.runComfyTool' });
		for (const [nth, cost] of [0.1, 0.2].entries()) {
			const key = journal.keyOf(0);
			journal.accept(key, { id: `id-${nth}` });
			journal.report(key, cost);
			journal.deliver(key);
		}
		expect(journal.all().map(([, entry]) => countedUsd(entry, 0).usd)).toEqual([0.1, 0.2]);
		expect(journal.purchases().requestIds).toEqual([]);
		expect(journal.standing(journal.keyOf(0))).toEqual(BUY);
	});

	test('the oldest whose cost is not reported is over, paid here and another one; rather a success than a failure', () => {
		const journal = open();
		const oldest = (besides = '') => journal.oldestUnreported(besides)?.bought.id;
		const add = (id: string, phase?: 'succeeded' | 'failed', more: object = {}, cost?: number) => {
			journal.accept(id, { id, ...more });
			if (phase !== undefined) journal.end(id, phase, cost);
		};
		add('under way');
		add('free', 'succeeded', { free: true });
		add('known', 'succeeded', {}, 0.1);
		journal.unknown('unclear', false, { id: 'named' });
		expect(oldest()).toBeUndefined();
		add('failed', 'failed');
		add('failed later', 'failed');
		expect([oldest(), oldest('failed')]).toEqual(['failed', 'failed later']);
		add('first', 'succeeded');
		add('second', 'succeeded');
		expect([oldest(), oldest('first')]).toEqual(['first', 'second']);
		expect(journal.oldestUnreported('')?.key).toBe('first');
	});

	test("an agent's next wish is another job, though it has the key of the one before", () => {
		const stored = {};
		const orderOf = () => {
			const journal = open({ stored, type: 'x.runComfyTool' });
			const key = journal.keyOf(0);
			const order = journal.orderAmongEqual(key, 'hash');
			journal.accept(key, { id: `id-${order}` });
			journal.deliver(key);
			return order;
		};
		expect([orderOf(), orderOf(), orderOf()]).toEqual([0, 1, 2]);
	});

	test('the highest cost seen stays, whatever is reported after it', () => {
		const journal = open();
		const [one, other] = [0, 1].map((item) => journal.keyOf(item));
		[one, other].forEach((key, index) => journal.accept(key, { id: `id-${index}` }));
		journal.report(one, 0.5);
		journal.report(other, 0.1);
		expect(journal.dearestUsd).toBe(0.5);
	});

	test('what counted nothing leaves nothing behind', () => {
		const stored = {};
		const journal = open({ stored });
		const [cancelled, unpriced] = [0, 1].map((item) => journal.keyOf(item));
		[cancelled, unpriced].forEach((key, index) => journal.accept(key, { id: `id-${index}` }));
		journal.end(cancelled, 'cancelled');
		for (const key of [cancelled, unpriced]) journal.remove(key);
		expect(stored).toEqual({ purchases: {} });
		expect(journal.removed).toEqual({ usd: 0, isAbout: false });
	});
});

test.each([
	['its estimate', 0.05, 0.05],
	['without one, what the next costs', undefined, 0.06],
])('a failed request of unknown cost that Retry execution replaces counts: %s', (_what, usd, counted) => {
	const stored = {};
	const first = open({ stored });
	const key = first.keyOf(0);
	first.submit(key, false, usd);
	first.accept(key, { id: 'id-1', ...(usd !== undefined && { usd }) });
	first.end(key, 'failed');
	const second = open({ stored, executionId: '2' });
	second.submit(key, false, 0.06);
	second.accept(key, { id: 'id-2', usd: 0.06 });
	expect(second.removed).toEqual({ usd: counted, isAbout: true });
});
