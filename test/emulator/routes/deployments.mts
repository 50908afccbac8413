import { detailAnswer, ok } from '../answer.mts';
import type { Effect } from '../serve.mts';

/** GET /prod/v2/deployments: of the Serverless API nothing is played but that there are none. */
export const deployments: Effect = (_, { switches }) =>
	switches.take('deployments') === 'none' ? detailAnswer(404, 'Not Found') : ok([]);
