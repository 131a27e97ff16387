import type { ModelRequest } from '../../model/request.ts';
import type { ProviderCall } from '../provider.ts';
import { placeCachePoints } from './cache-points.ts';
import { type ClaudeExtras, planClaude } from './claude-plan.ts';
import { additionalFieldsOf, encodeExtras } from './extras.ts';
import { stopSequencePath } from './finish-reason.ts';
import { encodeInference } from './inference.ts';
import type { JsonAnswerOptions } from './json-answer.ts';
import { encodeMessages } from './messages.ts';
import { planThinking, type Thinking } from './reasoning.ts';
import type { ReaderOptions } from './stream.ts';
import { planStructuredOutput } from './structured-output.ts';
import { encodeSystem } from './system.ts';
import { encodeSingleToolCall } from './tool-choice.ts';
import { encodeToolConfig, ToolNames } from './tools.ts';
import { reasoningTokensPath } from './usage.ts';

/** What is sent, and what its answer has to be read with. */
export interface ConverseRequest extends Omit<ReaderOptions, 'json'> {
  /** For an answer that has to be JSON and is not written by grammar. */
  readonly json: JsonAnswerOptions | undefined;
  /** Converse's; where it has a member `claude` (ClaudeExtras), it is sent as Anthropic's own body made from both. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Fields that this model does not take, or took changed, under the caller's names. */
  readonly dropped: readonly string[];
}

/** The body of Converse and ConverseStream. The capabilities of the model decide, never its name. @throws GatewayError 400 */
export function encodeConverseRequest(asked: Omit<ProviderCall, 'signal' | 'strict'>): ConverseRequest {
  const dropped = new Set<string>();
  const { request, extras } = planClaude(asked, dropped);
  const call = { ...asked, request };
  const { model } = call.target;
  const { capabilities } = model;
  const names = new ToolNames();
  const thinking = planThinking(call, dropped);
  const output = planStructuredOutput(request, capabilities, thinking);
  const offered: ModelRequest = output.tool
    ? { ...request, tools: [output.tool], toolChoice: { type: 'tool', name: output.tool.name } }
    : request;
  const { config, callable } = encodeToolConfig(offered, model, { names, canForce: thinking.forcedTools, dropped });
  const instruction = output.instruction === undefined ? [] : [{ type: 'text', text: output.instruction } as const];
  const system = [...request.system, ...instruction].filter(({ text }) => text.trim() !== '');
  const messages = encodeMessages(request.messages, {
    // Calls of the history are told as text where the model has no tools but our own to answer with.
    hasTools: request.tools.length > 0,
    hasSystem: system.length > 0,
    preamble: capabilities.system ? [] : system,
    replayReasoning: thinking.replayReasoning,
    names,
    capabilities,
    alias: model.alias,
    cites: model.maker === 'anthropic',
    dropped,
  });
  const prompt = placeCachePoints(
    { tools: config?.tools ?? [], system: capabilities.system ? encodeSystem(system) : [], messages },
    { request, caching: capabilities.promptCaching, dropped },
  );
  const inference = encodeInference(call, thinking, dropped);
  const single = encodeSingleToolCall(request, capabilities, config?.toolChoice !== undefined, dropped);
  const callers = withoutRefused(additionalFieldsOf(request, dropped), thinking, dropped);
  const fields = { ...callers, ...thinking.fields, ...inference.fields, ...single };
  const { stopSequences } = inference.inferenceConfig;
  const tellsStop = model.maker === 'anthropic' && stopSequences !== undefined;
  const paths = [...(thinking.countsReasoning ? [reasoningTokensPath] : []), ...(tellsStop ? [stopSequencePath] : [])];
  const body = {
    messages: prompt.messages,
    ...(prompt.system.length > 0 && { system: prompt.system }),
    ...(Object.keys(inference.inferenceConfig).length > 0 && { inferenceConfig: inference.inferenceConfig }),
    ...(config && { toolConfig: { ...config, tools: prompt.tools } }),
    ...(output.outputConfig && { outputConfig: output.outputConfig }),
    ...(Object.keys(fields).length > 0 && { additionalModelRequestFields: fields }),
    ...(paths.length > 0 && { additionalModelResponseFieldPaths: paths }),
    ...encodeExtras(call, dropped),
    ...(extras && { claude: withNames(extras, names) }),
  };
  return {
    body,
    names,
    callable,
    streamCountsCached: capabilities.streamCountsCached,
    json: output.answer,
    dropped: [...dropped],
  };
}

/** By the names that tools have in the body. */
function withNames(extras: ClaudeExtras, names: ToolNames): ClaudeExtras {
  const named = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).map(([name, value]) => [names.encode(name), value]));
  return { ...extras, tools: named(extras.tools), toolFields: named(extras.toolFields) };
}

/** A Claude that thinks refuses `top_k`, under whatever name the caller sent it. */
function withoutRefused(
  fields: Readonly<Record<string, unknown>>,
  { sampling }: Thinking,
  dropped: Set<string>,
): Readonly<Record<string, unknown>> {
  const { top_k: topK, ...rest } = fields;
  if (sampling === 'free' || topK === undefined) return fields;
  dropped.add('additionalModelRequestFields.top_k');
  return rest;
}
