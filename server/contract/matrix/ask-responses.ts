import OpenAI from 'openai';
import * as z from 'zod/mini';
import { faultsOfStream, type StreamedEvent } from '../../dialects/openai-responses/test-grammar.ts';
import { client, type Mode } from '../ask.ts';
import { pdfOf, pngOf } from '../media-files.ts';
import { faultsOf } from '../openai-schemas.ts';
import { faultsOfResponses } from '../responses-schemas.ts';
import {
  headOf,
  nothingTold,
  type Protocol,
  type Question,
  type Said,
  type Told,
  type Tool,
  type ToolCall,
} from './protocol.ts';

type Response = OpenAI.Responses.Response;
type Item = OpenAI.Responses.ResponseInputItem;

/** OpenAI's Responses through its own SDK, without state, as Codex asks. */
export const responses: Protocol = {
  name: 'responses',
  stops: {
    end: 'completed',
    tools: 'completed',
    length: 'incomplete: max_output_tokens',
    filter: 'incomplete: content_filter',
  },
  brokenStream: 'response.failed',
  ask: async (mode, model, question) => {
    try {
      return await send(mode, model, question);
    } catch (error) {
      return refused(error);
    }
  },
  begin: async (model, question) => {
    const asked = { ...bodyOf(model, question), stream: true as const };
    const { data, response } = await client.responses.create(asked).withResponse();
    return { events: data, headers: response.headers };
  },
};

async function send(mode: Mode, model: string, question: Question): Promise<Told> {
  const options = { headers: { ...question.headers }, signal: question.signal ?? null };
  const body = bodyOf(model, question);
  if (mode === 'sync') {
    const { data, response } = await client.responses.create({ ...body, stream: false }, options).withResponse();
    // What the SDK adds for its users' sake did not come over the wire.
    const { output_text: _, ...told } = data;
    check(model, faultsOfResponses('response', told));
    return toldOf(data, response.headers);
  }
  const { data, response } = await client.responses.create({ ...body, stream: true }, options).withResponse();
  const events: StreamedEvent[] = [];
  let last: Response | undefined;
  for await (const event of data) {
    events.push({ name: event.type, data: { ...event } });
    if ('response' in event) last = event.response;
  }
  check(model, [...faultsOfStream(events), ...events.flatMap((event) => faultsOfResponses('event', event.data))]);
  if (!last) throw new Error(`${model}: an empty stream`);
  return toldOf(last, response.headers);
}

function check(model: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`${model}:\n${faults.join('\n')}`);
}

function bodyOf(model: string, { said, system, systemCached, tools, thinks, schema, cap, own }: Question) {
  const rules: Item[] = systemCached ? [{ role: 'developer', content: [textPart(system ?? '', true)] }] : [];
  return {
    model,
    store: false,
    input: [...rules, ...said.flatMap(toItems)],
    ...(system !== undefined && !systemCached && { instructions: system }),
    ...(tools && { tools: tools.map(toTool) }),
    ...(thinks && { reasoning: { effort: 'medium' as const }, include: ['reasoning.encrypted_content' as const] }),
    ...(schema && { text: { format: { type: 'json_schema' as const, name: 'answer', schema: { ...schema } } } }),
    ...(cap !== undefined && { max_output_tokens: cap }),
    ...own,
  };
}

function toTool({ function: named }: Tool): OpenAI.Responses.FunctionTool {
  return { type: 'function', strict: false, ...named };
}

function textPart(text: string, cached = false): OpenAI.Responses.ResponseInputText {
  return { type: 'input_text', text, ...(cached && { prompt_cache_breakpoint: { mode: 'explicit' } }) };
}

const files = {
  image: { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${pngOf(32, 32)}` },
  document: {
    type: 'input_file',
    filename: 'Bericht (1).pdf',
    file_data: `data:application/pdf;base64,${pdfOf(4000)}`,
  },
} as const;

function toItems(turn: Said): Item[] {
  if (turn.by === 'model') return itemsOf(turn.told);
  if (turn.by === 'tools') {
    return turn.results.map(({ call: { id, isCustom }, text }) => {
      return { type: isCustom ? 'custom_tool_call_output' : 'function_call_output', call_id: id, output: text };
    });
  }
  const { text, file, cached } = turn;
  if (file === undefined && !cached) return [{ role: 'user', content: text }];
  return [{ role: 'user', content: [textPart(text, cached), ...(file ? [files[file]] : [])] }];
}

/**
 * Its own answer as it came; another protocol's in these words. A reasoning item has no place for a signature, so that
 * thoughts stand in the message as Anthropic's blocks.
 */
function itemsOf({ protocol, own, thoughts, text, calls }: Told): Item[] {
  if (protocol === 'responses') return z.array(OwnItem).parse(own);
  const content = [
    ...thoughts.map(({ text: thinking, signature, data }) =>
      data === undefined ? { type: 'thinking', thinking, signature } : { type: 'redacted_thinking', data },
    ),
    ...(text === '' ? [] : [{ type: 'output_text', text }]),
  ];
  const message = content.length === 0 ? [] : z.array(OwnItem).parse([{ type: 'message', role: 'assistant', content }]);
  return [
    ...message,
    ...calls.map(({ id, name, input }) => ({ type: 'function_call' as const, call_id: id, name, arguments: input })),
  ];
}

const OwnItem = z.custom<Item>();

function callsOf(item: OpenAI.Responses.ResponseOutputItem): ToolCall[] {
  if (item.type !== 'function_call' && item.type !== 'custom_tool_call') return [];
  const isCustom = item.type === 'custom_tool_call';
  return [{ id: item.call_id, name: item.name, input: isCustom ? item.input : item.arguments, isCustom }];
}

function toldOf({ status, incomplete_details: cut, output, usage, error }: Response, headers: Headers): Told {
  const details = usage?.input_tokens_details;
  return {
    ...nothingTold,
    ...headOf(headers),
    protocol: 'responses',
    status: 200,
    text: output.flatMap((item) => (item.type === 'message' ? item.content.map(textOf) : [])).join(''),
    thoughts: output.flatMap((item) => {
      if (item.type !== 'reasoning') return [];
      const text = item.summary.map((part) => part.text).join('');
      const sealed = item.encrypted_content ?? undefined;
      return [
        text === '' ? { text, signature: undefined, data: sealed } : { text, signature: sealed, data: undefined },
      ];
    }),
    calls: output.flatMap(callsOf),
    stop: cut?.reason ? `${status}: ${cut.reason}` : status,
    usage: usage && {
      prompt: usage.input_tokens,
      cached: details?.cached_tokens ?? 0,
      written: details?.cache_write_tokens ?? 0,
      answer: usage.output_tokens,
    },
    failure: error ? { thrown: 'response.failed', code: error.code, message: error.message } : undefined,
    own: output,
  };
}

function textOf(part: OpenAI.Responses.ResponseOutputText | OpenAI.Responses.ResponseOutputRefusal): string {
  return part.type === 'output_text' ? part.text : '';
}

const ErrorBody = z.object({ message: z.string(), code: z.nullable(z.string()) });

/** What the SDK threw, if it is what the gateway told. */
function refused(error: unknown): Told {
  if (!(error instanceof OpenAI.APIError) || !error.headers) throw error;
  check('error', faultsOf('error', { error: error.error }));
  const { message, code } = ErrorBody.parse(error.error);
  const failure = { thrown: error.constructor.name, code: code ?? undefined, message };
  return { ...nothingTold, ...headOf(error.headers), protocol: 'responses', status: error.status ?? 0, failure };
}
