import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod/mini';
import type { Item } from '../aws/dynamodb.ts';

/** A list in parts that are far below DynamoDB's 400 KB an item. An empty list has no parts. */
export function partsOf<T>(list: readonly T[], length: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, part) =>
    list.slice(part * length, (part + 1) * length),
  );
}

/** In a sort key: parts come back in their order. */
export function partName(part: number): string {
  return String(part).padStart(5, '0');
}

/** JSON, deflated: a fifth of its length, and of what it costs to write and to read. */
export function pack(value: unknown): Uint8Array {
  return deflateRawSync(JSON.stringify(value));
}

/** @throws Error naming the item when it has another layout than version 1 */
export function unpack<T extends z.ZodMiniType>(item: Item, name: string, schema: T): z.infer<T> {
  const packed = item[name];
  if (item['v'] !== 1 || !(packed instanceof Uint8Array)) {
    throw new Error(`item ${String(item['pk'])} ${String(item['sk'])} has a layout that this server does not know`);
  }
  return z.parse(schema, JSON.parse(inflateRawSync(packed).toString()));
}
