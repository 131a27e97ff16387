import type { OutputItem, ResponseObject } from '../../../shared/openai/responses-answer.ts';
import type { AnswerEnd } from '../../calls/run-call.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import type { Usage } from '../../model/usage.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { toChatTier } from '../openai-chat/usage.ts';
import type { NamespacedTool } from './offered-tools.ts';
import { toIncompleteDetails, toResponseUsage } from './usage.ts';

/** One block of thoughts as its provider needs it back: signed text, or what it sealed itself. */
export type SignedReasoning = { readonly text: string; readonly signature: string } | { readonly data: string };

/** What both encoders know of an answer before it starts. */
export interface ResponsesHead {
  /** `resp_…` */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** As the caller wrote it. */
  readonly model: string;
  /** The fields of the request that the Response repeats; echoOf makes them. */
  readonly echo: JsonObject;
  /** Names of the caller's custom tools. */
  readonly customTools: ReadonlySet<string>;
  /** Names of the tools whose calls have a shape of OpenAI's own (`shell_call` …). */
  readonly clientTools: ReadonlySet<string>;
  /** Tools that stand in a namespace, by the name the model calls them. */
  readonly namespaces: ReadonlyMap<string, NamespacedTool>;
  /** Makes the `encrypted_content` of a reasoning item. */
  readonly seal: (reasoning: SignedReasoning) => string;
  /** Whether the caller asked for `reasoning.encrypted_content`. */
  readonly includeEncrypted: boolean;
  /** Stores the Response, with all that was sealed. false: it could not be stored. undefined: it is not to be. */
  readonly keep?: ((response: ResponseObject) => Promise<boolean>) | undefined;
}

/** What the Response says where the request says nothing (OpenAI's API reference, "The response object"). */
const defaults: JsonObject = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  safety_identifier: null,
  service_tier: 'auto',
  store: false,
  temperature: 1,
  tool_choice: 'auto',
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
};

/** Repeated only if they were sent: OpenAI's schema has no null for them. */
const optional = ['prompt', 'prompt_cache_options', 'prompt_cache_retention', 'user'] as const;

/**
 * The fields of a request's body that the Response repeats: as they were sent, else as OpenAI fills them in.
 * @param isStored whether the Response is: a caller that reads `true` counts on it, whatever was asked
 */
export function echoOf(body: JsonObject, isStored: boolean): JsonObject {
  const echo: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(defaults)) echo[name] = body[name] ?? value;
  // Without effect here, so that nobody has looked at what was sent.
  if (typeof echo['max_tool_calls'] !== 'number') echo['max_tool_calls'] = null;
  if (typeof echo['truncation'] !== 'string') echo['truncation'] = defaults['truncation'];
  echo['store'] = isStored;
  for (const name of optional) if (body[name] != null) echo[name] = body[name];
  if (typeof echo['prompt_cache_retention'] !== 'string') delete echo['prompt_cache_retention'];
  const { text, reasoning, tools } = body;
  echo['text'] = { format: { type: 'text' }, ...present(text) };
  echo['reasoning'] = { effort: null, summary: null, ...present(reasoning) };
  echo['tools'] = Array.isArray(tools) ? tools.map(echoTool) : [];
  return echo;
}

/** OpenAI's schema wants both of a function in an answer, though not in a request. */
function echoTool(tool: unknown): unknown {
  if (!isObject(tool) || tool['type'] !== 'function') return tool;
  return { parameters: null, strict: null, ...tool };
}

/** The members that say something. */
function present(value: unknown): JsonObject {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member != null));
}

/** The Response as it is before its end: without usage, and with nothing gone wrong. */
export function responseOf(
  head: ResponsesHead,
  status: ResponseObject['status'],
  output: readonly OutputItem[],
): ResponseObject {
  return {
    ...head.echo,
    id: head.id,
    object: 'response',
    created_at: head.createdAt,
    status,
    error: null,
    incomplete_details: null,
    model: head.model,
    output: [...output],
  };
}

/** The Response of an answer that came to its end, whole or cut short by a limit. */
export function endedResponse(
  head: ResponsesHead,
  reason: FinishReason,
  output: readonly OutputItem[],
  usage: Usage,
  { costUsd }: AnswerEnd,
): ResponseObject {
  const incomplete = toIncompleteDetails(reason);
  const tier = toChatTier(usage);
  return {
    ...responseOf(head, incomplete ? 'incomplete' : 'completed', output),
    incomplete_details: incomplete,
    ...(tier && { service_tier: tier }),
    usage: toResponseUsage(usage, costUsd),
  };
}
