import type { InputItemList, InputItemsQuery } from '../../../shared/openai/stored-responses.ts';
import type { JsonObject } from '../json-object.ts';
import { wrong } from '../reading.ts';
import { outputText } from './output-items.ts';

/** An item as it is told to who did not ask for sealed thoughts. */
export function withoutSealed(item: JsonObject): JsonObject {
  if (item['type'] !== 'reasoning') return item;
  const { encrypted_content: _, ...rest } = item;
  return rest;
}

/** One page of the items of a stored response, in OpenAI's shape. @throws GatewayError 400 for an unknown `after` */
export function listInputItems(
  items: readonly JsonObject[],
  { limit, order, after }: Pick<InputItemsQuery, 'limit' | 'order' | 'after'>,
): InputItemList {
  const sorted = order === 'asc' ? items : items.toReversed();
  const last = after === undefined ? -1 : sorted.findIndex(({ id }) => id === after);
  if (after !== undefined && last < 0) throw wrong('after', 'is no item of this response; send the last_id of a page');
  const data = sorted.slice(last + 1, last + 1 + limit).map(listed);
  return {
    object: 'list',
    data,
    has_more: last + 1 + limit < sorted.length,
    first_id: data[0]?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
  };
}

/** OpenAI's resource of an item: with a status, and a message's content as a list of parts. */
function listed(item: JsonObject): InputItemList['data'][number] {
  const { content, role } = item;
  const parts =
    typeof content === 'string'
      ? { content: [role === 'assistant' ? outputText(content) : { type: 'input_text', text: content }] }
      : {};
  return { status: 'completed', ...item, ...parts, id: String(item['id']), type: String(item['type']) };
}
