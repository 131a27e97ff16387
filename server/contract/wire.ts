import * as z from 'zod/mini';

// Answers and chunks as a client of OpenAI's reads them, with what we add.

const text = z.nullish(z.string());

/** As OpenAI's clients read it, with what we add. In a stream a fragment names the detail it belongs to by `index`. */
const ReasoningDetail = z.looseObject({ type: z.string(), index: z.optional(z.number()), text, signature: text });
export type ReasoningDetail = z.infer<typeof ReasoningDetail>;

export const Usage = z.looseObject({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.looseObject({ cached_tokens: z.number(), cache_write_tokens: z.number() }),
  completion_tokens_details: z.nullish(z.looseObject({ reasoning_tokens: z.nullish(z.number()) })),
  cost_usd: z.nullable(z.string()),
});

const Message = z.looseObject({
  role: z.literal('assistant'),
  content: z.nullable(z.string()),
  reasoning_content: text,
  reasoning_details: z.nullish(z.array(ReasoningDetail)),
  tool_calls: z.nullish(
    z.array(
      z.looseObject({
        id: z.string(),
        type: z.string(),
        function: z.nullish(z.looseObject({ name: z.string(), arguments: z.string() })),
        custom: z.nullish(z.looseObject({ name: z.string(), input: z.string() })),
      }),
    ),
  ),
  function_call: z.nullish(z.looseObject({ name: z.string(), arguments: z.string() })),
});
export type Message = z.infer<typeof Message>;

export const Answer = z.looseObject({
  choices: z.array(z.looseObject({ message: Message, finish_reason: z.string() })),
  usage: Usage,
  service_tier: text,
});

const Delta = z.looseObject({
  content: text,
  reasoning_content: text,
  reasoning_details: z.nullish(z.array(ReasoningDetail)),
  tool_calls: z.nullish(
    z.array(
      z.looseObject({
        index: z.number(),
        id: z.optional(z.string()),
        type: z.optional(z.string()),
        function: z.nullish(z.looseObject({ name: text, arguments: text })),
        custom: z.nullish(z.looseObject({ name: text, input: text })),
      }),
    ),
  ),
  function_call: z.nullish(z.looseObject({ name: text, arguments: text })),
});
type Delta = z.infer<typeof Delta>;

export const Chunk = z.looseObject({
  choices: z.array(z.looseObject({ delta: Delta, finish_reason: z.nullable(z.string()) })),
  usage: z.nullish(Usage),
  service_tier: text,
});

type CallParts = Record<'id' | 'type' | 'name' | 'input', string> & { readonly isCustom: boolean };
type NamedCall = { readonly name: string; readonly arguments: string };

/** Puts the deltas together as OpenAI's cookbook does: texts end to end, tool calls and reasoning details by index. */
export function assemble(deltas: readonly Delta[]): Message {
  const content = deltas.map((delta) => delta.content ?? '').join('');
  const reasoning = deltas.map((delta) => delta.reasoning_content ?? '').join('');
  const details = assembleDetails(deltas);
  const toolCalls = assembleCalls(deltas);
  const legacy = assembleLegacyCall(deltas);
  return {
    role: 'assistant',
    content: content === '' && (toolCalls.length > 0 || legacy) ? null : content,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toMessageCall) }),
    ...(legacy ? { function_call: legacy } : {}),
  };
}

function assembleDetails(deltas: readonly Delta[]): ReasoningDetail[] {
  const details = new Map<number, ReasoningDetail>();
  for (const part of deltas.flatMap((delta) => delta.reasoning_details ?? [])) {
    const index = part.index ?? details.size;
    const before = details.get(index);
    const isText = before?.text !== undefined || part.text !== undefined;
    details.set(index, { ...before, ...part, ...(isText && { text: `${before?.text ?? ''}${part.text ?? ''}` }) });
  }
  return [...details.values()];
}

function assembleCalls(deltas: readonly Delta[]): CallParts[] {
  const calls = new Map<number, CallParts>();
  for (const part of deltas.flatMap((delta) => delta.tool_calls ?? [])) {
    const call = calls.get(part.index) ?? { id: '', type: '', name: '', input: '', isCustom: false };
    calls.set(part.index, {
      id: part.id ?? call.id,
      type: part.type ?? call.type,
      name: call.name + (part.function?.name ?? part.custom?.name ?? ''),
      input: call.input + (part.function?.arguments ?? part.custom?.input ?? ''),
      isCustom: call.isCustom || Boolean(part.custom),
    });
  }
  return [...calls].sort(([left], [right]) => left - right).map(([, call]) => call);
}

function assembleLegacyCall(deltas: readonly Delta[]): NamedCall | undefined {
  const parts = deltas.map((delta) => delta.function_call).filter((part) => part !== undefined && part !== null);
  if (parts.length === 0) return undefined;
  return {
    name: parts.map((part) => part.name ?? '').join(''),
    arguments: parts.map((part) => part.arguments ?? '').join(''),
  };
}

function toMessageCall({ id, type, name, input, isCustom }: CallParts) {
  return isCustom ? { id, type, custom: { name, input } } : { id, type, function: { name, arguments: input } };
}
