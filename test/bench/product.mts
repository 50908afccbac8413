/** The node as the benchmark measures it. */
import { join } from 'node:path';

import type * as parts from '../lib/parts.mts';

/** The built parts for the benchmark, the sources in a test. */
export type Product = typeof parts;

export const ROOT = join(import.meta.dirname, '..', '..');
/** BENCH_DIST measures another build, say an older one, but for the rows that need its parts (virtual clock, CPU of a resource). */
export const DIST = process.env.BENCH_DIST ?? join(ROOT, 'dist');
