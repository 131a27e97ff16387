import { ExportedKeyList, ExportKeysQuery, ImportKeys, ImportReport } from '../../shared/api/key-transfer.ts';
import {
  CreateKey,
  Key,
  KeyList,
  ListKeysQuery,
  RevokedLeakedKey,
  RevokeKeyQuery,
  RevokeLeakedKey,
  RotateKey,
  UpdateKey,
} from '../../shared/api/keys.ts';
import type { ErrorCode } from '../error-codes.ts';
import { type HttpResponse, header } from '../http.ts';
import { type AuthenticatedCall, json, managementRoute } from '../route.ts';
import { callerOf, idOf } from './caller.ts';

const idempotencyKeyOf = ({ request }: AuthenticatedCall) => header(request, 'idempotency-key');

/** What was made, or what an earlier request with the same Idempotency-Key has made: that without its plaintext. */
function made(key: Key): HttpResponse {
  return key.key === undefined ? json(200, key, { 'idempotent-replayed': 'true' }) : json(201, key);
}

const readErrors: readonly ErrorCode[] = ['insufficient_scope', 'auth_unavailable', 'budget_unavailable'];
const changeErrors: readonly ErrorCode[] = [...readErrors, 'not_found', 'key_update_in_progress'];
const roleErrors: readonly ErrorCode[] = ['forbidden', 'mfa_required'];
const onceErrors: readonly ErrorCode[] = [
  'key_limit',
  'key_not_active',
  'idempotency_in_progress',
  'idempotency_key_reused',
  'root_secret_mismatch',
];

export const keyRoutes = [
  managementRoute({
    method: 'POST',
    path: '/v1/keys',
    summary: 'Create a key; this answer alone has its plaintext, a replay of an Idempotency-Key answers 200 without it',
    access: 'self',
    query: null,
    body: CreateKey,
    response: { status: 201, schema: Key, streams: false },
    errors: [...changeErrors, ...roleErrors, ...onceErrors, 'model_not_allowed'],
    handle: async (call) =>
      made(await (await call.context.keys()).create(callerOf(call), call.body, idempotencyKeyOf(call))),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/keys',
    summary: 'List keys: one person’s newest first, everybody’s person by person',
    access: 'self',
    query: ListKeysQuery,
    body: null,
    response: { status: 200, schema: KeyList, streams: false },
    errors: [...readErrors, ...roleErrors, 'not_found'],
    handle: async (call) => json(200, await (await call.context.keys()).list(callerOf(call), call.query)),
  }),
  managementRoute({
    method: 'POST',
    path: '/v1/keys/revoke-leaked',
    summary: 'Revoke a key that was found where it should not be, by its plaintext and whoever found it',
    access: 'self',
    query: null,
    body: RevokeLeakedKey,
    response: { status: 200, schema: RevokedLeakedKey, streams: false },
    errors: [...changeErrors, 'root_secret_mismatch'],
    handle: async (call) => json(200, await (await call.context.keys()).revokeLeaked(callerOf(call), call.body.key)),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/keys/export',
    summary: 'Everybody’s keys for another pool, never with their plaintext',
    access: 'admin',
    query: ExportKeysQuery,
    body: null,
    response: { status: 200, schema: ExportedKeyList, streams: false },
    errors: [...readErrors, ...roleErrors],
    handle: async (call) => json(200, await (await call.context.keyTransfer()).exportKeys(callerOf(call), call.query)),
  }),
  managementRoute({
    method: 'POST',
    path: '/v1/keys/import',
    summary: 'Take over keys of a pool that had the same root secret, each row reported',
    access: 'admin',
    query: null,
    body: ImportKeys,
    response: { status: 200, schema: ImportReport, streams: false },
    errors: [...readErrors, ...roleErrors, 'pepper_mismatch', 'import_conflict', 'root_secret_mismatch'],
    handle: async (call) => json(200, await (await call.context.keyTransfer()).importKeys(callerOf(call), call.body)),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/keys/:id',
    summary: 'Show a key',
    access: 'self',
    query: null,
    body: null,
    response: { status: 200, schema: Key, streams: false },
    errors: [...readErrors, 'not_found'],
    handle: async (call) => json(200, await (await call.context.keys()).show(callerOf(call), idOf(call))),
  }),
  managementRoute({
    method: 'PATCH',
    path: '/v1/keys/:id',
    summary: 'Change a key’s name, scopes, models, team or end',
    access: 'self',
    query: null,
    body: UpdateKey,
    response: { status: 200, schema: Key, streams: false },
    errors: [...changeErrors, 'forbidden', 'model_not_allowed', 'key_not_active', 'key_rotated'],
    handle: async (call) => json(200, await (await call.context.keys()).update(callerOf(call), idOf(call), call.body)),
  }),
  managementRoute({
    method: 'DELETE',
    path: '/v1/keys/:id',
    summary: 'Revoke a key: refused on its next call that spends',
    access: 'self',
    query: RevokeKeyQuery,
    body: null,
    response: { status: 200, schema: Key, streams: false },
    errors: changeErrors,
    handle: async (call) =>
      json(200, await (await call.context.keys()).revoke(callerOf(call), idOf(call), call.query.reason)),
  }),
  managementRoute({
    method: 'POST',
    path: '/v1/keys/:id/rotate',
    summary:
      'Make a key in place of this one, which works on for the overlap; a replay answers 200 without the plaintext',
    access: 'self',
    query: null,
    body: RotateKey,
    response: { status: 201, schema: Key, streams: false },
    errors: [...changeErrors, ...onceErrors, 'key_rotated'],
    handle: async (call) =>
      made(await (await call.context.keys()).rotate(callerOf(call), idOf(call), call.body, idempotencyKeyOf(call))),
  }),
];
