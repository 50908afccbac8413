/** A second model is a reader of its input: buying, waiting, delivering and the journal know none. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';

import { modelQueue } from '../../nodes/RunComfy/api/queue.ts';
import { buyAndWait } from '../../nodes/RunComfy/batch/buyAndWait.ts';
import { ProcessState } from '../../nodes/RunComfy/batch/processState.ts';
import type { JobReader } from '../../nodes/RunComfy/batch/jobReader.ts';
import { openJournal, startRun } from '../../nodes/RunComfy/batch/run.ts';
import { inputHash } from '../../nodes/RunComfy/purchase/job.ts';
import { RunComfy } from '../../nodes/RunComfy/RunComfy.node.ts';
import { Stop } from '../../nodes/RunComfy/timing/stop.ts';
import { type Fixture, inputItems, NODE_TYPE, openFixture, patientPolicies } from './fixture.mts';

const readJob: JobReader['readJob'] = async ({ context, connection }, itemIndex) => {
	const prompt = context.getNodeParameter('prompt', itemIndex, '') as string;
	const queue = modelQueue(connection.modelApiUrl, 'ideogram/ideogram-v3/replace-background');
	const body = { prompt, image: 'https://images.example.com/nothing.png' };
	const about = { kind: 'text', hasFile: false, fileAdvice: '', expectsFiles: true };
	const hash = inputHash(JSON.stringify(body));
	return { queue, hash, ...about, inputs: body, quote: async () => ({}), makeBody: async () => body };
};

const processState = new ProcessState(patientPolicies());
class SecondModel extends RunComfy {
	override async execute(this: IExecuteFunctions) {
		const run = await startRun(
			this,
			new Stop(this.getExecutionCancelSignal()),
			processState,
			openJournal(this, processState),
		);
		const items = await buyAndWait(run, {
			noun: 'wish',
			sourceOf: () => undefined,
			modelIdOf: () => undefined,
			readJob,
			checkJob: async () => ({ problems: [] }),
		});
		return [items];
	}
}

let fixture: Fixture;
beforeAll(async () => void (fixture = await openFixture({ node: SecondModel })));
afterAll(async () => await fixture.close());

test(`${NODE_TYPE} with another reader buys, waits and delivers`, async () => {
	const { items } = await fixture.run({ items: inputItems(3), parameters: { prompt: 'a lake' } });
	expect(items.map(({ json }) => json.image_url)).toEqual(Array(3).fill(expect.stringContaining('http')));
	expect(fixture.emulator.counts().submitsAccepted).toBe(3);
});
