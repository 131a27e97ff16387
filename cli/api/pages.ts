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
  let next: string | null = null;
  for await (const page of getPages(api, path, schema, query, limit)) {
    data.push(...page.data);
    next = page.next;
  }
  return { data, next };
}

/** The pages of a list, one after the other, up to `limit` items. */
export async function* getPages<Item>(
  api: ApiClient,
  path: string,
  schema: z.ZodMiniType<List<Item>>,
  query: Readonly<Record<string, string | undefined>>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<List<Item>> {
  let cursor: string | undefined;
  for (let count = 0; ; ) {
    const wanted = Math.min(largestPage, limit - count);
    const page: List<Item> = await api.get(path, schema, { ...query, limit: wanted, cursor });
    yield page;
    count += page.data.length;
    if (page.next === null || page.next === cursor || count >= limit) return;
    cursor = page.next;
  }
}
