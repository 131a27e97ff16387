import type * as z from 'zod/mini';
import type { ApiClient } from './client.ts';

const largestPage = 1000;

interface List<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

/** A list over all its pages, or its first `limit` items; `next` is then where it goes on. */
export async function getList<Item>(
  api: ApiClient,
  path: string,
  schema: z.ZodMiniType<List<Item>>,
  query: Readonly<Record<string, string | undefined>>,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ data: Item[]; next: string | null }> {
  const data: Item[] = [];
  let cursor: string | undefined;
  for (;;) {
    const wanted = Math.min(largestPage, limit - data.length);
    const page: List<Item> = await api.get(path, schema, { ...query, limit: wanted, cursor });
    data.push(...page.data);
    if (page.next === null || page.next === cursor || data.length >= limit) return { data, next: page.next };
    cursor = page.next;
  }
}
