import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { RootKeys, RootSecret } from '../auth/root-secret.ts';
import type { Item, ItemValue } from '../aws/dynamodb.ts';

/** The key that all of the ledger's MACs are made with. */
export function createLedgerKey(rootSecret: RootSecret): () => Promise<KeyObject> {
  // Made once: an HMAC over a raw Buffer takes seven times as long.
  const keyObjects = new WeakMap<RootKeys, KeyObject>();
  return async () => {
    const keys = await rootSecret.keys();
    const key = keyObjects.get(keys) ?? createSecretKey(keys.ledgerKey);
    keyObjects.set(keys, key);
    return key;
  };
}

/** The item with its `mac`: an HMAC-SHA-256 over the canonical JSON of everything else, key included. */
export function withMac(item: Item, ledgerKey: KeyObject): Item {
  return { ...item, mac: macOf(item, ledgerKey) };
}

/** Whether an item is as we wrote it: no attribute changed, added or left out, and at its own place. */
export function hasTrueMac(item: Item, ledgerKey: KeyObject): boolean {
  const { mac, ...content } = item;
  return mac === macOf(content, ledgerKey);
}

function macOf(content: Item, ledgerKey: KeyObject): string {
  return createHmac('sha256', ledgerKey).update(canonicalJson(content)).digest('base64url');
}

/** JSON with the names of every object in order: the same content gives the same text. */
function canonicalJson(value: ItemValue): string {
  if (value instanceof Uint8Array) return `"base64:${Buffer.from(value).toString('base64')}"`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value).toSorted();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`).join(',')}}`;
}

function isList(value: ItemValue): value is readonly ItemValue[] {
  return Array.isArray(value);
}
