import { nowMs } from './clock.mts';
import { checkFault, type Fault, type FaultScope, type Phase } from './faults.mts';

interface Rule {
	fault: Fault;
	left: number;
	untilMs: number;
	about: About;
}

/** What a call is about, as far as faults are told apart by it. */
interface About {
	requestId?: string;
	modelId?: string;
}

/**
 * The faults that are due. Those with a scope come first, oldest first; a lasting one is replaced by the next
 * lasting one.
 */
export class FaultPlan {
	readonly #scoped = new Map<Phase, Rule[]>();
	readonly #lasting = new Map<Phase, Fault>();

	/** @throws Error when phase, fault or scope is not valid. */
	add(phase: Phase, fault: Fault, scope: FaultScope = {}): void {
		checkFault(phase, fault, scope);
		const { next, forMs, requestId, modelId } = scope;
		if (Object.values({ next, forMs, requestId, modelId }).every((value) => value === undefined)) {
			this.#lasting.set(phase, fault);
			return;
		}
		const rules = this.#scoped.get(phase) ?? [];
		const untilMs = forMs === undefined ? Infinity : nowMs() + forMs;
		rules.push({ fault, left: next ?? Infinity, untilMs, about: { requestId, modelId } });
		this.#scoped.set(phase, rules);
	}

	/** The fault to play for this call, if any. */
	take(phase: Phase, about: About): Fault | undefined {
		const rules = this.#scoped.get(phase);
		if (rules === undefined) return this.#lasting.get(phase);
		const now = nowMs();
		const live = rules.filter((rule) => rule.untilMs > now);
		const due = live.find((rule) => isMeant(rule.about, about));
		if (due !== undefined) due.left -= 1;
		const rest = live.filter((rule) => rule.left > 0);
		if (rest.length > 0) this.#scoped.set(phase, rest);
		else this.#scoped.delete(phase);
		return due?.fault ?? this.#lasting.get(phase);
	}

	clear(): void {
		this.#scoped.clear();
		this.#lasting.clear();
	}
}

function isMeant(rule: About, call: About): boolean {
	const sameRequest = rule.requestId === undefined || rule.requestId === call.requestId;
	return sameRequest && (rule.modelId === undefined || rule.modelId === call.modelId);
}
