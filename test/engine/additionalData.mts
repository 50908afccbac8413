import type { ICredentialsHelper, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

/** Any valid URL will do: nothing is ever called there. */
const INSTANCE_URL = 'http://127.0.0.1:5678';

/** What n8n hands to its engine besides the workflow: here as little as the engine can do with. */
export function additionalDataFor(
	credentialsHelper: ICredentialsHelper,
	execution: Partial<IWorkflowExecuteAdditionalData> = {},
): IWorkflowExecuteAdditionalData {
	return {
		credentialsHelper,
		currentNodeExecutionIndex: 0,
		instanceBaseUrl: `${INSTANCE_URL}/`,
		restApiUrl: `${INSTANCE_URL}/rest`,
		formWaitingBaseUrl: `${INSTANCE_URL}/form-waiting`,
		webhookWaitingBaseUrl: `${INSTANCE_URL}/webhook-waiting`,
		variables: {},
		logAiEvent: () => {},
		sendDataToUI: () => {},
		setExecutionStatus: () => {},
		...execution,
	} as unknown as IWorkflowExecuteAdditionalData;
}
