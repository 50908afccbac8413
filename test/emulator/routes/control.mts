import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { parseObject } from '../apiCall.mts';
import type { Graph } from '../deployments/kind.mts';
import { DEPLOYMENT_IDS } from '../deployments/kinds.mts';
import type { Emulator } from '../emulator.mts';
import type { Fault, FaultScope, Phase } from '../faults.mts';
import type { Switches } from '../switches.mts';

/** What control calls need of an emulator. */
interface Controlled {
	emulator: Emulator;
	/** Tokens counted one by one. Others may be a person's real one, sent by mistake, and are not told. */
	tokens: string[];
	switches: () => { current: Switches; next: Record<string, unknown> };
}

/** The control surface for people, under /emulator. Its calls are not counted and need no token. */
export function addControlRoutes(app: FastifyInstance, { emulator, tokens, switches }: Controlled): void {
	app.get('/emulator/counts', () => ({
		...emulator.counts(),
		models: emulator.modelCounts(),
		tokens: Object.fromEntries(tokens.map((token) => [token, emulator.counts(token)])),
	}));
	app.get('/emulator/requests', () => emulator.requests());
	app.get('/emulator/deployments', () => ({
		meters: Object.fromEntries(Object.values(DEPLOYMENT_IDS).map((id) => [id, emulator.deployments.meter(id)])),
		runs: emulator.deployments.runs(),
		deliveries: emulator.deployments.deliveries(),
	}));
	app.post('/emulator/deployments', (request, reply) =>
		controlled(request, reply, ({ id, graph }) => ({
			workflow_version: emulator.deployments.publish(id as string, () => graph as Graph),
		})),
	);
	app.get('/emulator/calls', () => emulator.calls());
	app.get('/emulator/switches', switches);
	app.patch('/emulator/switches', (request, reply) =>
		controlled(request, reply, ({ switches: given, next }) => {
			emulator.set((given ?? {}) as Partial<Switches>, next === undefined ? undefined : { next: next as number });
			return switches();
		}),
	);
	app.post('/emulator/faults', (request, reply) =>
		controlled(request, reply, ({ phase, fault, scope }) => {
			emulator.fault(phase as Phase, fault as Fault, scope as FaultScope | undefined);
			return { ok: true };
		}),
	);
	app.post('/emulator/reset', () => {
		emulator.reset();
		return { ok: true };
	});
}

function controlled(
	request: FastifyRequest,
	reply: FastifyReply,
	act: (body: Record<string, unknown>) => unknown,
): unknown {
	const body = typeof request.body === 'string' ? parseObject(request.body) : undefined;
	if (body === undefined) return reply.code(400).send({ error_message: 'The body must be a JSON object.' });
	try {
		return act(body);
	} catch (error) {
		return reply.code(400).send({ error_message: error instanceof Error ? error.message : String(error) });
	}
}
