import type { SourceModel } from './source.ts';

// Families of models by their ids. Only here does a name decide anything; the server reads the flags made of it.

export const startsWithAny = (id: string, starts: readonly string[]) => starts.some((start) => id.startsWith(start));

/** Older Claude models, whose rows in the source say little. AWS's table of Converse features has them. */
export const firstClaudes = ['anthropic.claude-v', 'anthropic.claude-instant'];
export const thirdClaudes = ['anthropic.claude-3-'];

export const isNova = ({ id }: SourceModel) => id.startsWith('amazon.nova');

export const isClaude3OrNewer = ({ id, supports }: SourceModel) =>
  id.startsWith('anthropic.') && !startsWithAny(id, firstClaudes) && supports['tools'] !== false;
