import type { Guardrail, ModelRequest } from '../../model/request.ts';
import type { ProviderCall } from '../provider.ts';
import { betaOfField, isKnownBeta } from './claude-betas.ts';
import { splitEdits } from './context-edits.ts';
import { isObject } from './json.ts';
import { canStream } from './operation.ts';

type ExtrasCall = Pick<ProviderCall, 'request' | 'target' | 'metadata' | 'guardrail'>;

/**
 * What Converse takes beside the conversation: guardrailConfig, serviceTier, performanceConfig and requestMetadata, each
 * only where there is something to say. Whether the model has the tier or the latency is left to AWS to say.
 */
export function encodeExtras(call: ExtrasCall, dropped: Set<string>): object {
  const { request, guardrail, metadata } = call;
  const requestMetadata = encodeMetadata(metadata, request.metadata, dropped);
  return {
    ...(guardrail && { guardrailConfig: encodeGuardrail(guardrail, request.stream && canStream(call), dropped) }),
    ...(request.serviceTier && request.serviceTier !== 'default' && { serviceTier: { type: request.serviceTier } }),
    ...(request.latency === 'optimized' && { performanceConfig: { latency: 'optimized' } }),
    // An empty one is refused.
    ...(requestMetadata && { requestMetadata }),
  };
}

/** Converse itself knows no stream mode: a whole answer always waits for its guardrail. */
function encodeGuardrail(guardrail: Guardrail, isStream: boolean, dropped: Set<string>): object {
  const { id, version, trace, streamMode } = guardrail;
  if (streamMode && !isStream) dropped.add('guardrailConfig.streamProcessingMode');
  return {
    guardrailIdentifier: id,
    guardrailVersion: version,
    ...(trace && { trace }),
    ...(streamMode && isStream && { streamProcessingMode: streamMode }),
  };
}

/** Limits of RequestMetadata in Bedrock's service model (botocore 1.44.5). */
const mostPairs = 16;
const longestText = 256;
const illegal = /[^a-zA-Z0-9 :_@$#=/+,.-]/g;

/**
 * The gateway's own pairs first, then as many of the caller's as there is room for. Bedrock refuses the whole call for one
 * letter it does not take, so texts are made legal; of the caller's, what is changed or left out is reported.
 */
function encodeMetadata(
  own: Readonly<Record<string, string>>,
  callers: Readonly<Record<string, string>>,
  dropped: Set<string>,
): Record<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (const [key, value] of Object.entries(own)) pairs.set(key, toLegal(value));
  for (const [key, value] of Object.entries(callers)) {
    const [legalKey, legalValue] = [toLegal(key), toLegal(value)];
    if (legalKey !== key || legalValue !== value) dropped.add('metadata');
    // A key must not become one of ours by being made legal.
    const isOurs = legalKey.toLowerCase().startsWith('pw_');
    if (legalKey === '' || isOurs || pairs.has(legalKey) || pairs.size >= mostPairs) dropped.add('metadata');
    else pairs.set(legalKey, legalValue);
  }
  return pairs.size > 0 ? Object.fromEntries(pairs) : undefined;
}

function toLegal(text: string): string {
  return text.replaceAll(illegal, '_').slice(0, longestText);
}

/**
 * Keys of models' own that a caller may send. None that Converse fills itself, that says where something is fetched from,
 * or that changes what a token costs.
 */
const plainFields: ReadonlySet<string> = new Set([
  'top_k',
  'min_p',
  'seed',
  'random_seed',
  'repetition_penalty',
  'frequency_penalty',
  'presence_penalty',
  'frequencyPenalty',
  'presencePenalty',
  'countPenalty',
  'logit_bias',
  'safe_prompt',
  'safety_mode',
  'k',
]);

/** The caller's additionalModelRequestFields that are on the list; others are reported by their path. */
export function additionalFieldsOf(
  { additionalFields }: Pick<ModelRequest, 'additionalFields'>,
  dropped: Set<string>,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(additionalFields)) {
    const { kept, lost } = readField(key, value, additionalFields);
    if (kept !== undefined) fields[key] = kept;
    for (const path of lost) dropped.add(`additionalModelRequestFields.${path}`);
  }
  return fields;
}

/** What of one field is sent, and the paths of what is not. */
function readField(
  key: string,
  value: unknown,
  all: ModelRequest['additionalFields'],
): { readonly kept?: unknown; readonly lost: readonly string[] } {
  if (plainFields.has(key)) return { kept: value, lost: [] };
  if (hasItsBeta(key, all)) return key === 'context_management' ? splitEdits(value) : { kept: value, lost: [] };
  const name = key.slice(0, 64);
  if (key === 'anthropic_beta') {
    const taken = takenBetas(value);
    const isWhole = Array.isArray(value) && taken.length === value.length;
    return { kept: taken.length > 0 ? taken : undefined, lost: isWhole ? [] : [name] };
  }
  if (key === 'inferenceConfig' && isObject(value)) {
    // Of Nova's own settings the one that Converse has no name for.
    const { topK, ...others } = value;
    const lost = Object.keys(others).map((other) => `${name}.${other.slice(0, 64)}`);
    return { kept: topK === undefined ? undefined : { topK }, lost };
  }
  return { lost: [name] };
}

function takenBetas(asked: unknown): readonly unknown[] {
  return Array.isArray(asked) ? asked.filter(isKnownBeta) : [];
}

function hasItsBeta(key: string, all: ModelRequest['additionalFields']): boolean {
  const beta = betaOfField.get(key);
  return beta !== undefined && takenBetas(all['anthropic_beta']).includes(beta);
}
