import type { ContentBlock } from '../body.ts';
import type { ModelCall } from '../call.ts';
import { once, type Rule } from './rule.ts';

// What a model cannot do, by the capabilities of the catalogue where it has a flag, else by its maker.

const noSignatureMakers = ['openai', 'qwen', 'deepseek', 'zai'];
const noStatusMakers = ['writer', 'mistral', 'meta', 'cohere'];
const noToolResultImageMakers = ['openai', 'mistral', 'qwen', 'moonshot', 'moonshotai', 'xai', 'google'];
const noReasoningInputMakers = ['deepseek', 'amazon'];
const strictTurnMakers = ['meta', 'mistral'];

function some(call: ModelCall, test: (block: ContentBlock) => unknown): boolean {
  return call.blocks.some(({ block }) => Boolean(test(block)));
}

/** A field the model does not have, in the service's usual words. */
function unsupportedField(id: string, field: string, isBroken: (call: ModelCall) => boolean): Rule<ModelCall> {
  return {
    id,
    when: `${field} is sent to a model that does not take it`,
    template: `This model doesn't support the ${field} field. Remove ${field} and try again.`,
    find: (call) => once(isBroken(call)),
  };
}

/** A kind of content the model does not read, in the service's usual words. */
function unsupportedBlock(
  kind: 'image' | 'document' | 'video',
  isBroken: (call: ModelCall) => boolean,
): Rule<ModelCall> {
  return {
    id: `cap-${kind}`,
    when: `a ${kind} is sent to a model that reads none`,
    template: `This model doesn't support the ${kind} content block that you provided. Update the content block and try again.`,
    find: (call) => once(isBroken(call)),
  };
}

function hasCachePoint({ body, blocks }: ModelCall): boolean {
  return (
    blocks.some(({ block }) => block.cachePoint) ||
    (body.system ?? []).some(({ cachePoint }) => cachePoint) ||
    (body.toolConfig?.tools ?? []).some(({ cachePoint }) => cachePoint)
  );
}

/** Messages of one turn: neighbours of the same role joined, with the index of the first. */
function turns({
  body,
}: ModelCall): readonly { i: number; role: string | null | undefined; content: ContentBlock[] }[] {
  const joined: { i: number; role: string | null | undefined; content: ContentBlock[] }[] = [];
  for (const [i, { role, content }] of (body.messages ?? []).entries()) {
    const last = joined.at(-1);
    if (last && last.role === role) last.content.push(...(content ?? []));
    else joined.push({ i, role, content: [...(content ?? [])] });
  }
  return joined;
}

const featureRules: readonly Rule<ModelCall>[] = [
  {
    id: 'cap-system',
    when: 'a system prompt is sent to a model without one',
    template:
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    find: ({ body, model }) => once(!model.capabilities.system && (body.system ?? []).length > 0),
  },
  {
    id: 'cap-tools',
    when: 'toolConfig is sent to a model without tool use',
    template: "This model doesn't support tool use.",
    find: ({ body, model }) => once(!model.capabilities.tools && Boolean(body.toolConfig)),
  },
  {
    id: 'cap-tools-streaming',
    when: 'toolConfig is streamed on a model that has tools on Converse only',
    template: "This model doesn't support tool use in streaming mode.",
    find: ({ operation, body, model }) =>
      once(operation === 'ConverseStream' && !model.capabilities.streamingTools && Boolean(body.toolConfig)),
  },
  unsupportedField(
    'cap-toolchoice-any',
    'toolConfig.toolChoice.any',
    ({ body, model }) => !model.capabilities.toolChoice && Boolean(body.toolConfig?.toolChoice?.any),
  ),
  unsupportedField(
    'cap-toolchoice-tool',
    'toolConfig.toolChoice.tool',
    ({ body, model }) => !model.capabilities.toolChoice && Boolean(body.toolConfig?.toolChoice?.tool),
  ),
  unsupportedField(
    'cap-stopsequences',
    'stopSequences',
    ({ body, model }) => !model.capabilities.stopSequences && Boolean(body.inferenceConfig?.stopSequences),
  ),
  // Claude refuses sampling in words of its own; for other makers this wording is inferred from its neighbours.
  unsupportedField(
    'cap-temperature',
    'temperature',
    ({ body, model }) =>
      model.maker !== 'anthropic' &&
      model.capabilities.sampling === 'none' &&
      typeof body.inferenceConfig?.temperature === 'number',
  ),
  unsupportedField(
    'cap-topp',
    'topP',
    ({ body, model }) =>
      model.maker !== 'anthropic' &&
      model.capabilities.sampling === 'none' &&
      typeof body.inferenceConfig?.topP === 'number',
  ),
  {
    id: 'cap-cachepoint-unsupported',
    when: 'a cache point is sent to a model without prompt caching',
    template: 'You invoked an unsupported model or your request did not allow prompt caching.',
    status: 403,
    type: 'AccessDeniedException',
    find: (call) => once(!call.model.capabilities.promptCaching && hasCachePoint(call)),
  },
];

