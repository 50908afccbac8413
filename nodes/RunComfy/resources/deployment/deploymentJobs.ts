/** The job of one item of the resource Deployment. */

import { deploymentQueue } from '../../api/queue';
import type { JobReader } from '../../batch/jobReader';
import type { Run } from '../../batch/run';
import { deploymentsOfRun, type ReadDeployment } from '../../catalogue/readDeployment';
import { workflowChanged } from '../../errors/deploymentErrors';
import {
	billed,
	checkedAgainstWorkflow,
	DEPLOYMENT_NOUN,
	hardwareName,
	ON_ITS_PAGE,
} from '../../errors/deploymentWords';
import { IF_FILE_REFUSED } from '../../errors/fileRules';
import { inputHash, type Job } from '../../purchase/job';
import { unlessStopped } from '../../timing/stop';
import { inHash, jobReaderOf } from '../jobReaderOf';
import { readLiveInputs } from '../liveInputs';
import { USUAL_TIMEOUT_SECONDS } from './deploymentFields';
import {
	canonicalInputs,
	type DeploymentInputs,
	readDeploymentInputs,
	requestInWords,
	deploymentBody,
} from './deploymentInputs';
import { outputOfItem } from './deploymentOutput';

/** Reads the jobs of a run, and each of its deployments once. `seen` is called with what was read. */
export function deploymentJobs(
	run: Run,
	seen: (itemIndex: number, inputs: DeploymentInputs) => void = () => {},
): JobReader {
	const { read, current } = deploymentsOfRun(run);
	const about = {
		noun: DEPLOYMENT_NOUN,
		given: readLiveInputs,
		modelIdOf: () => undefined,
		listed: ON_ITS_PAGE,
		usualTimeoutSeconds: USUAL_TIMEOUT_SECONDS,
		outputOf: (_run: Run, itemIndex: number) => outputOfItem(run, itemIndex, read),
	};
	return jobReaderOf(about, async (_run, itemIndex) => {
		const inputs = await readDeploymentInputs(run, itemIndex, read);
		const { problems, deployment } = inputs;
		seen(itemIndex, inputs);
		return {
			job: deploymentJob(run, itemIndex, inputs, current),
			problems,
			basis: checkedAgainstWorkflow(deployment.label),
		};
	});
}

function deploymentJob(run: Run, itemIndex: number, inputs: DeploymentInputs, current: ReadDeployment): Job {
	const { deployment, options, files, seedSource } = inputs;
	const { id, label, about, hardware, workflow } = deployment;
	const { accountApiUrl } = run.connection;
	const queue = deploymentQueue(accountApiUrl, id, label, options.webhook);
	return {
		queue,
		// The same inputs make another job with another workflow, and so they do with another webhook.
		hash: inputHash(queue.submitUrl, workflow?.digest ?? '', canonicalInputs(inputs), ...inHash(files)),
		kind: queue.requestsUrl,
		hasFile: files.length > 0,
		fileAdvice: files.length > 0 ? IF_FILE_REFUSED : '',
		expectsFiles: false,
		inputs: requestInWords(inputs),
		...(seedSource && { seedSource }),
		target: {
			deployment_id: id,
			...Object.fromEntries(ABOUT.map((name) => [name, about[name] ?? null])),
		},
		estimate: async () => ({
			isSentence: true,
			words: billed(hardware === '' ? '' : hardwareName(hardware), deployment),
		}),
		makeBody: async () => {
			await throwIfChanged(inputs, current);
			return await deploymentBody(run, itemIndex, inputs);
		},
	};
}

/**
 * What was checked against one workflow must not be sent to another. A deployment that cannot be read now is taken as it was.
 */
async function throwIfChanged({ deployment, given }: DeploymentInputs, current: ReadDeployment): Promise<void> {
	if (given.form !== 'overrides' || deployment.workflow === undefined) return;
	const { workflow } = await current(deployment.id).catch(unlessStopped(deployment));
	const isChanged = workflow !== undefined && workflow.digest !== deployment.workflow.digest;
	if (isChanged) throw workflowChanged(deployment.label);
}

/** What of the record decides how much a run starts. */
const ABOUT = ['name', 'is_enabled', 'hardware', 'min_instances', 'max_instances', 'keep_warm_duration_in_seconds'];
