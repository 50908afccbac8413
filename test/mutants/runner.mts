/**
 * Stryker's test runner for a room. It runs the room's tests in one process, with jest's `expect` but without jest, which takes half
 * a second to start for each break and then waits out its time limit where a break makes a test wait for ever.
 */
import { resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { globalsFor, type Test } from './globals.mts';
import { freshRequire } from './modules.mts';

/** What Stryker's breaks read, and where they note which of them are reached. */
interface Breaks {
	activeMutant?: string;
	currentTestId?: string;
	hitCount?: number;
	hitLimit?: number;
	mutantCoverage?: unknown;
}

const breaks: Breaks = ((globalThis as { __stryker__?: Breaks }).__stryker__ ??= {});

/** Stryker's own numbers. */
const TestStatus = { Success: 0, Failed: 1 };

interface MutantRun {
	activeMutant: { id: string };
	mutantActivation: 'runtime' | 'static';
	testFilter?: string[];
	hitLimit?: number;
}

/** Errors that no test has caught: they fail the test in which they come, as in jest. */
const uncaught = new Map<unknown, unknown>();
process.on('uncaughtException', (error) => void uncaught.set(error, error));
process.on('unhandledRejection', (error, promise) => void uncaught.set(promise, error));
process.on('rejectionHandled', (promise) => void uncaught.delete(promise));

/** How long tests took in this process, by their IDs: the quick ones come first, for a break is over with the first that fails. */
const tookMs = new Map<string, number>();
const byTime = ({ id: a }: Test, { id: b }: Test) => (tookMs.get(a) ?? 0) - (tookMs.get(b) ?? 0);

function load(): Test[] {
	return (process.env.MUTANTS_TESTS ?? '').split(',').flatMap((file) => {
		const { tests, globals } = globalsFor(file);
		freshRequire({ '@jest/globals': globals })(resolve(file));
		return tests;
	});
}

const LOOK_EVERY_MS = 50;
const IDLE_LOOKS = 10;

/** What is open in any case: Stryker's channel to this process, and its log. */
const OPEN_ANYWAY = ['PipeWrap', 'TCPSocketWrap'];

/** Rejects when there has been nothing left to wait for in half a second. */
function rejectWhenIdle() {
	const { promise, reject } = Promise.withResolvers<never>();
	let looks = 0;
	const timer = setInterval(() => {
		const isIdle = process.getActiveResourcesInfo().every((resource) => OPEN_ANYWAY.includes(resource));
		looks = isIdle ? looks + 1 : 0;
		if (looks === IDLE_LOOKS) reject(new Error('It waits for something that never comes'));
	}, LOOK_EVERY_MS);
	timer.unref();
	return { promise, stop: () => clearInterval(timer) };
}

/** What failed it, if anything did. */
async function failureOf({ id, body }: Test): Promise<string | undefined> {
	// What an earlier test has left is not this one's.
	await turn();
	uncaught.clear();
	const idle = rejectWhenIdle();
	const startMs = performance.now();
	try {
		await Promise.race([body(), idle.promise]);
		tookMs.set(id, performance.now() - startMs);
		await turn();
		for (const error of uncaught.values()) return String(error);
		return undefined;
	} catch (error) {
		return String(error);
	} finally {
		idle.stop();
	}
}

class Runner {
	capabilities() {
		return { reloadEnvironment: true };
	}

	async dryRun() {
		const tests: object[] = [];
		for (const test of load()) {
			breaks.currentTestId = test.id;
			const failureMessage = await failureOf(test);
			const timeSpentMs = tookMs.get(test.id) ?? 0;
			const status = failureMessage === undefined ? TestStatus.Success : TestStatus.Failed;
			tests.push({ id: test.id, name: test.name, timeSpentMs, status, failureMessage });
		}
		breaks.currentTestId = undefined;
		return { status: 'complete', tests, mutantCoverage: breaks.mutantCoverage };
	}

	async mutantRun({ activeMutant, mutantActivation, testFilter, hitLimit }: MutantRun) {
		breaks.hitCount = hitLimit === undefined ? undefined : 0;
		breaks.hitLimit = hitLimit;
		breaks.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
		let nrOfTests = 0;
		try {
			const tests = load()
				.filter(({ id }) => testFilter?.includes(id) ?? true)
				.sort(byTime);
			breaks.activeMutant = activeMutant.id;
			for (const test of tests) {
				nrOfTests += 1;
				const failureMessage = await failureOf(test);
				// Its broken place was reached so often that it must go round and round.
				if ((breaks.hitCount ?? 0) > (hitLimit ?? Infinity)) return { status: 'timeout' };
				if (failureMessage !== undefined) return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests };
			}
			return { status: 'survived', nrOfTests };
		} catch (error) {
			// It cannot even be loaded.
			return { status: 'killed', killedBy: [], failureMessage: String(error), nrOfTests };
		} finally {
			breaks.activeMutant = undefined;
		}
	}
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'room', injectableClass: Runner }];
