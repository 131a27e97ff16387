import { createHash } from 'node:crypto';
import type { ModelCall } from './call.ts';
import { addSizes, emptyPrompt, type PromptSize, sizeOfBlock, sizeOfTool, tokensOf } from './usage.ts';

/** How many blocks before a cache point an earlier prefix is looked for, as Claude does. */
const lookBackBlocks = 20;
const maxPrefixes = 10_000;
const lifetimeMs = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const;

type Ttl = keyof typeof lifetimeMs;

/** What of a prompt came from the cache and what was written to it. */
export interface CacheUse {
  readonly readTokens: number;
  readonly writes: readonly { readonly ttl: Ttl; readonly tokens: number }[];
}

export interface PromptCache {
  /** Reads the longest remembered prefix of the prompt and remembers those up to its cache points. */
  use(call: ModelCall, nowMs: number): CacheUse;
}

interface Prefix {
  readonly digest: string;
  readonly tokens: number;
}

interface CachePoint {
  /** Index of the prefix it closes. */
  readonly at: number;
  readonly ttl: Ttl;
}

const unused: CacheUse = { readTokens: 0, writes: [] };

export function createPromptCache(): PromptCache {
  const remembered = new Map<string, { ttl: Ttl; untilMs: number }>();

  const remember = (digest: string, ttl: Ttl, nowMs: number) => {
    if (remembered.size >= maxPrefixes) {
      for (const [key, { untilMs }] of remembered) if (untilMs <= nowMs) remembered.delete(key);
      if (remembered.size >= maxPrefixes) remembered.clear();
    }
    remembered.set(digest, { ttl, untilMs: nowMs + lifetimeMs[ttl] });
  };

  return {
    use(call, nowMs) {
      const { prefixes, points } = layOut(call);
      if (points.length === 0) return unused;
      const isRemembered = (digest: string) => (remembered.get(digest)?.untilMs ?? 0) > nowMs;
      const readTo = findLongest(prefixes, points, isRemembered);
      const read = prefixes[readTo];
      if (read) remember(read.digest, remembered.get(read.digest)?.ttl ?? '5m', nowMs);
      const writes: { ttl: Ttl; tokens: number }[] = [];
      let written = read?.tokens ?? 0;
      for (const { at, ttl } of points) {
        const prefix = prefixes[at];
        if (prefix === undefined || at <= readTo || prefix.tokens <= written) continue;
        remember(prefix.digest, ttl, nowMs);
        writes.push({ ttl, tokens: prefix.tokens - written });
        written = prefix.tokens;
      }
      return { readTokens: read?.tokens ?? 0, writes };
    },
  };
}

/** Index of the longest remembered prefix within reach of a cache point; -1 when there is none. */
function findLongest(
  prefixes: readonly Prefix[],
  points: readonly CachePoint[],
  isRemembered: (digest: string) => boolean,
): number {
  for (const { at } of points.toReversed()) {
    const reach = prefixes.slice(Math.max(0, at - lookBackBlocks + 1), at + 1);
    const index = reach.findLastIndex(({ digest }) => isRemembered(digest));
    if (index >= 0) return at - (reach.length - 1 - index);
  }
  return -1;
}

/** Digest and size of every prefix of the prompt in the order tools, system, messages, and where the cache points are. */
function layOut({ body, blocks, model }: ModelCall): { prefixes: readonly Prefix[]; points: readonly CachePoint[] } {
  const parts = [
    ...(body.toolConfig?.tools ?? []).map((tool) => ({ key: 'tool', part: tool, size: () => sizeOfTool(tool) })),
    ...(body.system ?? []).map((block) => ({ key: 'system', part: block, size: () => sizeOfBlock(block) })),
    ...blocks.map(({ i, role, block }) => ({ key: `${i} ${role}`, part: block, size: () => sizeOfBlock(block) })),
  ];
  if (!parts.some(({ part }) => part.cachePoint)) return { prefixes: [], points: [] };
  // A prefix below the model's minimum is not cached, and the cache point is ignored.
  const minimumTokens = model.capabilities.promptCaching?.minTokens ?? Number.POSITIVE_INFINITY;
  const hash = createHash('sha256').update(model.id);
  const prefixes: Prefix[] = [];
  const points: CachePoint[] = [];
  let size: PromptSize = emptyPrompt;
  for (const { key, part, size: sizeOfPart } of parts) {
    if (part.cachePoint) {
      const ttl = part.cachePoint.ttl === '1h' ? '1h' : '5m';
      if (tokensOf(size) >= minimumTokens) points.push({ at: prefixes.length - 1, ttl });
      continue;
    }
    size = addSizes(size, sizeOfPart());
    hash.update(`\n${key} ${JSON.stringify(part)}`);
    prefixes.push({ digest: hash.copy().digest('base64'), tokens: tokensOf(size) });
  }
  return { prefixes, points };
}
