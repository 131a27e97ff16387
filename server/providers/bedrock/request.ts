import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import type { ModelRequest } from '../../model/request.ts';
import type { ProviderCall } from '../provider.ts';
import { encodeMessages } from './messages.ts';
import { type Quirks, quirksOf } from './quirks.ts';
import type { ReaderOptions } from './stream.ts';
import { encodeToolConfig, ToolNames } from './tools.ts';

/** What is sent, and what its answer has to be read with. */
export interface ConverseRequest extends ReaderOptions {
  readonly body: Readonly<Record<string, unknown>>;
  /** Fields that this model does not take. */
  readonly dropped: readonly string[];
}

/** The body of Converse and ConverseStream. The capabilities of the model decide, never its name. @throws GatewayError 400 */
export function encodeConverseRequest(call: Omit<ProviderCall, 'signal' | 'strict'>): ConverseRequest {
  const { request, metadata } = call;
  const { model } = call.target;
  const dropped = new Set<string>();
  const names = new ToolNames();
  const quirks = quirksOf(model);
  const system = request.system.filter(({ text }) => text.trim() !== '');
  const toolConfig = encodeToolConfig(request, model, names, dropped);
  const messages = encodeMessages(request.messages, {
    hasTools: toolConfig !== undefined,
    canPrefill: model.capabilities.assistantPrefill,
    hasSystem: system.length > 0,
    preamble: model.capabilities.system ? [] : system,
    names,
    quirks,
    dropped,
  });
  const body = {
    messages,
    ...(model.capabilities.system && system.length > 0 ? { system: system.map(({ text }) => ({ text })) } : {}),
    inferenceConfig: encodeInferenceConfig(call, quirks, dropped),
    ...(toolConfig && { toolConfig }),
    // An empty one is refused.
    ...(Object.keys(metadata).length > 0 && { requestMetadata: encodeMetadata(metadata) }),
  };
  return {
    body,
    names,
    suppressToolCalls: request.toolChoice?.type === 'none',
    streamCountsCached: quirks.streamCountsCached,
    dropped: [...dropped],
  };
}

/** A team's name may have any letters; Bedrock takes but these in a value, and refuses the whole call for another. */
function encodeMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(metadata);
  return Object.fromEntries(
    pairs.map(([key, value]) => [key, value.replaceAll(/[^a-zA-Z0-9 :_@$#=/+,.-]/g, '_').slice(0, 256)]),
  );
}

function encodeInferenceConfig(
  { request, target, maxOutputTokens }: Pick<ProviderCall, 'request' | 'target' | 'maxOutputTokens'>,
  quirks: Quirks,
  dropped: Set<string>,
): object {
  const { capabilities, maxOutputTokens: most = maxOutputTokens } = target.model;
  if (maxOutputTokens > most) dropped.add('max_tokens');
  return {
    maxTokens: Math.min(maxOutputTokens, most),
    ...encodeSampling(request, capabilities.sampling, dropped),
    ...encodeStop(request.stopSequences, capabilities.stopSequences, quirks, dropped),
  };
}

/** Clients always send these and their users cannot change that: what a model refuses is left out and reported. */
function encodeSampling(
  { temperature, topP }: ModelRequest,
  sampling: CatalogueModel['capabilities']['sampling'],
  dropped: Set<string>,
): object {
  const config: { temperature?: number; topP?: number } = {};
  if (temperature !== undefined) {
    if (sampling === 'none') dropped.add('temperature');
    else config.temperature = Math.min(temperature, 1);
    // OpenAI's scale ends at 2, Converse's at 1.
    if (temperature > 1) dropped.add('temperature');
  }
  if (topP !== undefined) {
    if (sampling === 'none' || (sampling === 'one' && temperature !== undefined)) dropped.add('top_p');
    else config.topP = topP;
  }
  return config;
}

function encodeStop(
  stopSequences: readonly string[],
  isTaken: boolean,
  { blankStopSequences }: Quirks,
  dropped: Set<string>,
): object {
  const taken = isTaken ? stopSequences.filter((text) => blankStopSequences || text.trim() !== '') : [];
  if (taken.length < stopSequences.length) dropped.add('stop');
  return taken.length > 0 ? { stopSequences: taken } : {};
}
