/** fast-check with a seed that stays the same from run to run: PROPERTY_SEED=fresh takes another one, a number plays a red run again. */
import fc from 'fast-check';

import { seedFrom } from '../node/seed.mts';

fc.configureGlobal({ seed: seedFrom('PROPERTY_SEED') });

export default fc;
