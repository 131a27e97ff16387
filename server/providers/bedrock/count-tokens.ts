import { AwsError } from '../../aws/aws-error.ts';
import type { BedrockRuntime, CountTokensInput } from '../../aws/bedrock-runtime.ts';
import type { CountCall, TokenCount } from '../provider.ts';
import { extrasOf } from './claude-plan.ts';
import type { JsonObject } from './json.ts';
import { encodeConverseRequest } from './request.ts';

/** What CountTokens reads of Converse's body (Bedrock's service model, ConverseTokensRequest). */
const countedMembers = ['messages', 'system', 'toolConfig', 'additionalModelRequestFields'];

/**
 * Counts by Bedrock's CountTokens, which knows some Claudes only, under their bare ids, and costs nothing. A model that it
 * refused is not asked for again while this process lives. Whatever fails, the caller's estimate stands in for it.
 */
export function createTokenCounter(runtime: BedrockRuntime): (call: CountCall) => Promise<TokenCount> {
  const refused = new Set<string>();
  return async (call) => {
    const { body, dropped } = encodeConverseRequest({ ...call, guardrail: undefined, metadata: {} });
    const { id, maker } = call.target.model;
    if (maker !== 'anthropic' || refused.has(id)) return { inputTokens: undefined, dropped };
    try {
      const { inputTokens } = await runtime.countTokens(id, await inputOf(body), call);
      return { inputTokens, dropped };
    } catch (error) {
      if (error instanceof AwsError && isForModel(error)) refused.add(id);
      // An aborted call is rejected with the signal's reason.
      else if (!(error instanceof AwsError) && !call.signal.aborted) throw error;
      return { inputTokens: undefined, dropped };
    }
  };
}

/** The prompt in the words in which its call would be sent. */
async function inputOf(body: JsonObject): Promise<CountTokensInput> {
  const extras = extrasOf(body);
  if (extras) {
    const { toInvokeRequest } = await import('./invoke-body.ts');
    return { invokeModel: toInvokeRequest(body, extras).body };
  }
  return { converse: Object.fromEntries(Object.entries(body).filter(([name]) => countedMembers.includes(name))) };
}

/**
 * Whether the next prompt would be refused as well. Only whole sentences of AWS's: others may quote what a caller wrote, and
 * one caller must not turn the count off for all.
 */
function isForModel({ name, message }: AwsError): boolean {
  return name === 'AccessDeniedException' || aboutModel.test(message);
}

const aboutModel = /^The provided model (identifier is invalid|doesn't support counting tokens)\.?$/;
