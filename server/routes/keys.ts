import { CreateKey, Key, KeyList, ListKeysQuery } from '../../shared/api/keys.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { type AuthenticatedCall, json, managementRoute } from '../route.ts';

const callerOf = ({ identity, requestId, request }: AuthenticatedCall): Caller => {
  return { identity, requestId, sourceIp: request.sourceIp };
};

const idOf = ({ params }: AuthenticatedCall): string => params['id'] ?? '';

export const keyRoutes = [
  managementRoute({
    method: 'POST',
    path: '/v1/keys',
    summary: 'Create a key; the answer is the only place where its plaintext ever stands',
    access: 'self',
    query: null,
    body: CreateKey,
    response: { status: 201, schema: Key, streams: false },
    errors: [
      'insufficient_scope',
      'forbidden',
      'mfa_required',
      'not_available_yet',
      'key_limit',
      'key_update_in_progress',
      'auth_unavailable',
      'budget_unavailable',
      'root_secret_mismatch',
    ],
    handle: async (call) => json(201, await (await call.context.keys()).create(callerOf(call), call.body)),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/keys',
    summary: 'List keys, newest first',
    access: 'self',
    query: ListKeysQuery,
    body: null,
    response: { status: 200, schema: KeyList, streams: false },
    errors: [
      'insufficient_scope',
      'forbidden',
      'mfa_required',
      'not_available_yet',
      'auth_unavailable',
      'budget_unavailable',
    ],
    handle: async (call) => json(200, await (await call.context.keys()).list(callerOf(call), call.query)),
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/keys/:id',
    summary: 'Show a key',
    access: 'self',
    query: null,
    body: null,
    response: { status: 200, schema: Key, streams: false },
    errors: ['insufficient_scope', 'not_found', 'auth_unavailable', 'budget_unavailable'],
    handle: async (call) => json(200, await (await call.context.keys()).show(callerOf(call), idOf(call))),
  }),
  managementRoute({
    method: 'DELETE',
    path: '/v1/keys/:id',
    summary: 'Revoke a key: refused on its next call that spends',
    access: 'self',
    query: null,
    body: null,
    response: { status: 200, schema: Key, streams: false },
    errors: ['insufficient_scope', 'not_found', 'key_update_in_progress', 'auth_unavailable', 'budget_unavailable'],
    handle: async (call) => json(200, await (await call.context.keys()).revoke(callerOf(call), idOf(call))),
  }),
];
