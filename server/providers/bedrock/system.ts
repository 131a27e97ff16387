import type { TextPart } from '../../model/request.ts';
import { encodeCachePoint } from './cache-points.ts';

/** Converse's `system`: its texts without the blank ones, and a cache point after each that ends a prefix to be cached. */
export function encodeSystem(system: readonly TextPart[]): object[] {
  const blocks: object[] = [];
  for (const { text, cacheAfter } of system) {
    if (text.trim() !== '') blocks.push({ text });
    // A mark on a blank text holds for what stands before it.
    if (cacheAfter !== undefined && blocks.length > 0) blocks.push(encodeCachePoint(cacheAfter));
  }
  return blocks;
}
