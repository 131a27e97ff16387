import { ChatCompletion, type ChatCompletionChunk, type ReasoningDetail } from '../../../shared/openai/chat.ts';

// What clients make of a stream; tests only.

type Delta = ChatCompletionChunk['choices'][0]['delta'];

interface GatheredCall {
  readonly id: string;
  readonly name: string;
  readonly type: 'function' | 'custom';
  text: string;
}

/** One whole answer, as a client gathers it that follows OpenAI's documentation. */
export function gather(chunks: readonly ChatCompletionChunk[]): ChatCompletion {
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
  const content = deltas.map((delta) => delta.content ?? '').join('');
  const thoughts = deltas.map((delta) => delta.reasoning_content ?? '').join('');
  const details: ReasoningDetail[] = [];
  for (const piece of deltas.flatMap((delta) => delta.reasoning_details ?? [])) {
    details[piece.index] = merged(details[piece.index], piece);
  }
  const calls = callsOf(deltas);
  const [first] = chunks;
  const last = chunks.findLast(({ choices }) => choices.length > 0);
  return ChatCompletion.parse({
    id: first?.id,
    created: first?.created,
    model: first?.model,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && Object.keys(calls).length > 0 ? null : content,
          refusal: null,
          ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
          ...(details.length === 0 ? {} : { reasoning_details: details }),
          ...calls,
        },
        logprobs: null,
        finish_reason: last?.choices[0]?.finish_reason,
      },
    ],
    ...(last?.service_tier === undefined ? {} : { service_tier: last.service_tier }),
    usage: chunks.at(-1)?.usage,
  });
}

/** As OpenAI's SDK for Python does with pieces of one index: texts are joined, `type` and `index` stay. */
function merged(earlier: ReasoningDetail | undefined, piece: ReasoningDetail): ReasoningDetail {
  if (piece.type === 'reasoning.encrypted') return piece;
  const before = earlier?.type === 'reasoning.text' ? earlier : undefined;
  const text = `${before?.text ?? ''}${piece.text ?? ''}`;
  const signature = `${before?.signature ?? ''}${piece.signature ?? ''}`;
  return { ...piece, text, ...(signature === '' ? {} : { signature }) };
}

function callsOf(deltas: readonly Delta[]): object {
  const legacy = deltas.flatMap(({ function_call: part }) => (part ? [part] : []));
  const [first] = legacy;
  if (first) return { function_call: { name: first.name, arguments: legacy.map((part) => part.arguments).join('') } };
  const calls: GatheredCall[] = [];
  for (const { index, id = '', type, function: called, custom } of deltas.flatMap((delta) => delta.tool_calls ?? [])) {
    const text = called?.arguments ?? custom?.input ?? '';
    const call = calls[index];
    if (call) call.text += text;
    else calls[index] = { id, type: type ?? 'function', name: called?.name ?? custom?.name ?? '', text };
  }
  if (calls.length === 0) return {};
  return {
    tool_calls: calls.map(({ id, type, name, text }) =>
      type === 'custom'
        ? { id, type, custom: { name, input: text } }
        : { id, type, function: { name, arguments: text } },
    ),
  };
}
