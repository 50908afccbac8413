/** The account's own host, which is not that of the models: balance and deployments. One function per endpoint. */

import type { IDataObject } from 'n8n-workflow';

import { invalidCredentialUrl, readingBalance } from '../errors/accountErrors';
import * as deploymentErrors from '../errors/deploymentErrors';
import type { Asked } from '../errors/requestErrors';
import { RunComfyError } from '../errors/RunComfyError';
import { isPlainObject } from '../errors/shape';
import type { Expected } from './answers';
import type { CallOptions, Calls } from './calls';
import { deploymentUrl } from './queue';
import { saysUnknown } from './refusals';
import type { ReadOutcome } from './requestState';
import { ERROR_CODE } from './service';
import type { Call } from './transport';

/** Throws a RunComfyError where the credential names no URL. */
function baseOf({ connection }: Calls): string {
	if (connection.accountApiUrl === '') throw invalidCredentialUrl('Account API URL');
	return connection.accountApiUrl;
}

/** RunComfy's answer to `GET /balance`, as far as the node reads it. Field names are RunComfy's own. */
interface BalanceAnswer extends Record<string, unknown> {
	/** US dollars; may be negative. */
	balance_usd?: unknown;
	currency?: unknown;
}

const BALANCE: Expected = {
	isAnswer: (body) => ['balance_usd', 'balance_microdollars', 'currency'].some((name) => name in body),
};

/** Reads the balance. Throws a RunComfyError for an answer that will not change by itself, and where no URL is known. */
export async function getBalance(calls: Calls, options: CallOptions): Promise<ReadOutcome<BalanceAnswer>> {
	const call = { method: 'GET' as const, url: `${baseOf(calls)}/balance` };
	return await calls.read(call, options, BALANCE, readingBalance);
}

/** The balance in US dollars; undefined where RunComfy reported no number. */
export const balanceUsdOf = ({ balance_usd: usd }: BalanceAnswer): number | undefined =>
	typeof usd === 'number' && Number.isFinite(usd) ? usd : undefined;

/** A deployment as RunComfy reports it. Field names are RunComfy's own; nothing of it is promised. */
export type DeploymentAnswer = Record<string, unknown>;

const DEPLOYMENT: Expected = { isAnswer: ({ id, workflow_id: workflowId }) => (id ?? workflowId) !== undefined };

const DEPLOYMENTS: Expected = { isAnswer: (body) => listIn(body) !== undefined };

/** The list, bare or under its name; undefined where there is none. */
const listIn = ({ list, deployments }: Record<string, unknown>): unknown[] | undefined =>
	[list, deployments].find((one): one is unknown[] => Array.isArray(one));

/** Reads all deployments of the account. Throws a RunComfyError for an answer that will not change by itself. */
export async function listDeployments(calls: Calls, options: CallOptions): Promise<ReadOutcome<DeploymentAnswer[]>> {
	const call = { method: 'GET' as const, url: `${baseOf(calls)}/deployments` };
	const asked = deploymentErrors.listingDeployments;
	const read = await calls.read<Record<string, unknown>>(call, options, DEPLOYMENTS, asked);
	if (read.kind !== 'seen') return read;
	return { ...read, answer: (listIn(read.answer) ?? []).filter(isPlainObject) };
}

/** Reads one deployment with its workflow. Throws a RunComfyError for an answer that will not change by itself. */
export async function getDeployment(
	calls: Calls,
	deploymentId: string,
	options: CallOptions,
): Promise<ReadOutcome<DeploymentAnswer>> {
	const url = deploymentUrl(baseOf(calls), deploymentId);
	const call = { method: 'GET' as const, url, query: { includes: 'payload' } };
	return await aboutOne(calls, deploymentId, call, options, deploymentErrors.readingDeployment(deploymentId));
}

/**
 * Changes a deployment. Doing it twice is the same as doing it once. `change`: under RunComfy's names; it has the name, since
 * RunComfy insists on that. Throws a RunComfyError for an answer that will not change by itself.
 */
export async function updateDeployment(
	calls: Calls,
	deploymentId: string,
	change: IDataObject,
	options: CallOptions,
): Promise<ReadOutcome<DeploymentAnswer>> {
	const call = { method: 'PATCH' as const, url: deploymentUrl(baseOf(calls), deploymentId), body: change };
	return await aboutOne(calls, deploymentId, call, options, deploymentErrors.updatingDeployment(deploymentId));
}

/** Makes a call about one deployment, and words its errors as about that. */
async function aboutOne(
	calls: Calls,
	deploymentId: string,
	call: Call,
	options: CallOptions,
	asked: Asked,
): Promise<ReadOutcome<DeploymentAnswer>> {
	try {
		return await calls.read(call, options, DEPLOYMENT, asked);
	} catch (error) {
		throw errorAbout(deploymentId, calls.connection.credentialName, error, call.body?.workflow_version);
	}
}

/** The same error, in words about the deployment where it is about that. */
function errorAbout(deploymentId: string, credentialName: string, thrown: unknown, version: unknown): unknown {
	if (!(thrown instanceof RunComfyError)) return thrown;
	const { facts } = thrown;
	const isUnknown = saysUnknown(thrown, ERROR_CODE.unknownRequest);
	if (isUnknown && typeof version === 'string') return deploymentErrors.versionNotFound(deploymentId, version, facts);
	if (isUnknown) return deploymentErrors.notFound(deploymentId, '', facts);
	if (facts.errorCode !== ERROR_CODE.badTokenOnAccountHost) return thrown;
	return deploymentErrors.deploymentNotAllowed(deploymentId, credentialName, facts);
}
