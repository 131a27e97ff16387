import * as fc from 'fast-check';
import { test } from 'vitest';
import * as z from 'zod/mini';
import { parseCatalogueFile } from '../../catalogue/file.ts';
import catalogueFile from '../../catalogue/models.json' with { type: 'json' };
import { decodeMessagesRequest } from '../../dialects/anthropic-messages/decode-request.ts';
import { decodeChatRequest } from '../../dialects/openai-chat/decode-request.ts';
import { decodeResponsesRequest } from '../../dialects/openai-responses/decode-request.ts';
import { createReasoningSeal } from '../../dialects/openai-responses/sealed-reasoning.ts';
import { signReasoning } from '../../local/bedrock/reasoning.ts';
import type { ModelRequest } from '../../model/request.ts';
import { encodeConverseRequest } from './request.ts';
import { callWith } from './test-calls.ts';
import { chatRequests } from './test-conversations.ts';

// One conversation, told in the words of three protocols, is one request to Bedrock.

const { models } = parseCatalogueFile(catalogueFile);
const seal = createReasoningSeal(Buffer.alloc(32, 7), { owner: 'ada', model: 'any' });

const Content = z.nullish(z.union([z.string(), z.array(z.object({ type: z.string(), text: z.string() }))]));
const Chat = z.object({
  messages: z.array(
    z.object({
      role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
      content: Content,
      tool_call_id: z.optional(z.string()),
      tool_calls: z.optional(
        z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) })),
      ),
    }),
  ),
  tools: z.optional(
    z.array(
      z.object({
        function: z.object({
          name: z.string(),
          description: z.nullish(z.string()),
          parameters: z.nullish(z.record(z.string(), z.unknown())),
        }),
      }),
    ),
  ),
});
type Chat = z.infer<typeof Chat>;
type ChatMessage = Chat['messages'][number];
/** What was thought before every assistant message with calls; undefined: nothing. */
type Thought = string | undefined;

const settings = { model: 'm', thinking: { type: 'enabled', budget_tokens: 1_024 } } as const;
const partsOf = (content: ChatMessage['content']) =>
  typeof content === 'string' ? (content === '' ? [] : [{ type: 'text', text: content }]) : (content ?? []);

function inChat({ messages, tools }: Chat, thought: Thought) {
  const thoughts =
    thought === undefined
      ? []
      : [{ type: 'reasoning.text', index: 0, text: thought, signature: signReasoning(thought) }];
  return {
    ...settings,
    max_tokens: 4_000,
    messages: messages.map((message) => (message.tool_calls ? { ...message, reasoning_details: thoughts } : message)),
    tools: tools?.map((tool) => ({ type: 'function', ...tool })),
  };
}

function inMessages({ messages, tools }: Chat, thought: Thought) {
  const thoughts =
    thought === undefined ? [] : [{ type: 'thinking', thinking: thought, signature: signReasoning(thought) }];
  const toMessage = ({ role, content, tool_call_id: id, tool_calls: calls }: ChatMessage) => {
    if (role === 'tool') return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] };
    if (role === 'developer') return { role: 'system', content };
    if (role !== 'assistant') return { role, content };
    const uses = (calls ?? []).map(({ id: callId, function: { name, arguments: json } }) => {
      return { type: 'tool_use', id: callId, name, input: JSON.parse(json || '{}') };
    });
    return { role, content: [...(calls ? thoughts : []), ...partsOf(content), ...uses] };
  };
  return {
    ...settings,
    max_tokens: 4_000,
    messages: messages.map(toMessage),
    tools: tools?.map(({ function: { name, description, parameters } }) => {
      return { name, description, input_schema: parameters ?? { type: 'object', properties: {} } };
    }),
  };
}

function inResponses({ messages, tools }: Chat, thought: Thought) {
  const thoughts =
    thought === undefined
      ? []
      : [
          {
            type: 'reasoning',
            summary: [],
            encrypted_content: seal.seal({ text: thought, signature: signReasoning(thought) }),
          },
        ];
  const toItems = ({ role, content, tool_call_id: id, tool_calls: calls }: ChatMessage): object[] => {
    if (role === 'tool') return [{ type: 'function_call_output', call_id: id, output: content }];
    const message = { role, content: typeof content === 'string' ? content : partsOf(content) };
    if (!calls) return [message];
    const items = calls.map(({ id: callId, function: named }) => ({
      type: 'function_call',
      call_id: callId,
      ...named,
    }));
    return [...thoughts, ...(partsOf(content).length === 0 ? [] : [message]), ...items];
  };
  return {
    model: 'm',
    reasoning: { max_tokens: 1_024 },
    max_output_tokens: 4_000,
    input: messages.flatMap(toItems),
    tools: tools?.map(({ function: named }) => ({ type: 'function', ...named })),
  };
}

/** One model for each combination of what requests are written by. */
const different = [
  ...new Map(models.map((model) => [JSON.stringify([model.maker, model.capabilities]), model])).values(),
];

test.for(different.map((model) => [model.id, model] as const))(
  '%s gets the same from each',
  async ([, model], { expect }) => {
    const bodyOf = (request: ModelRequest) => encodeConverseRequest(callWith(request, model, 4_000)).body;
    const requests = chatRequests(model.alias).map((chat) => {
      const { messages, tools } = Chat.parse(chat);
      return tools && model.capabilities.tools ? { messages, tools } : { messages };
    });
    await fc.assert(
      fc.property(requests, fc.constantFrom(undefined, 'Hm.', 'Zürich\r\n🤔'), (conversation, thought) => {
        const chat = bodyOf(decodeChatRequest(inChat(conversation, thought)).request);
        expect(bodyOf(decodeMessagesRequest(inMessages(conversation, thought)).request)).toEqual(chat);
        expect(bodyOf(decodeResponsesRequest(inResponses(conversation, thought), seal.unseal).request)).toEqual(chat);
      }),
      { numRuns: 40 },
    );
  },
);
