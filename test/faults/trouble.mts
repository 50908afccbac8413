/** What the node has to bear besides RunComfy: a clock that is set, and n8n's storage that answers late. */
import type { IExecuteFunctions, INodeType } from 'n8n-workflow';

import type { ProcessState } from '../../nodes/RunComfy/batch/processState.ts';
import type { Clock } from '../../nodes/RunComfy/timing/clock.ts';
import type { Stop } from '../../nodes/RunComfy/timing/stop.ts';

/** The machine's clock, which somebody sets. */
export class SetClock implements Clock {
	#aheadMs = 0;

	/** Durations are none of its business. */
	now(): number {
		return performance.now();
	}

	wallMs(): number {
		return Date.now() + this.#aheadMs;
	}

	async sleep(ms: number, stop: Stop): Promise<void> {
		stop.throwIfStopped();
		let timer: NodeJS.Timeout | undefined;
		const sleeping = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms))));
		await stop.race(sleeping).finally(() => clearTimeout(timer));
	}

	alarm(ms: number, ring: () => void): () => void {
		const timer = setTimeout(ring, ms);
		timer.unref();
		return () => clearTimeout(timer);
	}

	/** Sets it forward by so much, or back where it is less than nothing. */
	setBy(ms: number): void {
		this.#aheadMs += ms;
	}
}

export interface Storage {
	/** How long it takes to give the credential, which each call to RunComfy reads anew. */
	delayMs: number;
	/** Reads of it, and calls to RunComfy, that are under way: others may come after them. */
	underWay: number;
}

export const quickStorage = (): Storage => ({ delayMs: 0, underWay: 0 });

type Execute = (
	context: IExecuteFunctions,
	processState: ProcessState,
) => ReturnType<NonNullable<INodeType['execute']>>;

/** The node with those processState, on an n8n with that storage. */
export const troubled = (
	Node: new () => INodeType,
	execute: Execute,
	processState: ProcessState,
	storage: Storage,
): new () => INodeType =>
	class extends Node {
		async execute(this: IExecuteFunctions) {
			const counted = async <T,>(work: () => Promise<T>): Promise<T> => {
				storage.underWay += 1;
				return await work().finally(() => (storage.underWay -= 1));
			};
			const getCredentials: IExecuteFunctions['getCredentials'] = async (...all) =>
				await counted(async () => {
					if (storage.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, storage.delayMs));
					return await this.getCredentials(...all);
				});
			const { helpers } = this;
			type Call = typeof helpers.httpRequestWithAuthentication;
			async function httpRequestWithAuthentication(this: ThisParameterType<Call>, ...all: Parameters<Call>) {
				return (await counted(
					async () => (await helpers.httpRequestWithAuthentication.apply(this, all)) as unknown,
				)) as ReturnType<Call>;
			}
			const counting = Object.create(helpers, {
				httpRequestWithAuthentication: { value: httpRequestWithAuthentication },
			}) as typeof helpers;
			return await execute(
				Object.create(this, {
					getCredentials: { value: getCredentials },
					helpers: { value: counting },
				}) as typeof this,
				processState,
			);
		}
	};
