import type { INodeExecutionData } from 'n8n-workflow';

import { type Log, progressLine } from '../errors/logLines';
import { costOf, type Meaning, meaningOf } from '../output/items';
import type { Clock } from '../timing/clock';

/** Tells n8n's log how far a long batch is: the editor says no more than that the node is executing. */
export class ProgressLog {
	private readonly results: Array<Extract<Meaning, { kind: 'result' }>> = [];

	private finished = 0;

	private failed = 0;

	private hasTold = false;

	private switchOff: () => void;

	constructor(
		private readonly clock: Clock,
		private readonly log: Log,
		private readonly total: number,
		private readonly tellEveryMs: number,
	) {
		this.switchOff = clock.alarm(tellEveryMs, () => this.ring());
	}

	done(items: INodeExecutionData[]): void {
		this.finished += 1;
		for (const meaning of items.map(meaningOf)) {
			if (meaning?.kind === 'result') this.results.push(meaning);
		}
	}

	fail(): void {
		this.failed += 1;
	}

	/** The batch is over. Of a short one nothing is told. */
	end(): void {
		this.switchOff();
		if (this.hasTold) this.tell();
	}

	private ring(): void {
		this.tell();
		this.hasTold = true;
		this.switchOff = this.clock.alarm(this.tellEveryMs, () => this.ring());
	}

	private tell(): void {
		this.log.info(progressLine(this.finished, this.total, this.failed, costOf(this.results)));
	}
}
