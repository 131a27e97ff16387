import { AwsError } from '../../aws/aws-error.ts';
import type { BedrockRuntime } from '../../aws/bedrock-runtime.ts';
import { GatewayError } from '../../errors.ts';
import { type Provider, type ProviderAnswer, type ProviderCall, refuseDropped } from '../provider.ts';
import { createTokenCounter } from './count-tokens.ts';
import { toProviderError } from './errors.ts';
import { type ConverseRequest, encodeConverseRequest } from './request.ts';
import type { Removal } from './self-healing.ts';
import { send } from './send.ts';
import type { Verdicts } from './verdicts.ts';

/** Amazon Bedrock's Converse API. Without `verdicts` nothing is remembered of repaired requests. */
export function createBedrockProvider(runtime: BedrockRuntime, verdicts?: Verdicts): Provider {
  return {
    id: 'bedrock',
    preview: async (call) => encodeConverseRequest(call),
    countTokens: createTokenCounter(runtime),
    async call(call) {
      const { modelId } = call.target;
      const encoded = encodeConverseRequest(call);
      const refused = verdicts?.confirmed(modelId) ?? [];
      const converse = refused.length === 0 ? encoded : await withoutRefused(encoded, refused);
      if (call.strict) refuseDropped(converse.dropped);
      try {
        return await send(runtime, call, converse);
      } catch (error) {
        const { request, removal, attempts } = await planSecondTry(error, call, converse);
        const answer = await sendAgain(runtime, call, request);
        if (removal) void verdicts?.met(modelId, removal.fields, call.metadata['pw_request'] ?? '');
        return { ...answer, attempts: answer.attempts + attempts };
      }
    },
  };
}

interface SecondTry {
  readonly request: ConverseRequest;
  /** What was taken out; undefined when the same is sent again. */
  readonly removal: Removal | undefined;
  /** How often the first try was sent. */
  readonly attempts: number;
}

/** @throws GatewayError for what a second try would not change, and in strict mode for what would be taken out */
async function planSecondTry(error: unknown, { strict }: ProviderCall, converse: ConverseRequest): Promise<SecondTry> {
  const refusal = refusalOf(error);
  if (refusal === undefined) throw toProviderError(error, false);
  const removal = await findAllowedRemoval(refusal, converse);
  if (removal) {
    if (strict) refuseDropped(removal.reported);
    return { request: without(converse, removal), removal, attempts: refusal.attempts };
  }
  if (!isPassing(refusal)) throw toProviderError(error, false);
  return { request: converse, removal: undefined, attempts: refusal.attempts };
}

/** @throws GatewayError for what the second try is told, whatever the first one was */
async function sendAgain(
  runtime: BedrockRuntime,
  call: ProviderCall,
  converse: ConverseRequest,
): Promise<ProviderAnswer> {
  try {
    return await send(runtime, call, converse);
  } catch (error) {
    throw toProviderError(error, false);
  }
}

/** What AWS itself said, before an answer or in the first frame of one. */
function refusalOf(error: unknown): AwsError | undefined {
  const told = error instanceof GatewayError ? error.cause : error;
  return told instanceof AwsError ? told : undefined;
}

/** The model stumbled before it said anything, which is not billed: it is asked once more (translation C6). */
function isPassing({ name }: AwsError): boolean {
  return name === 'ModelErrorException' || name === 'ModelStreamErrorException';
}

/** Without the forced tool that stands for an answer in JSON, the answer would not be what was asked for. */
function isAnswerTool({ json }: ConverseRequest, field: string): boolean {
  return json?.tool !== undefined && field.startsWith('toolChoice');
}

async function findAllowedRemoval(refusal: AwsError, converse: ConverseRequest): Promise<Removal | undefined> {
  const { findRemoval } = await import('./self-healing.ts');
  const removal = findRemoval(refusal, converse.body);
  return removal?.fields.some((field) => isAnswerTool(converse, field)) ? undefined : removal;
}

/** What other requests have met is left out before it is refused again. */
async function withoutRefused(converse: ConverseRequest, fields: readonly string[]): Promise<ConverseRequest> {
  const { removeFields } = await import('./self-healing.ts');
  const allowed = fields.filter((field) => !isAnswerTool(converse, field));
  const removal = removeFields(allowed, converse.body);
  return removal ? without(converse, removal) : converse;
}

function without(converse: ConverseRequest, { body, reported }: Pick<Removal, 'body' | 'reported'>): ConverseRequest {
  return { ...converse, body, dropped: [...new Set([...converse.dropped, ...reported])] };
}
