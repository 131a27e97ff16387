import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import type { Call } from './call.ts';
import { inStreamTypes } from './faults.ts';

const count = (maximum: number) => z.int().check(z.minimum(0), z.maximum(maximum));
const milliseconds = z.optional(count(3_600_000));

const ToolCall = z.strictObject({
  name: z.string().check(z.minLength(1)),
  /** The arguments; a string is sent as it stands, so that broken JSON can be played too. */
  input: z.union([z.record(z.string(), z.unknown()), z.string()]),
  id: z.optional(z.string()),
  /** In how many pieces the arguments are streamed. */
  chunks: z.optional(z.int().check(z.minimum(1), z.maximum(100_000))),
});

/** What a text of the answer rests on: a place in a document of the request, or a search result (which has a `source`). */
const Citation = z.strictObject({
  text: z.string(),
  title: z.optional(z.string()),
  source: z.optional(z.string()),
  index: z.optional(z.int()),
  start: z.optional(z.int()),
  end: z.optional(z.int()),
});

const Script = z.strictObject({
  /** Names the script for `times`; without it, the marker's own text does. */
  id: z.optional(z.string()),
  text: z.optional(z.union([z.string(), z.array(z.string())])),
  reasoning: z.optional(z.union([z.string(), z.array(z.string())])),
  /** The reasoning comes sealed, as `redactedContent`. */
  redacted: z.optional(z.boolean()),
  /** What the text cites. */
  citations: z.optional(z.array(Citation)),
  /** Content blocks of Claude's own, sent as they stand after the text; by InvokeModel only. */
  blocks: z.optional(z.array(z.record(z.string(), z.unknown()))),
  toolCalls: z.optional(z.array(ToolCall)),
  stopReason: z.optional(z.string()),
  /** Members given here replace those the simulator counts. */
  usage: z.optional(
    z.strictObject({
      inputTokens: z.optional(z.int()),
      outputTokens: z.optional(z.int()),
      totalTokens: z.optional(z.int()),
      cacheReadInputTokens: z.optional(z.int()),
      cacheWriteInputTokens: z.optional(z.int()),
      /** Of Claude's own usage, for those who ask for that. */
      thinkingTokens: z.optional(z.int()),
      cacheDetails: z.optional(z.array(z.strictObject({ ttl: z.enum(['5m', '1h']), inputTokens: z.int() }))),
    }),
  ),
  /** The tier that answers, in place of the one asked for. */
  serviceTier: z.optional(z.string()),
  /** The guardrail of the request intervenes: before the model is asked, or in place of its answer. */
  guardrail: z.optional(
    z.strictObject({
      action: z.literal('intervened'),
      text: z.optional(z.string()),
      source: z.optional(z.enum(['input', 'output'])),
    }),
  ),
  /** How the model's own refusal of the request looks: as the first frame of a stream, or as Anthropic's JSON. */
  refusal: z.optional(z.enum(['in-stream', 'nested-json'])),
  /** Before the first chunk. */
  delayMs: milliseconds,
  /** Between two chunks. */
  chunkDelayMs: milliseconds,
  /** In how many pieces the text is streamed. */
  chunks: z.optional(z.int().check(z.minimum(1), z.maximum(100_000))),
  /** An answer of so many bytes. */
  bytes: z.optional(count(50_000_000)),
  /** Every write is cut in two inside a frame. */
  splitFrames: z.optional(z.boolean()),
  /** Refused before the answer begins. `times`: only the first so many tries. */
  fail: z.optional(
    z.strictObject({
      type: z.string().check(z.minLength(1)),
      message: z.optional(z.string()),
      status: z.optional(z.int().check(z.minimum(400), z.maximum(599))),
      times: z.optional(count(1_000_000)),
    }),
  ),
  /** Broken off inside the answer, after `afterChunks` chunks. */
  fault: z.optional(
    z.strictObject({
      kind: z.enum(['exception', 'cut-frame', 'no-stop', 'no-metadata', 'reset', 'corrupt', 'hang']),
      afterChunks: z.optional(count(1_000_000)),
      type: z.optional(z.enum(inStreamTypes)),
      message: z.optional(z.string()),
      times: z.optional(count(1_000_000)),
    }),
  ),
  /** The script of the next turn, once this one's tool results come back. */
  get next() {
    return z.optional(Script);
  },
});

/** What a marker asks for. Every field may be left out; doc/simulator.md lists them. */
export type Script = z.infer<typeof Script>;
export type CitationScript = z.infer<typeof Citation>;
export type FaultScript = NonNullable<Script['fault']>;

/** A script with the key under which its tries are counted. */
export interface ChosenScript {
  readonly key: string;
  readonly script: Script;
}

const opening = '[[sim:';

/**
 * The script of a call: the last marker `[[sim:{…}]]` in the texts of the last user message. While a conversation goes
 * on with nothing but tool results, the last user message with texts still counts, and `next` goes one script deeper
 * for each message of results since. @throws AwsFault ValidationException for a marker that cannot be read.
 */
export function findScript({ body }: Call): ChosenScript | undefined {
  const messages = body.messages ?? [];
  let depth = 0;
  for (let i = messages.length - 1; i >= 0; i--) {
    const { role, content } = messages[i] ?? {};
    if (role !== 'user') continue;
    const texts = (content ?? []).flatMap(({ text }) => text ?? []);
    if (texts.length === 0) {
      depth += 1;
      continue;
    }
    const marker = texts.map(findMarker).findLast((found) => found !== undefined);
    return marker === undefined ? undefined : scriptOfTurn(marker, depth);
  }
  return undefined;
}

function scriptOfTurn(marker: string, depth: number): ChosenScript | undefined {
  let script: Script | undefined = parseScript(marker);
  for (let turn = 0; turn < depth; turn++) script = script?.next;
  return script && { script, key: `${script.id ?? marker} ${depth}` };
}

/** The JSON text inside the last marker. */
function findMarker(text: string): string | undefined {
  let found: string | undefined;
  for (let start = text.indexOf(opening); start >= 0; ) {
    const from = start + opening.length;
    let end = text.indexOf('}]]', from);
    while (end >= 0 && !isJson(text.slice(from, end + 1))) end = text.indexOf('}]]', end + 1);
    if (end < 0) throw refusal(`no JSON object followed by "]]" stands after "${opening}"`);
    found = text.slice(from, end + 1);
    start = text.indexOf(opening, end);
  }
  return found;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseScript(marker: string): Script {
  const parsed = z.safeParse(Script, JSON.parse(marker));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    throw refusal(`the field ${[...issue.path, issue.keys[0] ?? ''].join('.')} is unknown`);
  }
  throw refusal(`the field ${issue?.path.join('.') ?? ''} is wrong: ${issue?.message ?? ''}`);
}

function refusal(reason: string): AwsFault {
  const message = `The simulator cannot follow the script in the last user message: ${reason}. See doc/simulator.md.`;
  return new AwsFault('ValidationException', message, 400);
}
