import { type GatewayError, invalidRequest } from '../errors.ts';
import type { AssistantPart, CacheTtl, UserPart } from '../model/request.ts';
import type { DroppedFields } from './dropped-fields.ts';
import { isObject, type JsonObject } from './json-object.ts';

/** What one block of a message becomes: one part, several, or none. @throws GatewayError 400 naming the member at fault */
export type BlockReader = (block: JsonObject, path: string, reading: Reading) => readonly (UserPart | AssistantPart)[];

/** What goes along while one request is read. */
export interface Reading {
  readonly dropped: DroppedFields;
  /** Blocks that only this dialect knows, by their type; they come before what every dialect knows. */
  readonly blocks?: Readonly<Record<string, BlockReader>>;
  /** How long an entry lives that a `prompt_cache_breakpoint` makes. */
  readonly breakpointTtl: CacheTtl;
}

/** 400: "<path>: what is wrong; what to do." */
export function wrong(path: string, fault: string, code?: string): GatewayError {
  return invalidRequest(`${path}: ${fault}.`, path, code);
}

/** @throws GatewayError 400 naming the member */
export function requireObject(parent: JsonObject, name: string, path: string): JsonObject {
  const value = parent[name];
  if (!isObject(value))
    throw wrong(`${path}.${name}`, value === undefined ? 'is missing; send an object' : 'is an object');
  return value;
}

/** @throws GatewayError 400 naming the member */
export function requireText(parent: JsonObject, name: string, path: string): string {
  const value = parent[name];
  if (typeof value !== 'string')
    throw wrong(`${path}.${name}`, value === undefined ? 'is missing; send a text' : 'is not a text; send one');
  return value;
}

/** A text that says something, for names and ids. @throws GatewayError 400 naming the member */
export function requireName(parent: JsonObject, name: string, path: string): string {
  const value = requireText(parent, name, path);
  if (value === '') throw wrong(`${path}.${name}`, 'is empty; send a text');
  return value;
}

/** null counts as absent. @throws GatewayError 400 naming the member */
export function optionalText(parent: JsonObject, name: string, path: string): string | undefined {
  const value = parent[name] ?? undefined;
  return value === undefined ? undefined : requireText(parent, name, path);
}

/**
 * Where a part, tool or message ends a prefix to be cached: Anthropic's `cache_control` or OpenAI's
 * `prompt_cache_breakpoint`. `path` is empty for the request itself. @throws GatewayError 400 naming the member
 */
export function cacheAfterOf(source: JsonObject, path: string, reading: Reading): { cacheAfter?: CacheTtl } {
  const control = source['cache_control'] ?? undefined;
  const breakpoint = source['prompt_cache_breakpoint'] ?? undefined;
  if (control === undefined) return breakpoint === undefined ? noCache : { cacheAfter: reading.breakpointTtl };
  const at = path === '' ? 'cache_control' : `${path}.cache_control`;
  if (!isObject(control) || control['type'] !== 'ephemeral') {
    throw wrong(at, 'is {"type":"ephemeral"}, with "ttl":"5m" or "1h" if you like');
  }
  const ttl = control['ttl'] ?? '5m';
  if (ttl !== '5m' && ttl !== '1h') throw wrong(`${at}.ttl`, 'is "5m" or "1h"');
  reading.dropped.addUnknown(control, ['type', 'ttl'], 'cache_control');
  return { cacheAfter: ttl };
}

const noCache: { cacheAfter?: CacheTtl } = {};

/** Fields that may stand in any part and are read by `cacheAfterOf`. */
export const cacheFields = ['cache_control', 'prompt_cache_breakpoint'] as const;
