/** The node's parameters about a deployment, as a person, a table or an agent filled them in. */

import type { IExecuteFunctions } from 'n8n-workflow';

import { isDeploymentId } from '../../api/ids';
import type { Webhook } from '../../api/queue';
import type { Run } from '../../batch/run';
import { invalidDeploymentId } from '../../errors/deploymentErrors';
import { webhookMustBeHttps } from '../../errors/deploymentRules';
import { problemOf } from '../../errors/problem';
import { readAddress } from '../../values/address';
import { schemaOfFields } from '../../values/schemaOfFields';
import { Parameters } from '../../values/parameters';
import { isNotGiven } from '../../values/schema';
import { idInLocator } from '../liveInputs';
import { allowsPrivate } from '../jobReaderOf';
import { outputOptionFields, seedsField, webhookFields } from './index';

/** Reads and checks 'Deployment' before it can reach a URL. Throws a RunComfyError. */
export function readDeploymentId(context: IExecuteFunctions, itemIndex: number): string {
	const id = idInLocator(context.getNodeParameter('deploymentId', itemIndex, ''));
	if (!isDeploymentId(id)) throw invalidDeploymentId(id);
	return id.toLowerCase();
}

export interface DeploymentOptions {
	randomizeSeeds: boolean;
	includePreviews: boolean;
	/** Titles or ids of nodes, in small letters; empty for all. */
	outputNodes: string[];
	webhook?: Webhook;
}

const DEPLOYMENT_OPTIONS = schemaOfFields([seedsField, ...outputOptionFields, ...webhookFields]);

/** Reads the options that only deployments have; what is wrong with them is noted. */
export function readDeploymentOptions(run: Run, parameters: Parameters): DeploymentOptions {
	const { randomizeSeeds, includePreviews, outputNodes, webhookUrl, intermediateUpdates } =
		parameters.checkOptions(DEPLOYMENT_OPTIONS);
	const url = isNotGiven(webhookUrl) ? undefined : readWebhookUrl(run, parameters, webhookUrl);
	return {
		randomizeSeeds: randomizeSeeds === true,
		includePreviews: includePreviews === true,
		outputNodes: namesIn(outputNodes),
		...(url !== undefined && { webhook: { url, intermediate: intermediateUpdates === true } }),
	};
}

const namesIn = (value: unknown): string[] =>
	String(value ?? '')
		.split(',')
		.map((name) => name.trim().toLowerCase())
		.filter(Boolean);

/** In a custom environment the service may reach what the internet cannot. */
function readWebhookUrl(run: Run, parameters: Parameters, value: unknown): string | undefined {
	const read = readAddress(value, allowsPrivate(run));
	const isFine = 'address' in read && (allowsPrivate(run) || /^https:/i.test(read.address));
	if (isFine) return read.address;
	parameters.note('webhookUrl', problemOf('webhookUrl', 'Webhook URL', webhookMustBeHttps()));
	return undefined;
}
