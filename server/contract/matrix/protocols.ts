import { ask, client, type Fields, type Outcome } from '../ask.ts';
import { messages } from './ask-messages.ts';
import { responses } from './ask-responses.ts';
import { families } from './families.ts';
import { headOf, nothingTold, type Protocol, type Question, type Said, type Told } from './protocol.ts';

/** OpenAI's chat.completions in the same words; its own tests ask in its own (../ask.ts). */
const chat: Protocol = {
  name: 'chat',
  stops: { end: 'stop', tools: 'tool_calls', length: 'length', filter: 'content_filter' },
  brokenStream: 'APIError',
  ask: async (mode, model, question) =>
    toldOf(await ask(mode, model, fieldsOf(question), { headers: { ...question.headers } })),
  begin: async (model, question) => {
    const asked = { model, messages: [], ...fieldsOf(question), stream: true as const };
    const { data, response } = await client.chat.completions.create(asked).withResponse();
    return { events: data, headers: response.headers };
  },
};

function fieldsOf({ said, system, tools, thinks, cap, own }: Question): Fields {
  return {
    messages: [...(system === undefined ? [] : [{ role: 'system', content: system }]), ...said.flatMap(toMessages)],
    ...(tools && { tools }),
    ...(thinks && { reasoning_effort: 'medium' }),
    ...(cap !== undefined && { max_completion_tokens: cap }),
    ...own,
  };
}

function toMessages(turn: Said): object[] {
  if (turn.by === 'user') return [{ role: 'user', content: turn.text }];
  if (turn.by === 'tools') {
    return turn.results.map(({ call: { id }, text }) => ({ role: 'tool', tool_call_id: id, content: text }));
  }
  const { protocol, own, text, thoughts, calls } = turn.told;
  if (protocol === 'chat') return own.map((message) => ({ ...Object(message) }));
  const details = thoughts.map((thought, index) =>
    thought.data === undefined
      ? { type: 'reasoning.text', index, text: thought.text, signature: thought.signature }
      : { type: 'reasoning.encrypted', index, data: thought.data },
  );
  const toolCalls = calls.map(({ id, name, input }) => {
    return { id, type: 'function', function: { name, arguments: input } };
  });
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(details.length > 0 && { reasoning_details: details }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    },
  ];
}

function toldOf({ status, text, details, toolCalls, finishReason, usage, headers, message, error }: Outcome): Told {
  return {
    ...nothingTold,
    ...headOf(headers),
    protocol: 'chat',
    status,
    text,
    thoughts: details.map((detail) => {
      const data = typeof detail['data'] === 'string' ? detail['data'] : undefined;
      return { text: detail.text ?? '', signature: detail.signature ?? undefined, data };
    }),
    calls: toolCalls.map((call) => ({ ...call, isCustom: false })),
    stop: finishReason,
    usage: usage && {
      prompt: usage.prompt_tokens,
      cached: usage.prompt_tokens_details.cached_tokens,
      written: usage.prompt_tokens_details.cache_write_tokens,
      answer: usage.completion_tokens,
    },
    failure: error && { thrown: error.constructor.name, code: error.code ?? undefined, message: error.message },
    own: message ? [message] : [],
  };
}

export const protocols = { chat, responses, messages } as const;

/** Each family through each protocol but chat, whose tests stand beside this, in one body and streamed. */
export const newCells = [responses, messages].flatMap((protocol) =>
  families.flatMap((family) =>
    (['sync', 'stream'] as const).map((mode) => {
      return { protocol, family, mode, name: `${protocol.name}, ${family.model}, ${mode}` };
    }),
  ),
);
