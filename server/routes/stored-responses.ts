import type * as z from 'zod/mini';
import { ResponseObject } from '../../shared/openai/responses-answer.ts';
import {
  DeletedResponse,
  InputItemList,
  InputItemsQuery,
  StoredResponseQuery,
} from '../../shared/openai/stored-responses.ts';
import { DroppedFields, shortened } from '../dialects/dropped-fields.ts';
import { listInputItems, withoutSealed } from '../dialects/openai-responses/input-items.ts';
import {
  responseNotFound,
  type StoredResponse,
  StoredResponses,
} from '../dialects/openai-responses/stored-responses.ts';
import type { ErrorCode } from '../error-codes.ts';
import { invalidRequest } from '../errors.ts';
import { type AuthenticatedCall, json, managementRoute } from '../route.ts';

const errors: readonly ErrorCode[] = [
  'insufficient_scope',
  'not_found',
  'auth_unavailable',
  'storage_unavailable',
  'root_secret_mismatch',
];
const path = '/v1/responses/:id';

const idOf = ({ params }: AuthenticatedCall): string => params['id'] ?? '';

function storedOf({ context, identity }: AuthenticatedCall): StoredResponses {
  return new StoredResponses(context.stored, identity.person.username);
}

async function find(call: AuthenticatedCall): Promise<StoredResponse> {
  const found = await storedOf(call).find(idOf(call));
  if (!found) throw responseNotFound(idOf(call));
  return found;
}

/** Whether sealed thoughts are wanted; what else is asked for is in no answer of ours, and is reported. */
function readInclude(include: z.infer<typeof StoredResponseQuery>['include']) {
  const names = typeof include === 'string' ? [include] : (include ?? []);
  const dropped = new DroppedFields();
  const encrypted = 'reasoning.encrypted_content';
  for (const name of names) if (name !== encrypted) dropped.add(`include.${shortened(name)}`);
  const list = dropped.shortList();
  const headers: Record<string, string> = list.length === 0 ? {} : { 'x-pennyworth-dropped': list.join(',') };
  return { withSealed: names.includes(encrypted), headers };
}

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
    handle: async (call) => {
      const { withSealed, headers } = readInclude(call.query.include);
      const { response } = await find(call);
      const output = withSealed ? response.output : response.output.map(withoutSealed);
      return json(200, { ...response, output }, headers);
    },
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
    handle: async (call) => {
      const id = idOf(call);
      if (!(await storedOf(call).delete(id))) throw responseNotFound(id);
      return json(200, { id, object: 'response.deleted', deleted: true } satisfies DeletedResponse);
    },
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
    handle: async (call) => {
      const { withSealed, headers } = readInclude(call.query.include);
      const { input } = await find(call);
      return json(200, listInputItems(withSealed ? input : input.map(withoutSealed), call.query), headers);
    },
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
    handle: async (call) => {
      await find(call);
      throw invalidRequest('Cannot cancel a synchronous response: it has ended. Leave the call out.');
    },
  }),
];
