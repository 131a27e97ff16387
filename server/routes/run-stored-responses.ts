import type * as z from 'zod/mini';
import type { DeletedResponse, InputItemsQuery, StoredResponseQuery } from '../../shared/openai/stored-responses.ts';
import { DroppedFields, shortened } from '../dialects/dropped-fields.ts';
import { listInputItems, withoutSealed } from '../dialects/openai-responses/input-items.ts';
import {
  responseNotFound,
  type StoredResponse,
  StoredResponses,
} from '../dialects/openai-responses/stored-responses.ts';
import { invalidRequest } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { type AuthenticatedCall, json } from '../route.ts';

const idOf = ({ params }: AuthenticatedCall): string => params['id'] ?? '';

async function storedOf({ context, identity }: AuthenticatedCall): Promise<StoredResponses> {
  return new StoredResponses(await context.stored(), identity.person.username);
}

async function find(call: AuthenticatedCall): Promise<StoredResponse> {
  const found = await (await storedOf(call)).find(idOf(call));
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

export async function getStored(
  call: AuthenticatedCall & { readonly query: z.infer<typeof StoredResponseQuery> },
): Promise<HttpResponse> {
  const { withSealed, headers } = readInclude(call.query.include);
  const { response } = await find(call);
  const output = withSealed ? response.output : response.output.map(withoutSealed);
  return json(200, { ...response, output }, headers);
}

export async function deleteStored(call: AuthenticatedCall): Promise<HttpResponse> {
  const id = idOf(call);
  if (!(await (await storedOf(call)).delete(id))) throw responseNotFound(id);
  return json(200, { id, object: 'response.deleted', deleted: true } satisfies DeletedResponse);
}

export async function listStoredInput(
  call: AuthenticatedCall & { readonly query: z.infer<typeof InputItemsQuery> },
): Promise<HttpResponse> {
  const { withSealed, headers } = readInclude(call.query.include);
  const { input } = await find(call);
  return json(200, listInputItems(withSealed ? input : input.map(withoutSealed), call.query), headers);
}

export async function cancelStored(call: AuthenticatedCall): Promise<never> {
  await find(call);
  throw invalidRequest('Cannot cancel a synchronous response: it has ended. Leave the call out.');
}
