import { noLimits } from '../money/limits.ts';
import type { Rights } from './rights.ts';

/** The rights of somebody whom nothing limits, for the rest of a test's. */
export const unlimited: Pick<Rights, 'limits' | 'teamLimits'> = { limits: noLimits, teamLimits: new Map() };

/** A policy without limits, as it is shown. */
export const noShownLimits = { budgets: [], rpm: null, tpm: null, concurrency: null };
