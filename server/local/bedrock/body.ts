import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { memberOf } from './json.ts';

// The request of Converse and ConverseStream as the service model has it. Every member may be missing here: a missing
// one is a matter for the rules, a member of another JSON type is refused by the parser, an unknown one is ignored.

const text = z.nullish(z.string());
const s3Location = z.nullish(z.object({ uri: text }));
const media = z.object({ format: text, source: z.nullish(z.object({ bytes: text, s3Location })) });
const document = z.object({
  format: text,
  name: text,
  context: text,
  source: z.nullish(z.object({ bytes: text, s3Location, text, content: z.nullish(z.array(z.object({ text }))) })),
  citations: z.nullish(z.object({ enabled: z.nullish(z.boolean()) })),
});
const cachePoint = z.object({ type: text, ttl: text });
const toolResultContent = z.object({
  json: z.optional(z.unknown()),
  text,
  image: z.nullish(media),
  document: z.nullish(document),
  video: z.nullish(media),
  searchResult: z.optional(z.unknown()),
});
const contentBlock = z.object({
  text,
  image: z.nullish(media),
  document: z.nullish(document),
  video: z.nullish(media),
  audio: z.optional(z.unknown()),
  toolUse: z.nullish(z.object({ toolUseId: text, name: text, input: z.optional(z.unknown()), type: text })),
  toolResult: z.nullish(
    z.object({ toolUseId: text, content: z.nullish(z.array(toolResultContent)), status: text, type: text }),
  ),
  guardContent: z.nullish(z.object({ text: z.nullish(z.object({ text })) })),
  cachePoint: z.nullish(cachePoint),
  reasoningContent: z.nullish(
    z.object({ reasoningText: z.nullish(z.object({ text, signature: text })), redactedContent: text }),
  ),
  citationsContent: z.nullish(z.object({ content: z.nullish(z.array(z.object({ text }))) })),
  searchResult: z.optional(z.unknown()),
  toolAddition: z.optional(z.unknown()),
  toolRemoval: z.optional(z.unknown()),
});
const tool = z.object({
  toolSpec: z.nullish(
    z.object({
      name: text,
      description: text,
      inputSchema: z.nullish(z.object({ json: z.optional(z.unknown()) })),
      strict: z.nullish(z.boolean()),
    }),
  ),
  systemTool: z.optional(z.unknown()),
  cachePoint: z.nullish(cachePoint),
});

const ConverseBody = z.object({
  messages: z.nullish(z.array(z.object({ role: text, content: z.nullish(z.array(contentBlock)) }))),
  system: z.nullish(
    z.array(
      z.object({
        text,
        guardContent: z.nullish(z.object({ text: z.nullish(z.object({ text })) })),
        cachePoint: z.nullish(cachePoint),
      }),
    ),
  ),
  inferenceConfig: z.nullish(
    z.object({
      maxTokens: z.nullish(z.int()),
      temperature: z.nullish(z.number()),
      topP: z.nullish(z.number()),
      stopSequences: z.nullish(z.array(z.string())),
    }),
  ),
  toolConfig: z.nullish(
    z.object({
      tools: z.nullish(z.array(tool)),
      toolChoice: z.nullish(
        z.object({
          auto: z.nullish(z.object({})),
          any: z.nullish(z.object({})),
          tool: z.nullish(z.object({ name: text })),
        }),
      ),
    }),
  ),
  guardrailConfig: z.nullish(
    z.object({ guardrailIdentifier: text, guardrailVersion: text, trace: text, streamProcessingMode: text }),
  ),
  additionalModelRequestFields: z.optional(z.unknown()),
  additionalModelResponseFieldPaths: z.nullish(z.array(z.string())),
  requestMetadata: z.nullish(z.record(z.string(), z.string())),
  performanceConfig: z.nullish(z.object({ latency: text })),
  serviceTier: z.nullish(z.object({ type: text })),
  outputConfig: z.nullish(
    z.object({
      textFormat: z.nullish(
        z.object({
          type: text,
          structure: z.nullish(z.object({ jsonSchema: z.nullish(z.object({ schema: text, name: text })) })),
        }),
      ),
      effort: text,
    }),
  ),
});

export type ConverseBody = z.infer<typeof ConverseBody>;
export type ContentBlock = z.infer<typeof contentBlock>;
export type ToolDefinition = z.infer<typeof tool>;
export type DocumentBlock = z.infer<typeof document>;
export type ToolResultContent = z.infer<typeof toolResultContent>;

const decoder = new TextDecoder();

/**
 * Parses a request body. @throws AwsFault SerializationException for what is not JSON and for a member of a JSON type
 * that the service model does not have there. The parser's own words are from memory, not from the service.
 */
export function parseBody(bytes: Uint8Array): ConverseBody {
  return readConverse(parseJson(bytes));
}

/** @throws AwsFault SerializationException for what is not JSON; no bytes are an empty object */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return bytes.length === 0 ? {} : JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw serializationFault(error instanceof Error ? error.message : 'The body is not JSON.');
  }
}

/** What `parseBody` makes of parsed JSON. @throws AwsFault SerializationException */
export function readConverse(json: unknown): ConverseBody {
  const parsed = z.safeParse(ConverseBody, json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const wanted = issue?.code === 'invalid_type' ? issue.expected : 'value of the service model';
  const value = issue?.path.reduce<unknown>((at, key) => memberOf(at, key), json);
  throw serializationFault(`${tokenOf(value)} can not be converted to ${typeNames[wanted] ?? `a ${wanted}`}`);
}

function serializationFault(message: string): AwsFault {
  return new AwsFault('SerializationException', message, 400);
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a String',
  int: 'an Integer',
  number: 'a Number',
  boolean: 'a Boolean',
  array: 'a List',
  object: 'a Structure',
  record: 'a Map',
};

function tokenOf(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (typeof value === 'object') return 'START_OBJECT';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return typeof value === 'number' ? 'NUMBER_VALUE' : 'STRING_VALUE';
}