const contentRules: readonly Rule<ModelCall>[] = [
  unsupportedBlock('image', (call) => !call.model.capabilities.vision && some(call, ({ image }) => image)),
  unsupportedBlock('document', (call) => !call.model.capabilities.documents && some(call, ({ document }) => document)),
  unsupportedBlock(
    'video',
    (call) =>
      (call.model.maker === 'anthropic' || !call.model.capabilities.vision) &&
      some(call, ({ video, toolResult }) => video || toolResult?.content?.some((part) => part.video)),
  ),
  {
    id: 'cap-toolresult-image',
    when: 'an image inside a tool result is sent to a model that reads none there',
    template: "This model doesn't support the image field for user messages. Remove image and try again.",
    find: (call) =>
      once(
        (noToolResultImageMakers.includes(call.model.maker) || !call.model.capabilities.vision) &&
          some(call, ({ toolResult }) => toolResult?.content?.some(({ image }) => image)),
      ),
  },
  unsupportedField(
    'cap-toolresult-status',
    'status',
    (call) => noStatusMakers.includes(call.model.maker) && some(call, ({ toolResult }) => toolResult?.status),
  ),
  unsupportedField(
    'cap-s3-location',
    's3Uri',
    (call) =>
      call.model.maker !== 'amazon' &&
      some(call, ({ image, video }) => image?.source?.s3Location ?? video?.source?.s3Location),
  ),
  unsupportedField(
    'cap-reasoning-signature',
    'reasoningContent.reasoningText.signature',
    (call) =>
      noSignatureMakers.includes(call.model.maker) &&
      some(call, ({ reasoningContent }) => reasoningContent?.reasoningText?.signature),
  ),
  {
    id: 'cap-reasoning-in-request',
    when: 'reasoning is sent back to a model that does not take it (the text says user messages all the same)',
    template: 'User messages cannot contain reasoning content. Please remove the reasoning content and try again.',
    find: (call) =>
      once(noReasoningInputMakers.includes(call.model.maker) && some(call, ({ reasoningContent }) => reasoningContent)),
  },
  {
    id: 'cap-citations',
    when: 'citations are asked of a model without them',
    template: "This model doesn't support citations.",
    find: (call) =>
      once(call.model.maker !== 'anthropic' && some(call, ({ document }) => document?.citations?.enabled)),
  },
  {
    id: 'mix-text-toolresult',
    when: 'a user turn has a tool result beside something else (Llama, Mistral)',
    template: 'messages.{i}.content: Conversation blocks and tool result blocks cannot be provided in the same turn.',
    find: (call) =>
      strictTurnMakers.includes(call.model.maker)
        ? turns(call).flatMap(({ i, content }) => {
            const results = content.filter(({ toolResult }) => toolResult).length;
            return results > 0 && results < content.length ? [{ i }] : [];
          })
        : [],
  },
  {
    id: 'mix-text-tooluse',
    when: 'an assistant message has a tool call beside something else (Llama, Mistral)',
    template: 'messages.{i}.content: Conversation blocks and tool use blocks cannot be provided in the same turn.',
    find: ({ body, model }) =>
      strictTurnMakers.includes(model.maker)
        ? (body.messages ?? []).flatMap(({ content }, i) => {
            const uses = (content ?? []).filter(({ toolUse }) => toolUse).length;
            return uses > 0 && uses < (content ?? []).length ? [{ i }] : [];
          })
        : [],
  },
];

export const capabilityRules: readonly Rule<ModelCall>[] = [...featureRules, ...contentRules];
