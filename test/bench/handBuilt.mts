/** What a user would build without this node: HTTP Request, Wait and If in a loop. */
import { nodeOf, type WorkflowJson } from '../engine/index.mts';
import { REPLACE_BACKGROUND_ID } from '../emulator/emulator.mts';

const to = (...nodes: string[]) => nodes.map((node) => ({ node, type: 'main' as const, index: 0 }));

const bearer = (token: string) => ({
	sendHeaders: true,
	headerParameters: { parameters: [{ name: 'Authorization', value: `Bearer ${token}` }] },
});

/** Submit all items, wait, look at all of them, wait again for those that are not finished; then fetch the results. */
export function handBuiltLoop(modelApiUrl: string, token: string, waitSeconds: number): WorkflowJson {
	const http = { type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2 };
	const requests = `${modelApiUrl}/v1/requests/`;
	return {
		name: 'Hand-built',
		nodes: [
			nodeOf('Start', { type: 'n8n-nodes-base.manualTrigger' }),
			nodeOf('Submit', {
				...http,
				parameters: {
					...bearer(token),
					method: 'POST',
					url: `${modelApiUrl}/v1/models/${REPLACE_BACKGROUND_ID}`,
					sendBody: true,
					specifyBody: 'json',
					jsonBody: '{"image":"https://images.example.com/shoe.jpg","prompt":"on a marble table"}',
				},
			}),
			nodeOf('Wait', {
				type: 'n8n-nodes-base.wait',
				typeVersion: 1.1,
				parameters: { resume: 'timeInterval', amount: waitSeconds, unit: 'seconds' },
			}),
			nodeOf('Status', {
				...http,
				parameters: { ...bearer(token), url: `=${requests}{{ $json.request_id }}/status` },
			}),
			nodeOf('Finished?', {
				type: 'n8n-nodes-base.if',
				typeVersion: 2,
				parameters: {
					conditions: {
						options: { caseSensitive: true, leftValue: '', typeValidation: 'strict' },
						combinator: 'and',
						conditions: [
							{
								id: '1',
								leftValue: '={{ $json.status }}',
								rightValue: 'completed',
								operator: { type: 'string', operation: 'equals' },
							},
						],
					},
				},
			}),
			nodeOf('Result', {
				...http,
				parameters: { ...bearer(token), url: `=${requests}{{ $json.request_id }}/result` },
				// Above the others: n8n then fetches what is finished before it waits for the rest.
				position: [0, -200],
			}),
		],
		connections: {
			Start: { main: [to('Submit')] },
			Submit: { main: [to('Wait')] },
			Wait: { main: [to('Status')] },
			Status: { main: [to('Finished?')] },
			'Finished?': { main: [to('Result'), to('Wait')] },
		},
	};
}

/** Fetches each item's `url` as a file. */
export const handBuiltDownload: WorkflowJson = {
	name: 'Hand-built download',
	nodes: [
		nodeOf('Start', { type: 'n8n-nodes-base.manualTrigger' }),
		nodeOf('Download', {
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			parameters: {
				url: '={{ $json.url }}',
				options: { response: { response: { responseFormat: 'file', outputPropertyName: 'data' } } },
			},
		}),
	],
	connections: { Start: { main: [to('Download')] } },
};
