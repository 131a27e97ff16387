import { type Effort, efforts, type ReasoningRequest } from '../model/request.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { type Reading, wrong } from './reading.ts';

/**
 * How hard to think, from OpenAI's `reasoning_effort`, OpenRouter's (and Responses') `reasoning`, Anthropic's `thinking`
 * and `output_config`; the first that names an effort decides. Whoever turns it off anywhere has it off.
 * @throws GatewayError 400 naming the member
 */
export function decodeReasoningRequest(body: JsonObject, reading: Reading): ReasoningRequest | undefined {
  const thinking = objectOf(body, 'thinking');
  const reasoning = objectOf(body, 'reasoning');
  const output = objectOf(body, 'output_config');
  if (!thinking && !reasoning && !output) {
    // What nearly every call has.
    const effort = effortOf(body['reasoning_effort'], 'reasoning_effort');
    return effort === undefined ? undefined : { effort, budgetTokens: undefined };
  }
  const asked = [
    effortOf(body['reasoning_effort'], 'reasoning_effort'),
    effortOf(reasoning?.['effort'], 'reasoning.effort'),
    effortOf(output?.['effort'], 'output_config.effort'),
  ].filter((each) => each !== undefined);
  reading.dropped.addUnknown(thinking ?? {}, ['type', 'budget_tokens'], 'thinking');
  reading.dropped.addUnknown(reasoning ?? {}, ['effort', 'max_tokens', 'enabled'], 'reasoning');
  reading.dropped.addUnknown(output ?? {}, ['effort', 'format'], 'output_config');
  const mode = thinkingMode(thinking);
  // It thinks as it sees fit: no provider here can be told to think between the calls of tools alone.
  if (mode === 'between_tools') reading.dropped.add('thinking.type');
  const enabled = enabledOf(reasoning);
  const thinkingBudget = tokensOf(thinking?.['budget_tokens'], 'thinking.budget_tokens');
  const budgetTokens = thinkingBudget ?? tokensOf(reasoning?.['max_tokens'], 'reasoning.max_tokens');
  if (mode === 'disabled' || enabled === false) return { effort: 'none', budgetTokens: undefined };
  const [effort] = asked;
  const isSilent = effort === undefined && budgetTokens === undefined && mode === undefined && enabled === undefined;
  return isSilent ? undefined : { effort, budgetTokens };
}

function objectOf(body: JsonObject, name: string): JsonObject | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined || isObject(value)) return value;
  throw wrong(name, 'is an object');
}

function effortOf(value: unknown, path: string): Effort | undefined {
  if (value === undefined || value === null) return undefined;
  const effort = efforts.find((each) => each === value);
  if (effort === undefined) throw wrong(path, `is one of ${efforts.join(', ')}`);
  return effort;
}

const modes = ['enabled', 'adaptive', 'between_tools', 'disabled'] as const;

function thinkingMode(thinking: JsonObject | undefined): (typeof modes)[number] | undefined {
  if (!thinking) return undefined;
  const mode = modes.find((each) => each === thinking['type']);
  if (mode === undefined) throw wrong('thinking.type', 'is "enabled", "adaptive", "between_tools" or "disabled"');
  return mode;
}

function enabledOf(reasoning: JsonObject | undefined): boolean | undefined {
  const enabled = reasoning?.['enabled'] ?? undefined;
  if (enabled === undefined || typeof enabled === 'boolean') return enabled;
  throw wrong('reasoning.enabled', 'is true or false');
}

function tokensOf(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw wrong(path, 'is a whole number of tokens, at least 1');
}
