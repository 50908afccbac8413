/** An emulator in a process of its own, so that its work is not counted as the contender's. */
import { type EmulatorOptions, startEmulator } from '../emulator/emulator.mts';

const emulator = await startEmulator(JSON.parse(process.argv[2]) as EmulatorOptions);
const { modelApiUrl, accountApiUrl, token } = emulator;
process.send?.({ modelApiUrl, accountApiUrl, token });
process.once('disconnect', () => void emulator.close());
