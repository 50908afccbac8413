/** What this process has worked so far, in milliseconds of the processor: a busy machine does not add to it. */
export function workedMs(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1_000;
}
