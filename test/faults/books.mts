/** What the emulator's own records say about the money: the oracle of all tests about paying once. */
import type { Emulator } from '../emulator/emulator.mts';
import type { NodeRun } from '../engine/index.mts';

/** How many requests were accepted for each prompt. Tests give every item a prompt of its own. */
export function acceptedByPrompt(emulator: Emulator): Record<string, number> {
	// Not counted in an object: a prompt may be called `constructor`.
	const counts = new Map<string, number>();
	for (const { input } of emulator.requests()) {
		const prompt = String(input.prompt);
		counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
	}
	return Object.fromEntries(counts);
}

/** The ids accepted for one prompt, oldest first. */
export const idsOf = (emulator: Emulator, prompt: string): string[] =>
	emulator
		.requests()
		.filter(({ input }) => input.prompt === prompt)
		.map(({ id }) => id);

/** Everything a person can read of a run: the items of both branches, the error, the log lines and the hints. */
export function visibleText({ items, errorItems, error, logs, finished }: NodeRun): string {
	const { message, description } = error ?? {};
	const json = [...items, ...errorItems].map((item) => item.json);
	return JSON.stringify({ json, message, description, logs, hints: finished.hints });
}

/** The ids that emulator accepted and no person could read anywhere in these runs. */
export function lostIds(emulator: Emulator, runs: NodeRun[]): string[] {
	const text = runs.map(visibleText).join('\n');
	return [...emulator.requests(), ...emulator.deployments.runs()]
		.map(({ id }) => id)
		.filter((id) => !text.includes(id));
}
