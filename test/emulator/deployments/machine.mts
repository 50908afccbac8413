import { HARDWARE_USD_PER_HOUR, type Hardware } from './kind.mts';

/** What an instance does for one request. Times are seconds on the machine's clock. */
export interface Work {
	/** Infinity never ends. */
	seconds: number;
	/** Work of the same key that follows on the same instance is cached: nothing is done, nothing comes out. */
	cacheKey: string;
	/** Is never started. */
	isHeld: boolean;
	startedAt?: number;
	endedAt?: number;
	isCancelled?: boolean;
	isCached?: boolean;
	instanceId?: string;
}

interface Instance {
	id: string;
	wokenAt: number;
	readyAt: number;
	hardware: Hardware;
	/** Ready and without work since then. */
	idleSince?: number;
	work?: Work;
	lastKey?: string;
}

/** What the owner of a deployment sets. */
export interface MachineSettings {
	hardware: Hardware;
	minInstances: number;
	maxInstances: number;
	/** Requests that wait behind a busy or starting instance before another one is started. */
	queueSize: number;
	keepWarmSeconds: number;
	isEnabled: boolean;
	/** What becomes of requests that wait when it is disabled. */
	queueWhenDisabled: 'held' | 'cancelled' | 'run';
}

export interface Meter {
	/** From waking an instance to its being down, start and keep-warm included; of all instances together. */
	machineSeconds: number;
	costUsd: number;
	instancesStarted: number;
	instancesAlive: number;
}

/** Seconds of a run of which everything is cached. */
const CACHED_SECONDS = 0.2;

const SECONDS_PER_HOUR = 3_600;

/**
 * The instances of one deployment and the requests that wait for them. It has no timer: at each look it is brought
 * up to that moment, event by event, so that looks may come seldom and out of proportion.
 */
export class Machine {
	readonly #settings: () => MachineSettings;
	readonly #coldStartSeconds: () => number;
	readonly #newId: () => string;
	#now = 0;
	#instances: Instance[] = [];
	#queue: Work[] = [];
	#started = 0;
	/** Of instances that are down. */
	#past = { seconds: 0, usd: 0 };

	constructor(settings: () => MachineSettings, coldStartSeconds: () => number, newId: () => string) {
		this.#settings = settings;
		this.#coldStartSeconds = coldStartSeconds;
		this.#newId = newId;
	}

	/** Brings everything up to this moment; also after the settings were changed. */
	advance(at: number): void {
		for (;;) {
			const next = this.#nextEvent();
			if (next === undefined || next.at > at) break;
			this.#now = Math.max(this.#now, next.at);
			next.happen();
			this.#dispatch();
		}
		this.#now = Math.max(this.#now, at);
		this.#dispatch();
	}

	add(work: Work, at: number): void {
		this.advance(at);
		this.#queue.push(work);
		this.#dispatch();
	}

	/** Ends work that waits or runs; the instance goes on living. */
	cancel(work: Work, at: number): void {
		this.advance(at);
		if (work.endedAt !== undefined) return;
		Object.assign(work, { isCancelled: true, endedAt: this.#now });
		this.#queue = this.#queue.filter((other) => other !== work);
		const instance = this.#instances.find((other) => other.work === work);
		if (instance !== undefined) this.#setIdle(instance);
		this.#dispatch();
	}

	/** 0 for the next one. */
	queuePosition(work: Work): number {
		return Math.max(0, this.#queue.indexOf(work));
	}

	meter(at: number): Meter {
		this.advance(at);
		let { seconds, usd } = this.#past;
		for (const instance of this.#instances) {
			seconds += this.#now - instance.wokenAt;
			usd += costOf(instance, this.#now);
		}
		const instancesAlive = this.#instances.length;
		return { machineSeconds: seconds, costUsd: usd, instancesStarted: this.#started, instancesAlive };
	}

	#nextEvent(): { at: number; happen: () => void } | undefined {
		const events = this.#instances.map((instance) => this.#eventOf(instance));
		return events.sort((one, other) => one.at - other.at)[0];
	}

	#eventOf(instance: Instance): { at: number; happen: () => void } {
		const { work, idleSince, readyAt } = instance;
		if (work?.startedAt !== undefined) {
			const at = work.startedAt + (work.isCached ? CACHED_SECONDS : work.seconds);
			return { at, happen: () => this.#finish(instance, work) };
		}
		if (idleSince === undefined) return { at: readyAt, happen: () => this.#setIdle(instance) };
		const { keepWarmSeconds, minInstances, isEnabled } = this.#settings();
		const mustStay = isEnabled && this.#instances.length <= minInstances;
		const at = mustStay ? Infinity : isEnabled ? idleSince + keepWarmSeconds : this.#now;
		return { at, happen: () => this.#shutDown(instance) };
	}

	#finish(instance: Instance, work: Work): void {
		work.endedAt = this.#now;
		this.#setIdle(instance);
	}

	#setIdle(instance: Instance): void {
		instance.work = undefined;
		instance.idleSince = this.#now;
	}

	#shutDown(instance: Instance): void {
		this.#past.seconds += this.#now - instance.wokenAt;
		this.#past.usd += costOf(instance, this.#now);
		this.#instances = this.#instances.filter((other) => other !== instance);
	}

	/** Gives waiting work to idle instances, and wakes further ones where the settings want it. */
	#dispatch(): void {
		const { minInstances, maxInstances, queueSize, isEnabled, queueWhenDisabled } = this.#settings();
		if (!isEnabled && queueWhenDisabled === 'cancelled') this.#cancelQueue();
		if (!isEnabled && (queueWhenDisabled !== 'run' || this.#waiting().length === 0)) return;
		for (const instance of this.#instances) {
			const [work] = instance.idleSince === undefined ? [] : this.#waiting();
			if (work !== undefined) this.#start(work, instance);
		}
		const pending = this.#waiting().length + this.#instances.filter(({ work }) => work !== undefined).length;
		const wanted = Math.max(minInstances, Math.min(maxInstances, Math.ceil(pending / (1 + queueSize))));
		while (this.#instances.length < wanted) this.#wake();
	}

	#cancelQueue(): void {
		for (const work of this.#queue) Object.assign(work, { isCancelled: true, endedAt: this.#now });
		this.#queue = [];
	}

	#waiting(): Work[] {
		return this.#queue.filter(({ isHeld }) => !isHeld);
	}

	#start(work: Work, instance: Instance): void {
		this.#queue = this.#queue.filter((other) => other !== work);
		const isCached = instance.lastKey === work.cacheKey;
		Object.assign(work, { startedAt: this.#now, instanceId: instance.id, isCached });
		Object.assign(instance, { work, idleSince: undefined, lastKey: work.cacheKey });
	}

	#wake(): void {
		this.#started += 1;
		const readyAt = this.#now + this.#coldStartSeconds();
		this.#instances.push({ id: this.#newId(), wokenAt: this.#now, readyAt, hardware: this.#settings().hardware });
	}
}

function costOf({ hardware, wokenAt }: Instance, at: number): number {
	return ((at - wokenAt) / SECONDS_PER_HOUR) * HARDWARE_USD_PER_HOUR[hardware];
}
