/** The example `examples/durable-replace.json`, and as a test uses it: another trigger, its own photos, no more. */
import { readExample } from './example.mts';
import { code, credentialOf, OUR_NODE, type Workflow, webhookTrigger, type WorkflowNode } from '../n8n/workflow.mts';

/** The example with a credential chosen, as after its import. */
function durableExample(credential: { id: string; name: string }): Workflow {
	const example = readExample('durable-replace');
	const nodes = example.nodes.map((one) => (one.type === OUR_NODE ? { ...one, ...credentialOf(credential) } : one));
	return { ...example, nodes };
}

/** A durable run of the items `{ sku, photo, prompt }` in the webhook's body, which answers at once. */
export function durableWorkflow(credential: { id: string; name: string }, path: string): Workflow {
	const example = durableExample(credential);
	const trigger = webhookTrigger(path, 'onReceived');
	const nodes = example.nodes.map((one): WorkflowNode => {
		if (one.type === 'n8n-nodes-base.scheduleTrigger') return { ...trigger, position: one.position };
		if (one.name === 'Products') {
			return { ...code('Products', 'return $json.body.products.map((json) => ({ json }));'), position: one.position };
		}
		return one;
	});
	const [schedule] = example.nodes.filter(({ type }) => type === 'n8n-nodes-base.scheduleTrigger');
	const { [schedule.name]: wires, ...connections } = example.connections;
	return { ...example, name: `Durable ${path}`, nodes, connections: { ...connections, [trigger.name]: wires } };
}

/** Products whose photos nobody else uses, so that the emulator's requests tell them apart. */
export const productsOf = (run: string, count: number) =>
	Array.from({ length: count }, (_, index) => ({
		sku: `${run}-${index}`,
		photo: `https://images.example.com/${run}-${index}.jpg`,
		prompt: 'on a marble table',
	}));
