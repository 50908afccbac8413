import type { Graph, Hardware, Kind } from './kind.mts';
import { Machine, type MachineSettings } from './machine.mts';

/** What RunComfy tells of a deployment, less what `includes` adds. */
export interface DeploymentRecord {
	id: string;
	name: string;
	workflow_id: string;
	workflow_version: string;
	hardware: Hardware[];
	min_instances: number;
	max_instances: number;
	queue_size: number;
	keep_warm_duration_in_seconds: number;
	status: string;
	is_enabled: boolean;
	created_at: string;
	updated_at: string;
}

/** RunComfy's usual settings. */
const START = { min_instances: 0, max_instances: 1, queue_size: 1, keep_warm_duration_in_seconds: 60 };

/** What is the same for all machines, as the switches have it just now. */
export interface MachineRules {
	coldStartSeconds(): number;
	queueWhenDisabled(): MachineSettings['queueWhenDisabled'];
}

/** One deployment of one account: its record, its workflow's versions, its machine. */
export class Deployment {
	readonly kind: Kind;
	readonly record: DeploymentRecord;
	readonly machine: Machine;
	/** v1 first. */
	readonly versions: Graph[];
	/** RunComfy has disabled it because the balance was empty; it stays so until somebody enables it. */
	isOutOfFunds = false;

	constructor(
		kind: Kind,
		id: string,
		atIso: string,
		{ coldStartSeconds, queueWhenDisabled }: MachineRules,
		newId: () => string,
	) {
		this.kind = kind;
		this.versions = structuredClone(kind.versions);
		this.record = {
			id,
			name: kind.name,
			workflow_id: kind.workflowId,
			workflow_version: `v${Math.max(1, kind.versions.length)}`,
			hardware: [kind.hardware],
			...START,
			status: 'standby',
			is_enabled: kind.isEnabled,
			created_at: atIso,
			updated_at: atIso,
		};
		const settings = () => ({
			hardware: this.record.hardware[0],
			minInstances: this.record.min_instances,
			maxInstances: this.record.max_instances,
			queueSize: this.record.queue_size,
			keepWarmSeconds: this.record.keep_warm_duration_in_seconds,
			isEnabled: this.record.is_enabled,
			queueWhenDisabled: queueWhenDisabled(),
		});
		this.machine = new Machine(settings, coldStartSeconds, newId);
	}

	/** The deployed version's workflow; undefined for a deployment without any. */
	get graph(): Graph | undefined {
		return this.versions[Number(this.record.workflow_version.slice(1)) - 1];
	}

	/** Saves a workflow as the next version and deploys it. */
	publish(graph: Graph): string {
		this.versions.push(structuredClone(graph));
		this.record.workflow_version = `v${this.versions.length}`;
		return this.record.workflow_version;
	}
}
