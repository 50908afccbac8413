/** What the node has to bear besides RunComfy: a clock that is set, and n8n's storage that answers late. */
import type { IExecuteFunctions, INodeType } from 'n8n-workflow';

import type { Commons } from '../../nodes/RunComfy/operations/commons.ts';
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

	async sleep(ms: number, stop: Stop): Promise<boolean> {
		if (stop.stopped) return false;
		let timer: NodeJS.Timeout | undefined;
		await stop.race(new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms)))));
		clearTimeout(timer);
		return !stop.stopped;
	}

	/** Sets it forward by so much, or back where it is less than nothing. */
	setBy(ms: number): void {
		this.#aheadMs += ms;
	}
}

/** How long n8n's storage takes to give the credential, from now on. */
export interface Storage {
	delayMs: number;
}

type Execute = (context: IExecuteFunctions, commons: Commons) => ReturnType<NonNullable<INodeType['execute']>>;

/** The node with those commons, on an n8n with that storage. */
export const troubled = (
	Node: new () => INodeType,
	execute: Execute,
	commons: Commons,
	storage: Storage,
): new () => INodeType =>
	class extends Node {
		async execute(this: IExecuteFunctions) {
			const getCredentials: IExecuteFunctions['getCredentials'] = async (...all) => {
				const { delayMs } = storage;
				if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
				return await this.getCredentials(...all);
			};
			return await execute(Object.create(this, { getCredentials: { value: getCredentials } }) as typeof this, commons);
		}
	};
