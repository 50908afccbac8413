/** Shared cores: polling closer than this only slows down what is waited for. */
const PAUSE_MS = 100;

/**
 * Asks again and again until the answer is neither undefined nor false, and gives it.
 * @throws Error that says what was waited for, with the last error met on the way
 */
export async function until<T>(
	what: string,
	ask: () => T | undefined | false | Promise<T | undefined | false>,
	timeoutMs = 30_000,
	pauseMs = PAUSE_MS,
): Promise<T> {
	const deadlineMs = Date.now() + timeoutMs;
	let lastError: unknown;
	while (Date.now() < deadlineMs) {
		try {
			const answer = await ask();
			if (answer !== undefined && answer !== false) return answer;
			lastError = undefined;
		} catch (error) {
			lastError = error;
		}
		await pause(pauseMs);
	}
	throw new Error(`Waited ${timeoutMs} ms without success for ${what}`, { cause: lastError });
}

/** The same for what is about to happen in this process: asked every few milliseconds. */
export const untilTrue = async (holds: () => boolean) => void (await until(String(holds), holds, 20_000, 5));

export async function pause(ms: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, ms));
}
