import { ResponseObject } from '../../shared/openai/responses-answer.ts';
import {
  DeletedResponse,
  InputItemList,
  InputItemsQuery,
  StoredResponseQuery,
} from '../../shared/openai/stored-responses.ts';
import type { ErrorCode } from '../error-codes.ts';
import { managementRoute } from '../route.ts';

const errors: readonly ErrorCode[] = [
  'insufficient_scope',
  'not_found',
  'auth_unavailable',
  'storage_unavailable',
  'root_secret_mismatch',
];
const path = '/v1/responses/:id';

export const storedResponseRoutes = [
  managementRoute({
    method: 'GET',
    path,
    summary: 'A stored response of the caller’s',
    access: 'inference',
    query: StoredResponseQuery,
    body: null,
    response: { status: 200, schema: ResponseObject, streams: false },
    errors,
    handle: async (call) => (await import('./run-stored-responses.ts')).getStored(call),
  }),
  managementRoute({
    method: 'DELETE',
    path,
    summary: 'Delete a stored response; those that went on from it keep what they took over',
    access: 'inference',
    query: null,
    body: null,
    response: { status: 200, schema: DeletedResponse, streams: false },
    errors,
    handle: async (call) => (await import('./run-stored-responses.ts')).deleteStored(call),
  }),
  managementRoute({
    method: 'GET',
    path: `${path}/input_items`,
    summary: 'The items a stored response was made from',
    access: 'inference',
    query: InputItemsQuery,
    body: null,
    response: { status: 200, schema: InputItemList, streams: false },
    errors,
    handle: async (call) => (await import('./run-stored-responses.ts')).listStoredInput(call),
  }),
  managementRoute({
    method: 'POST',
    path: `${path}/cancel`,
    summary: 'Refused: no response runs in the background',
    access: 'inference',
    query: null,
    body: null,
    response: { status: 200, schema: ResponseObject, streams: false },
    errors: [...errors, 'invalid_request'],
    handle: async (call) => (await import('./run-stored-responses.ts')).cancelStored(call),
  }),
];
