import type { ContentBlock } from '../body.ts';
import type { ModelCall } from '../call.ts';
import { once, type Rule } from './rule.ts';

// What a model cannot do. Where AWS or reports of its refusals name the models, these lists decide, not the catalogue's flags:
// the translator goes by the flags, and a flag that is wrong must not be wrong on both sides. catalogue-flags.test.ts
// holds lists and flags against each other. Everything else goes by the flags.

/** By what is refused: the models that refuse it, as their ids begin, or all but those that are known to take it. */
const refusing = {
  signature: /^(openai|qwen|deepseek|zai)\./,
  reasoning: /^(deepseek|amazon)\./,
  mixedTurns: /^(meta|mistral)\./,
  toolResultStatus: /^(?!anthropic\.claude-(?!instant|v\d)|amazon\.nova-)/,
  toolResultImage: /^(?!anthropic\.claude-(?!instant|v\d)|amazon\.nova-|meta\.llama4-)/,
} as const satisfies Readonly<Record<string, RegExp>>;

/** Whether the model was seen to refuse, or is not said to take, what `what` names. */
export function refuses(what: keyof typeof refusing, { id }: ModelCall['model']): boolean {
  return refusing[what].test(id);
}

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
  kind: 'image' | 'document' | 'video' | 'audio',
  isBroken: (call: ModelCall) => boolean,
): Rule<ModelCall> {
  return {
    id: `cap-${kind}`,
    when: `a ${kind} is sent to a model that reads none`,
    template: `This model doesn't support the ${kind} content block that you provided. Update the content block and try again.`,
    find: (call) => once(isBroken(call)),
  };
}

type CachePoint = NonNullable<ContentBlock['cachePoint']>;

function cachePointsOf({ body, blocks }: ModelCall): readonly CachePoint[] {
  const holders = [...(body.toolConfig?.tools ?? []), ...(body.system ?? []), ...blocks.map(({ block }) => block)];
  return holders.flatMap(({ cachePoint }) => cachePoint ?? []);
}

/** Messages of one turn: neighbours of the same role joined, with the index of the first. */
function turns({
  body,
}: ModelCall): readonly { i: number; role: string | null | undefined; content: ContentBlock[] }[] {
  const joined: { i: number; role: string | null | undefined; content: ContentBlock[] }[] = [];
  for (const [i, { role, content }] of (body.messages ?? []).entries()) {
    const last = joined.at(-1);
    if (last && last.role === role) for (const block of content ?? []) last.content.push(block);
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
    ({ body, model }) => model.capabilities.toolChoice === 'none' && Boolean(body.toolConfig?.toolChoice?.any),
  ),
  unsupportedField(
    'cap-toolchoice-tool',
    'toolConfig.toolChoice.tool',
    ({ body, model }) => model.capabilities.toolChoice !== 'tool' && Boolean(body.toolConfig?.toolChoice?.tool),
  ),
  unsupportedField(
    'cap-stopsequences',
    'stopSequences',
    // Mistral Large of July 2024 refuses them streamed only, in words of its own.
    ({ body, model }) =>
      !model.capabilities.stopSequences && model.maker !== 'mistral' && Boolean(body.inferenceConfig?.stopSequences),
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
    find: (call) => once(call.model.capabilities.promptCaching === null && cachePointsOf(call).length > 0),
  },
  {
    id: 'cap-cachepoint-ttl',
    when: 'a cache point of 1h is sent to a model of another maker than Anthropic',
    template: 'Extended TTL prompt caching is only supported for Anthropic models',
    find: (call) => once(call.model.maker !== 'anthropic' && cachePointsOf(call).some(({ ttl }) => ttl === '1h')),
  },
  // Claude refuses it in words of its own; for other makers this wording is inferred from its neighbours.
  unsupportedField(
    'cap-output-format',
    'outputConfig.textFormat',
    ({ body, model }) =>
      model.maker !== 'anthropic' &&
      !model.capabilities.nativeStructuredOutput &&
      Boolean(body.outputConfig?.textFormat),
  ),
];

const contentRules: readonly Rule<ModelCall>[] = [
  unsupportedBlock('image', (call) => !call.model.capabilities.vision && some(call, ({ image }) => image)),
  unsupportedBlock('document', (call) => !call.model.capabilities.documents && some(call, ({ document }) => document)),
  unsupportedBlock(
    'video',
    (call) =>
      !call.model.capabilities.video &&
      some(call, ({ video, toolResult }) => video || toolResult?.content?.some((part) => part.video)),
  ),
  unsupportedBlock('audio', (call) => !call.model.capabilities.audio && some(call, ({ audio }) => audio)),
  {
    id: 'cap-toolresult-image',
    when: 'an image inside a tool result is sent to a model that reads none there',
    template: "This model doesn't support the image field for user messages. Remove image and try again.",
    find: (call) =>
      once(
        (refuses('toolResultImage', call.model) || !call.model.capabilities.vision) &&
          some(call, ({ toolResult }) => toolResult?.content?.some(({ image }) => image)),
      ),
  },
  unsupportedField(
    'cap-toolresult-status',
    'status',
    (call) => refuses('toolResultStatus', call.model) && some(call, ({ toolResult }) => toolResult?.status),
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
      refuses('signature', call.model) &&
      some(call, ({ reasoningContent }) => reasoningContent?.reasoningText?.signature),
  ),
  // Only Claude takes it back; the wording is inferred from its neighbour.
  unsupportedField(
    'cap-reasoning-redacted',
    'reasoningContent.redactedContent',
    (call) =>
      call.model.maker !== 'anthropic' &&
      !refuses('reasoning', call.model) &&
      some(call, ({ reasoningContent }) => reasoningContent?.redactedContent),
  ),
  {
    id: 'cap-reasoning-in-request',
    when: 'reasoning is sent back to a model that does not take it (the text says user messages all the same)',
    template: 'User messages cannot contain reasoning content. Please remove the reasoning content and try again.',
    find: (call) => once(refuses('reasoning', call.model) && some(call, ({ reasoningContent }) => reasoningContent)),
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
      refuses('mixedTurns', call.model)
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
    find: (call) =>
      refuses('mixedTurns', call.model)
        ? (call.body.messages ?? []).flatMap(({ content }, i) => {
            const uses = (content ?? []).filter(({ toolUse }) => toolUse).length;
            return uses > 0 && uses < (content ?? []).length ? [{ i }] : [];
          })
        : [],
  },
];

export const capabilityRules: readonly Rule<ModelCall>[] = [...featureRules, ...contentRules];
