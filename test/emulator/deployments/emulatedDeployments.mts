import { nowMs } from '../clock.mts';
import type { Context } from '../context.mts';
import type { RequestState } from '../requests.mts';
import type { Deployment, DeploymentRecord } from './store.mts';
import type { Graph } from './kind.mts';
import type { Meter } from './machine.mts';
import { fileUrl } from './run.mts';
import type { Delivery } from './webhooks.mts';

/** A run as tests and people see it. */
export interface EmulatedRun {
	id: string;
	token: string;
	deploymentId: string;
	/** As sent, data URIs shortened. `Emulator.body` has the text as it came. */
	body: Record<string, unknown>;
	/** What is run: the deployment's workflow with the overrides in it, data URIs shortened. */
	graph: Graph;
	acceptedAtMs: number;
	state: RequestState;
	/** All of it was cached: it succeeded with nothing new. */
	isCached: boolean;
	/** The URLs of its files; none before it has succeeded. */
	outputs: string[];
}

/** Deployments as tests see and change them. Without a token they are those of the good account. */
export interface EmulatedDeployments {
	/** Every accepted run, oldest first. */
	runs(): EmulatedRun[];
	/** What a deployment's machines have cost so far. Throws for an unknown id. */
	meter(deploymentId: string, token?: string): Meter;
	/** The deployed workflow. Throws for an unknown id, or where there is none. */
	graph(deploymentId: string): Graph;
	/** Saves the workflow as `change` returns it, or left it, and deploys this version; gives its word, as `v2`. */
	publish(deploymentId: string, change: (graph: Graph) => Graph | void): string;
	/** Changes settings of a deployment, as its owner does. Throws for an unknown id. */
	update(deploymentId: string, settings: Partial<DeploymentRecord>): void;
	/** Every attempt to deliver a webhook, oldest first. */
	deliveries(): Delivery[];
}

export function deploymentsOf(context: Context): EmulatedDeployments {
	const { accounts, deployments, webhooks } = context;
	const find = (id: string, token = accounts.goodToken): Deployment => {
		const deployment = deployments.of(token, nowMs()).get(id);
		if (deployment === undefined) throw new Error(`There is no deployment '${id}'.`);
		return deployment;
	};
	const graph = (id: string): Graph => {
		const found = find(id).graph;
		if (found === undefined) throw new Error(`Deployment '${id}' has no workflow.`);
		return structuredClone(found);
	};
	return {
		runs: () =>
			deployments.runs().map((run) => ({
				id: run.id,
				token: run.token,
				deploymentId: run.deployment.record.id,
				body: run.order.body,
				graph: run.order.graph,
				acceptedAtMs: run.acceptedAtMs,
				state: run.stateAt(nowMs()),
				isCached: run.work.isCached === true,
				outputs: run.stateAt(nowMs()) === 'succeeded' ? run.files().map((file) => fileUrl(run, file, context)) : [],
			})),
		meter: (id, token) => deployments.meter(find(id, token), nowMs()),
		graph,
		publish: (id, change) => {
			const changed = graph(id);
			return find(id).publish(change(changed) ?? changed);
		},
		update: (id, settings) => {
			const deployment = find(id);
			deployments.advance(deployment, nowMs());
			Object.assign(deployment.record, settings);
			deployments.advance(deployment, nowMs());
		},
		deliveries: () => webhooks.deliveries(),
	};
}
