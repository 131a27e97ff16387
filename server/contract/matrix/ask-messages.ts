import Anthropic from '@anthropic-ai/sdk';
import { inject } from 'vitest';
import * as z from 'zod/mini';
import { faultsOfStream } from '../../dialects/anthropic-messages/test-grammar.ts';
import type { StreamedEvent } from '../../dialects/openai-responses/test-grammar.ts';
import type { Mode } from '../ask.ts';
import { pdfOf, pngOf } from '../media-files.ts';
import {
  headOf,
  nothingTold,
  type Protocol,
  type Question,
  type Said,
  type Thought,
  type Told,
  type Tool,
} from './protocol.ts';

const { url, api_key: apiKey } = inject('dev');
const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });

/** Anthropic's Messages through its own SDK. */
export const messages: Protocol = {
  name: 'messages',
  stops: { end: 'end_turn', tools: 'tool_use', length: 'max_tokens', filter: 'refusal' },
  brokenStream: 'APIError',
  ask: async (mode, model, question) => {
    try {
      return await send(mode, model, question);
    } catch (error) {
      return failed(error);
    }
  },
  begin: async (model, question) => {
    const asked = { ...bodyOf(model, question), stream: true as const };
    const { data, response } = await client.messages.create(asked).withResponse();
    return { events: data, headers: response.headers };
  },
};

async function send(mode: Mode, model: string, question: Question): Promise<Told> {
  // With a time limit of its own the SDK lets a caller ask for a long answer in one body.
  const options = { headers: { ...question.headers }, signal: question.signal ?? null, timeout: 60_000 };
  const body = bodyOf(model, question);
  if (mode === 'sync') {
    const { data, response } = await client.messages.create({ ...body, stream: false }, options).withResponse();
    return toldOf(data, response.headers);
  }
  const stream = client.messages.stream(body, options);
  const events: StreamedEvent[] = [];
  // The SDK goes on writing into what it hands out.
  stream.on('streamEvent', (event) => events.push({ name: event.type, data: { ...structuredClone(event) } }));
  const { response } = await stream.withResponse();
  const told = await stream.finalMessage().then((message) => toldOf(message, response.headers), failed);
  if (told.failure) events.push({ name: 'error', data: { type: 'error', error: { ...told.failure, type: '' } } });
  const faults = faultsOfStream(events);
  if (faults.length > 0) throw new Error(`${model}:\n${faults.join('\n')}`);
  if (!told.failure) return told;
  return { ...told, ...headOf(response.headers), status: 200, text: textOf(stream.currentMessage?.content ?? []) };
}

function bodyOf(model: string, { said, system, systemCached, tools, thinks, schema, cap, own }: Question) {
  const output = {
    ...(schema && { format: { type: 'json_schema' as const, schema: { ...schema } } }),
    ...(thinks && model !== budgeted && { effort: 'medium' as const }),
  };
  return {
    model,
    max_tokens: cap ?? 4_000,
    messages: said.map(toMessage),
    ...(system !== undefined && { system: systemCached ? [{ ...textBlock(system), ...mark }] : system }),
    ...(tools && { tools: tools.map(toTool) }),
    ...(thinks && { thinking: model === budgeted ? budget : { type: 'adaptive' as const } }),
    ...((schema || thinks) && { output_config: output }),
    ...own,
  };
}

/** Thinks by a budget only, as Claude did before it chose by itself. */
const budgeted = 'claude-sonnet-4-5';
const budget = { type: 'enabled', budget_tokens: 2_000 } as const;
const mark = { cache_control: { type: 'ephemeral' } } as const;
const textBlock = (text: string) => ({ type: 'text', text }) as const;

function toTool({ function: { name, description, parameters } }: Tool): Anthropic.Tool {
  return { name, description, input_schema: { ...parameters, type: 'object' } };
}

const files = {
  image: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pngOf(32, 32) } },
  document: {
    type: 'document',
    title: 'Bericht (1).pdf',
    source: { type: 'base64', media_type: 'application/pdf', data: pdfOf(4000) },
  },
} as const;

function toMessage(turn: Said): Anthropic.MessageParam {
  if (turn.by === 'model') return { role: 'assistant', content: toBlocks(turn.told) };
  if (turn.by === 'tools') {
    const content = turn.results.map(({ call: { id }, text }) => {
      return { type: 'tool_result' as const, tool_use_id: id, content: text };
    });
    return { role: 'user', content };
  }
  const { text, file, cached } = turn;
  if (file === undefined && !cached) return { role: 'user', content: text };
  return { role: 'user', content: [{ ...textBlock(text), ...(cached && mark) }, ...(file ? [files[file]] : [])] };
}

/** Its own answer as it came; another protocol's in these words, thoughts first. */
function toBlocks({ protocol, own, thoughts, text, calls }: Told): Anthropic.ContentBlockParam[] {
  if (protocol === 'messages') return z.array(Block).parse(own);
  return [
    ...thoughts.map(({ text: thinking, signature = '', data }) =>
      data === undefined
        ? ({ type: 'thinking', thinking, signature } as const)
        : ({ type: 'redacted_thinking', data } as const),
    ),
    ...(text === '' ? [] : [textBlock(text)]),
    ...calls.map(({ id, name, input }) => ({ type: 'tool_use' as const, id, name, input: JSON.parse(input) })),
  ];
}

const Block = z.custom<Anthropic.ContentBlockParam>();

function textOf(content: readonly Anthropic.ContentBlock[]): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

function thoughtsOf(block: Anthropic.ContentBlock): Thought[] {
  if (block.type === 'redacted_thinking') return [{ text: '', signature: undefined, data: block.data }];
  if (block.type !== 'thinking') return [];
  return [{ text: block.thinking, signature: block.signature || undefined, data: undefined }];
}

function toldOf({ content, stop_reason: stop, usage }: Anthropic.Message, headers: Headers): Told {
  const cached = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  return {
    ...nothingTold,
    ...headOf(headers),
    protocol: 'messages',
    status: 200,
    text: textOf(content),
    thoughts: content.flatMap(thoughtsOf),
    calls: content.flatMap((block) => {
      if (block.type !== 'tool_use') return [];
      return [{ id: block.id, name: block.name, input: JSON.stringify(block.input), isCustom: false }];
    }),
    stop: stop ?? undefined,
    usage: { prompt: usage.input_tokens + cached + written, cached, written, answer: usage.output_tokens },
    own: content,
  };
}

const ErrorBody = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({ type: z.string(), message: z.string() }),
  request_id: z.string().check(z.regex(/^req_/)),
});

/** What the SDK threw, if it is what the gateway told. */
function failed(error: unknown): Told {
  if (!(error instanceof Anthropic.APIError) || !error.headers) throw error;
  const { error: told } = ErrorBody.parse(error.error);
  const failure = { thrown: error.constructor.name, code: told.type, message: told.message };
  return { ...nothingTold, ...headOf(error.headers), protocol: 'messages', status: error.status ?? 0, failure };
}
