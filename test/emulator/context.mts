import type { Socket } from 'node:net';

import type { Accounts } from './accounts.mts';
import type { IncomingCall } from './apiCall.mts';
import type { RecentStore } from './recentStore.mts';
import type { CallLog } from './calls.mts';
import type { CallCounts, ModelCounts } from './counts.mts';
import type { DeploymentStore } from './deployments/store.mts';
import type { Webhooks } from './deployments/webhooks.mts';
import type { FaultPlan } from './faultPlan.mts';
import type { Fault, Phase } from './faults.mts';
import type { StoredFile } from './sampleFiles.mts';
import type { PictureMaker } from './picture.mts';
import type { RequestStore } from './requests.mts';
import type { SwitchBoard } from './switchBoard.mts';

/** What the routes of one emulator share. */
export interface Context {
	/** http://127.0.0.1:PORT, known once it listens. */
	baseUrl: string;
	readonly accounts: Accounts;
	readonly switches: SwitchBoard;
	readonly faults: FaultPlan;
	readonly requests: RequestStore;
	readonly deployments: DeploymentStore;
	readonly webhooks: Webhooks;
	/** Pictures, by `<request id>/<name>`. */
	readonly files: RecentStore<StoredFile>;
	/** Bodies of accepted submits as they came, by request id. */
	readonly bodies: RecentStore<string>;
	/** Absent when every picture is the same tiny one. */
	readonly pictures: PictureMaker | undefined;
	counts: CallCounts;
	modelCounts: ModelCounts;
	calls: CallLog;
	/** Sockets of calls that are left without an answer. */
	readonly hanging: Set<Socket>;
	/** Counts the calls of a phase that are about no known request; the first is 1. */
	phaseCalls: (phase: Phase) => number;
	onCall: ((call: IncomingCall) => Fault | undefined) | undefined;
}
