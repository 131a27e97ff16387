import type { ModelCall } from '../call.ts';
import { isJsonObject, memberOf } from '../json.ts';
import { documentRules } from './documents.ts';
import { once, type Rule } from './rule.ts';
import { toolTurnRules } from './tool-turns.ts';

// What Converse itself refuses before a model sees the request. Members are counted from 0 here. Texts: seen in reports
// of users and in recorded answers, a few from memory.

const blockKeys =
  'text, image, toolUse, toolResult, document, video, cachePoint, reasoningContent, citationsContent, searchResult';
/** Fields that Converse fills in itself, by the words of the model's own API. */
function conflictingKeys({ body }: ModelCall): readonly string[] {
  const { additionalModelRequestFields: additional, system, inferenceConfig, toolConfig } = body;
  if (!isJsonObject(additional)) return [];
  const filled = ['messages'];
  if (system && system.length > 0) filled.push('system');
  if (inferenceConfig?.maxTokens) filled.push('max_tokens');
  if (toolConfig) filled.push('tools');
  if (toolConfig?.toolChoice && memberOf(additional['tool_choice'], 'type') !== undefined) filled.push('tool_choice');
  return filled.filter((key) => key in additional);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

const messageRules: readonly Rule<ModelCall>[] = [
  {
    id: 'conv-start-user',
    when: 'there is no message, or the first one is the assistant’s',
    template:
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    find: ({ body: { messages } }) => once(!messages?.[0] || messages[0].role === 'assistant'),
  },
  {
    id: 'conv-content-empty',
    when: 'the content of a message is an empty list',
    template:
      'The content field in the Message object at messages.{i} is empty. Add a ContentBlock object to the content field and try again.',
    find: ({ body }) => (body.messages ?? []).flatMap(({ content }, i) => (content?.length === 0 ? [{ i }] : [])),
  },
  {
    id: 'conv-text-blank',
    when: 'a text is empty',
    template:
      'The text field in the ContentBlock object at messages.{i}.content.{j} is blank. Add text to the text field, and try again.',
    find: ({ blocks }) => blocks.flatMap(({ i, j, block }) => (block.text === '' ? [{ i, j }] : [])),
  },
  {
    id: 'conv-text-whitespace',
    when: 'a text has only whitespace (Claude refuses it in words of its own)',
    template:
      'The text field in the ContentBlock object at messages.{i}.content.{j} is blank. Add text to the text field, and try again.',
    find: ({ blocks, model }) =>
      model.maker === 'anthropic'
        ? []
        : blocks.flatMap(({ i, j, block }) => (block.text && block.text.trim() === '' ? [{ i, j }] : [])),
  },
  {
    id: 'conv-union-multiple',
    when: 'a content block has more than one kind',
    template: `ContentBlock object at messages.{i}.content.{j} can only set one of the following keys: ${blockKeys}.`,
    find: ({ blocks }) =>
      blocks.flatMap(({ i, j, block }) => (Object.values(block).filter(isSet).length > 1 ? [{ i, j }] : [])),
  },
  {
    id: 'conv-union-none',
    when: 'a content block has no known kind',
    template: `ContentBlock object at messages.{i}.content.{j} must set one of the following keys: ${blockKeys}.`,
    find: ({ blocks }) => blocks.flatMap(({ i, j, block }) => (Object.values(block).some(isSet) ? [] : [{ i, j }])),
  },
  {
    id: 'conv-cachepoint-after-reasoning',
    when: 'a cache point directly follows reasoning',
    template:
      'Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.',
    find: ({ body }) =>
      once(
        (body.messages ?? []).some(({ content }) =>
          content?.some((block, j) => block.cachePoint && content[j - 1]?.reasoningContent),
        ),
      ),
  },
  {
    id: 'conv-cachepoint-no-content',
    when: 'a cache point is the first block of a message',
    template:
      'Cache point cannot be inserted without preceding content. Please remove the invalid cache point and try again.',
    find: ({ blocks }) => once(blocks.some(({ j, block }) => j === 0 && block.cachePoint)),
  },
];

const configurationRules: readonly Rule<ModelCall>[] = [
  {
    id: 'conv-max-tokens-limit',
    when: 'maxTokens is above what the model can write',
    template:
      'The maximum tokens you requested exceeds the model limit of {limit}. Try again with a maximum tokens value that is lower than {limit}.',
    find: ({ body, model: { maxOutputTokens: limit } }) =>
      limit !== undefined && (body.inferenceConfig?.maxTokens ?? 0) > limit ? [{ limit }] : [],
  },
  {
    id: 'conv-additional-field-conflict',
    when: 'additionalModelRequestFields has what Converse fills in itself',
    template: 'The additional field {key} conflicts with an existing field.',
    find: (call) => conflictingKeys(call).map((key) => ({ key })),
  },
];

export const converseRules: readonly Rule<ModelCall>[] = [
  ...messageRules,
  ...toolTurnRules,
  ...documentRules,
  ...configurationRules,
];
