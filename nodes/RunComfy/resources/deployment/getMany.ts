/** Deployment → Get Many: the account's deployments, disabled ones last. */

import type { Run } from '../../batch/run';
import { allDeployments } from '../../catalogue/readDeployment';
import { getManyOf } from '../getManyOf';

export async function execute(run: Run) {
	const list = async (most: number) => (await allDeployments(run)).slice(0, most).map(({ about }) => about);
	return await getManyOf(run, 'deployments', () => undefined, list);
}
