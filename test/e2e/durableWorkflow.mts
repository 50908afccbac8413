/** The example `overnight/durable-replace`, and as a test uses it: another trigger, its own photos, no more. */
import { IMPORTED_SETTINGS, readExample } from './example.mts';
import { code, credentialOf, OUR_NODE, type Workflow, webhookTrigger, type WorkflowNode } from '../n8n/workflow.mts';

export interface Product {
	item: string;
	photo: string;
	prompt: string;
}

/** Durable runs of the products in the webhook's body, which answers at once. */
export function durableWorkflow(credential: { id: string; name: string }, path: string): Workflow {
	const example = readExample('overnight/durable-replace');
	const trigger = webhookTrigger(path, 'onReceived');
	const [schedule] = example.nodes.filter(({ type }) => type === 'n8n-nodes-base.scheduleTrigger');
	const nodes = example.nodes.map((one): WorkflowNode => {
		if (one.type === OUR_NODE) return { ...one, ...credentialOf(credential) };
		if (one === schedule) return { ...trigger, position: one.position };
		if (one.name !== 'Products') return one;
		const script = "return $('Webhook').first().json.body.products.map((json) => ({ json }));";
		return { ...code('Products', script), position: one.position };
	});
	const { [schedule.name]: wires, ...connections } = example.connections;
	return {
		...example,
		name: `Durable ${path}`,
		nodes,
		connections: { ...connections, [trigger.name]: wires },
		settings: IMPORTED_SETTINGS,
	};
}

/** Products whose photos nobody else uses, so that the emulator's requests tell them apart. */
export const productsOf = (run: string, count: number): Product[] =>
	Array.from({ length: count }, (_, index) => ({
		item: `${run}-${index}`,
		photo: `https://images.example.com/${run}-${index}.jpg`,
		prompt: 'on a marble table',
	}));
