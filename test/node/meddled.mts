/** The node under test in trouble that n8n gives it: on a certain try, its credential or its files cannot be read. */
import type { IExecuteFunctions, INodeType } from 'n8n-workflow';

import { execute } from '../../nodes/RunComfy/execute.ts';
import { ProcessState } from '../../nodes/RunComfy/batch/processState.ts';
import { JobTimes } from '../../nodes/RunComfy/wait/jobTimes.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import { type Fixture, openFixture, patientPolicies } from './fixture.mts';

/** Changes the context of a try, counted from 1 since `reset`. */
type Meddle = (context: IExecuteFunctions, nth: number) => IExecuteFunctions;

interface Meddled extends Fixture {
	/** What is done to each try from now on. */
	meddle(how: Meddle): void;
	tries(): number;
	/** From now on each wait ends with a fault that nobody foresaw. */
	breakWait(): void;
}

const unchanged: Meddle = (context) => context;

const STORAGE_WORDS = 'Storage answered with 503';
const CREDENTIAL_WORDS = 'SQLITE_BUSY: database is locked';

/** Of a fault that no part of the node knows about. */
export const UNFORESEEN = 'a fault nobody foresaw';

const fail = (words: string) => async () => await Promise.reject(new Error(words));

/** Fails on the tries for which `isOn` holds: nothing can be read of the credential. */
export const withoutCredential =
	(isOn: (nth: number) => boolean): Meddle =>
	(context, nth) =>
		isOn(nth)
			? (Object.create(context, { getCredentials: { value: fail(CREDENTIAL_WORDS) } }) as IExecuteFunctions)
			: context;

/** Fails on the tries for which `isOn` holds: no file of an item can be read. */
export const withoutFiles =
	(isOn: (nth: number) => boolean): Meddle =>
	(context, nth) => {
		if (!isOn(nth)) return context;
		const helpers = new Proxy(context.helpers, {
			get: (real, name) =>
				/^getBinary/.test(String(name)) ? fail(STORAGE_WORDS) : (Reflect.get(real, name) as unknown),
		});
		return Object.create(context, { helpers: { value: helpers } }) as IExecuteFunctions;
	};

/** A fixture whose node can be got into trouble. */
export async function openMeddled(options: Parameters<typeof openFixture>[0] = {}): Promise<Meddled> {
	const { policies = patientPolicies() } = options;
	let isBroken = false;
	// Breaks where nobody expects it: when the wait asks what is known of such jobs.
	const jobTimes = new Proxy(new JobTimes(), {
		get: (real, name) => {
			if (isBroken) throw new Error(UNFORESEEN);
			const member = Reflect.get(real, name) as unknown;
			return typeof member === 'function' ? (member.bind(real) as unknown) : member;
		},
	});
	const processState = new ProcessState(policies, options.clock, jobTimes);
	let how = unchanged;
	let tries = 0;
	const node: new () => INodeType = class extends RunComfy {
		override async execute(this: IExecuteFunctions) {
			tries += 1;
			return await execute(how(this, tries), processState);
		}
	};
	const fixture = await openFixture({ spreadMs: 0, ...options, policies, node });
	const resetFixture = fixture.reset;
	return Object.assign(fixture, {
		meddle: (next: Meddle) => void (how = next),
		tries: () => tries,
		breakWait: () => void (isBroken = true),
		reset: () => {
			isBroken = false;
			how = unchanged;
			tries = 0;
			resetFixture();
		},
	});
}
