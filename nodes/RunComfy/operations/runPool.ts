/**
 * Works through `tasks` in order, at most `places` at a time. `mayStart` is asked before each task: once it says no,
 * nothing new begins and the pool ends when what is under way has ended. `work` must not throw.
 */
export async function runPool<T>(
	tasks: T[],
	places: number,
	mayStart: () => boolean,
	work: (task: T) => Promise<void>,
): Promise<void> {
	let next = 0;
	const worker = async () => {
		while (next < tasks.length && mayStart()) {
			const task = tasks[next];
			next += 1;
			await work(task);
		}
	};
	await Promise.all(Array.from({ length: Math.min(places, tasks.length) }, worker));
}
