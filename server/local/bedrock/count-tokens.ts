import { AwsFault } from '../emulator.ts';
import { parseJson, readConverse } from './body.ts';
import { createCall } from './call.ts';
import { toConverse } from './claude-body.ts';
import { isJsonObject, memberOf } from './json.ts';
import type { FindTarget } from './model-ids.ts';

/** Claudes from 4.6 on are not counted for (maximhq/bifrost#2169), nor is any other maker's model. */
const counted = /^anthropic\.claude-(3-|(opus|sonnet|haiku)-4-(20|1-|5-))/;

/**
 * CountTokens: what the prompt of a request would count as `inputTokens`, cached or not. Bare ids only: profiles and ARNs
 * are no models here (Portkey-AI/gateway#1437, pydantic/pydantic-ai#4001).
 * @throws AwsFault ValidationException, in the service's words
 */
export function countTokens(
  modelId: string,
  bytes: Uint8Array,
  findTarget: FindTarget,
): { readonly inputTokens: number } {
  const target = findTarget(modelId);
  if (!target?.bare) throw refusal('The provided model identifier is invalid.');
  if (!counted.test(target.model.id)) throw refusal("The provided model doesn't support counting tokens.");
  const body = readInput(memberOf(parseJson(bytes), 'input'));
  return { inputTokens: createCall('CountTokens', modelId, target.model, body).promptTokens };
}

function readInput(input: unknown) {
  const native = memberOf(memberOf(input, 'invokeModel'), 'body');
  if (typeof native !== 'string') return readConverse(memberOf(input, 'converse'));
  const body = parseJson(Buffer.from(native, 'base64'));
  return toConverse(isJsonObject(body) ? body : {});
}

function refusal(message: string): AwsFault {
  return new AwsFault('ValidationException', message, 400);
}
