/** Request → Get Status: one read of `/status`. */

import { isFinished } from '../../api/requestState';
import { readingRequest } from '../../errors/requestErrors';
import { tryForAMinute } from '../../batch/tryForAMinute';
import type { Run } from '../../batch/run';
import { callForEachItem } from '../callForEachItem';
import { readRequest } from './readRequest';

export async function execute(run: Run) {
	return await callForEachItem(
		run,
		(itemIndex) => readRequest(run, itemIndex),
		async (request) => {
			const { requestId } = request;
			const { status, phase, answer } = await tryForAMinute(run, readingRequest(requestId), async (options) => {
				return await run.requests.readStatus(request, options);
			});
			if (phase === 'failed' || phase === 'cancelled') run.money.testRunReuse.forget(requestId);
			const position = answer.queue_position ?? null;
			return { request_id: requestId, status, queue_position: position, finished: isFinished(phase) };
		},
	);
}
