/** One line of progress for whoever watches a run. To stderr: stdout belongs to the test reporter. */
export function say(line: string): void {
	process.stderr.write(`${line}\n`);
}
