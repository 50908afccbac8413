/**
 * How others wait, written for the benchmark. They are not the rivals' code: only their way of asking, which is all
 * that the figures depend on.
 */

/** As much of RunComfy's API as a loop needs. */
export interface Service {
	submit(): Promise<string>;
	isFinished(id: string): Promise<boolean>;
	result(id: string): Promise<unknown>;
}

type Sleep = (ms: number) => Promise<unknown>;

/** Item by item at a fixed cadence, as the official CLI and the other nodes do. */
export async function itemByItem(service: Service, sleep: Sleep, items: number, everyMs: number): Promise<void> {
	for (let item = 0; item < items; item += 1) {
		const id = await service.submit();
		do await sleep(everyMs);
		while (!(await service.isFinished(id)));
		await service.result(id);
	}
}

/** All items in step, as n8n runs HTTP Request, Wait and If in a loop: for times that are too long for the real one. */
export async function inStep(service: Service, sleep: Sleep, items: number, everyMs: number): Promise<void> {
	let open = await Promise.all(Array.from({ length: items }, async () => await service.submit()));
	while (open.length > 0) {
		await sleep(everyMs);
		const seen = await Promise.all(open.map(async (id) => ({ id, isOver: await service.isFinished(id) })));
		await Promise.all(seen.filter(({ isOver }) => isOver).map(async ({ id }) => await service.result(id)));
		open = seen.filter(({ isOver }) => !isOver).map(({ id }) => id);
	}
}
