import type { ContentBlock } from '../body.ts';
import type { ModelCall } from '../call.ts';
import { isJsonObject } from '../json.ts';
import { once, type Rule, type Values } from './rule.ts';

// What Converse demands of tool definitions, calls and results. Neighbours of one role are not joined before these.

function idsOf(content: readonly ContentBlock[] | null | undefined, kind: 'toolUse' | 'toolResult'): readonly string[] {
  return (content ?? []).flatMap((block) => {
    const id = block[kind]?.toolUseId;
    return id ? [id] : [];
  });
}

function duplicates(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
}

function holdsTypeKey(value: unknown, nested = false): boolean {
  if (Array.isArray(value)) return value.some((element) => holdsTypeKey(element, true));
  if (!isJsonObject(value)) return false;
  if (nested && '__type' in value) return true;
  return Object.values(value).some((element) => holdsTypeKey(element, true));
}

/** The places of the `json` contents of tool results for which `isBad` holds. */
function inResultJson({ blocks }: ModelCall, isBad: (json: unknown) => boolean): readonly Values[] {
  return blocks.flatMap(({ i, j, block }) =>
    (block.toolResult?.content ?? []).flatMap((part, k) => ('json' in part && isBad(part.json) ? [{ i, j, k }] : [])),
  );
}

/** The places of the tools for whose schema `isBad` holds. */
function inSchemas({ body }: ModelCall, isBad: (schema: unknown) => boolean): readonly Values[] {
  return (body.toolConfig?.tools ?? []).flatMap(({ toolSpec }, i) =>
    toolSpec && isBad(toolSpec.inputSchema?.json) ? [{ i }] : [],
  );
}

const invalidJson = 'is invalid. Provide a json object for the field and try again.';

export const toolTurnRules: readonly Rule<ModelCall>[] = [
  {
    id: 'conv-toolconfig-required',
    when: 'a tool call or result without toolConfig (which need not list the tools of the history)',
    template: 'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    find: ({ body, blocks }) => once(!body.toolConfig && blocks.some(({ block }) => block.toolUse || block.toolResult)),
  },
  {
    id: 'conv-toolresult-missing',
    when: 'the message after tool calls lacks the result of one of them',
    template: 'Expected toolResult blocks at messages.{next}.content for the following Ids: {ids}',
    find: ({ body: { messages } }) =>
      (messages ?? []).flatMap(({ content }, i) => {
        const answered = idsOf(messages?.[i + 1]?.content, 'toolResult');
        const open = idsOf(content, 'toolUse').filter((id) => !answered.includes(id));
        return open.length > 0 ? [{ next: i + 1, ids: open.join(', ') }] : [];
      }),
  },
  {
    id: 'conv-toolresult-extra',
    when: 'a message has more tool results than the one before has tool calls',
    template:
      'The number of toolResult blocks at messages.{i}.content exceeds the number of toolUse blocks of previous turn.',
    find: ({ body: { messages } }) =>
      (messages ?? []).flatMap(({ content }, i) =>
        idsOf(content, 'toolResult').length > idsOf(messages?.[i - 1]?.content, 'toolUse').length ? [{ i }] : [],
      ),
  },
  {
    id: 'conv-tooluse-duplicate-id',
    when: 'two tool calls, or two results, of one message share an id',
    template: 'The toolUse blocks at messages.{i}.content contain duplicate Ids: {ids}',
    find: ({ body: { messages } }) =>
      (messages ?? []).flatMap(({ content }, i) => {
        const ids = [...duplicates(idsOf(content, 'toolUse')), ...duplicates(idsOf(content, 'toolResult'))];
        return ids.length > 0 ? [{ i, ids: ids.join(', ') }] : [];
      }),
  },
  {
    id: 'conv-tooluse-input-object',
    when: 'the input of a tool call is not an object',
    template: `The format of the value at messages.{i}.content.{j}.toolUse.input ${invalidJson}`,
    find: ({ blocks }) =>
      blocks.flatMap(({ i, j, block: { toolUse } }) => (toolUse && !isJsonObject(toolUse.input) ? [{ i, j }] : [])),
  },
  {
    id: 'conv-toolresult-json-object',
    when: 'the json of a tool result is not an object',
    template: `The format of the value at messages.{i}.content.{j}.toolResult.content.{k}.json ${invalidJson}`,
    find: (call) => inResultJson(call, (json) => !isJsonObject(json)),
  },
  {
    id: 'conv-toolresult-json-type-key',
    when: 'the json of a tool result has a key __type below its top',
    template: `The format of the value at messages.{i}.content.{j}.toolResult.content.{k}.json ${invalidJson}`,
    find: (call) => inResultJson(call, (json) => holdsTypeKey(json)),
  },
  {
    id: 'conv-inputschema-object',
    when: "a tool's schema is not an object",
    template: `The format of the value at toolConfig.tools.{i}.toolSpec.inputSchema.json ${invalidJson}`,
    find: (call) => inSchemas(call, (schema) => !isJsonObject(schema)),
  },
  {
    id: 'conv-inputschema-type',
    when: "the root type of a tool's schema is not object",
    template: 'The value at toolConfig.tools.{i}.toolSpec.inputSchema.json.type must be one of the following: object.',
    find: (call) => inSchemas(call, (schema) => isJsonObject(schema) && schema['type'] !== 'object'),
  },
];
