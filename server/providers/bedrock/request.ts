import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import type { ModelRequest } from '../../model/request.ts';
import type { ProviderCall } from '../provider.ts';
import { encodeMessages } from './messages.ts';
import { encodeToolConfig, ToolNames } from './tools.ts';

export interface ConverseRequest {
  readonly body: Readonly<Record<string, unknown>>;
  readonly names: ToolNames;
  /** The model may not call a tool, whatever it tries. */
  readonly suppressToolCalls: boolean;
  /** Fields that this model does not take. */
  readonly dropped: readonly string[];
}

/** The body of Converse and ConverseStream. The capabilities of the model decide, never its name. @throws GatewayError 400 */
export function encodeConverseRequest(call: Omit<ProviderCall, 'signal' | 'strict'>): ConverseRequest {
  const { request, metadata } = call;
  const { model } = call.target;
  const dropped = new Set<string>();
  const names = new ToolNames();
  const system = request.system.filter(({ text }) => text.trim() !== '');
  const toolConfig = encodeToolConfig(request, model, names, dropped);
  const messages = encodeMessages(request.messages, {
    hasTools: toolConfig !== undefined,
    canPrefill: model.capabilities.assistantPrefill,
    preamble: model.capabilities.system ? [] : system,
    names,
    dropped,
  });
  const body = {
    messages,
    ...(model.capabilities.system && system.length > 0 ? { system: system.map(({ text }) => ({ text })) } : {}),
    inferenceConfig: encodeInferenceConfig(request, model, call.maxOutputTokens, dropped),
    ...(toolConfig && { toolConfig }),
    requestMetadata: metadata,
  };
  return { body, names, suppressToolCalls: request.toolChoice?.type === 'none', dropped: [...dropped] };
}

function encodeInferenceConfig(
  request: ModelRequest,
  { capabilities, maxOutputTokens: most }: CatalogueModel,
  maxOutputTokens: number,
  dropped: Set<string>,
): object {
  if (most !== undefined && maxOutputTokens > most) dropped.add('max_tokens');
  const maxTokens = Math.min(maxOutputTokens, most ?? maxOutputTokens);
  return {
    maxTokens,
    ...encodeSampling(request, capabilities.sampling, dropped),
    ...encodeStop(request.stopSequences, capabilities.stopSequences, dropped),
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

function encodeStop(stopSequences: readonly string[], isTaken: boolean, dropped: Set<string>): object {
  if (stopSequences.length === 0) return {};
  if (isTaken) return { stopSequences };
  dropped.add('stop');
  return {};
}
