import { freshSeed } from '../emulator/random.mts';

/** The seed of every ordinary run: a change is judged by the change, not by the luck of the day. */
const EVERYDAY_SEED = 20_261_124;

/**
 * The seed of a randomised test: the number in this environment variable, another one each time if it says `fresh`,
 * else always the same. The test's name tells it, to play a red run again.
 */
export function seedFrom(
	variable: 'CHAOS_SEED' | 'FUZZ_SEED' | 'PROPERTY_SEED' | 'SPENDING_SEED' | 'STOP_SEED',
): number {
	const wished = process.env[variable];
	if (wished === 'fresh') return freshSeed();
	return wished === undefined ? EVERYDAY_SEED : Number(wished);
}
