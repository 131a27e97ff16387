import type { ModelCall } from '../call.ts';
import { memberOf } from '../json.ts';
import { once, type Rule, type Values } from './rule.ts';

// What InvokeModel refuses of a body in the words of Anthropic's Messages API, beside what Claude refuses on either way.

/** Fields of the Messages API that Bedrock takes; `model` and `stream` are in the address here. */
const knownFields: readonly string[] = [
  'anthropic_beta',
  'anthropic_version',
  'max_tokens',
  'messages',
  'metadata',
  'output_config',
  'stop_sequences',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
];

/** Members that are not known without one of these betas (reports in anthropics/claude-code#21612, #49370, #82549). */
const betasOfField: readonly (readonly [string, readonly string[]])[] = [
  ['context_management', ['context-management-2025-06-27']],
];
const betasOfToolMember: readonly (readonly [string, readonly string[]])[] = [
  ['defer_loading', ['tool-search-tool-2025-10-19']],
  ['input_examples', ['tool-examples-2025-10-29']],
  ['eager_input_streaming', ['fine-grained-tool-streaming-2025-05-14']],
  ['allowed_callers', []],
];

function isAsked({ native }: ModelCall, betas: readonly string[]): boolean {
  const asked = native?.['anthropic_beta'];
  return Array.isArray(asked) && betas.some((beta) => asked.includes(beta));
}

function unknownFields(call: ModelCall): readonly Values[] {
  const allowed = betasOfField.flatMap(([field, betas]) => (isAsked(call, betas) ? [field] : []));
  return Object.keys(call.native ?? {})
    .filter((field) => !knownFields.includes(field) && !allowed.includes(field))
    .map((path) => ({ path }));
}

function unknownToolMembers(call: ModelCall): readonly Values[] {
  const tools = call.native?.['tools'];
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool: unknown, i) =>
    betasOfToolMember.flatMap(([member, betas]) => {
      const isOwn = (memberOf(tool, 'type') ?? 'custom') === 'custom';
      return isOwn && memberOf(tool, member) !== undefined && !isAsked(call, betas)
        ? [{ path: `tools.${i}.custom.${member}` }]
        : [];
    }),
  );
}

/** Calls of the assistant without a result in the next message, which is the last chance for one. */
function unanswered({ body: { messages } }: ModelCall): readonly Values[] {
  return (messages ?? []).flatMap(({ role, content }, i) => {
    const next = messages?.[i + 1];
    if (role !== 'assistant' || next === undefined) return [];
    const answered = new Set((next.content ?? []).flatMap(({ toolResult }) => toolResult?.toolUseId ?? []));
    const open = (content ?? []).flatMap(({ toolUse }) => toolUse?.toolUseId ?? []).filter((id) => !answered.has(id));
    return open.length > 0 ? [{ i, ids: open.join(', ') }] : [];
  });
}

const traces: readonly unknown[] = ['enabled', 'disabled', 'enabled_full', undefined, null];

export const invokeRules: readonly Rule<ModelCall>[] = [
  {
    id: 'sm-invoke-trace-enum',
    when: 'the header X-Amzn-Bedrock-Trace is not a known word, in upper case',
    template:
      "1 validation error detected: Value '{value}' at 'trace' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_FULL]",
    find: ({ body: { guardrailConfig } }) => {
      const value = guardrailConfig?.trace;
      return traces.includes(value) ? [] : [{ value: String(value) }];
    },
  },
  {
    id: 'ant-version-required',
    when: 'InvokeModel without anthropic_version',
    template: 'anthropic_version: Field required',
    find: ({ native }) => once(native?.['anthropic_version'] === undefined),
  },
  {
    id: 'ant-max-tokens-required',
    when: 'InvokeModel without max_tokens',
    template: 'max_tokens: Field required',
    find: ({ native }) => once(native?.['max_tokens'] === undefined),
  },
  {
    id: 'invoke-extra-inputs',
    when: 'the body has a field that is not known, or not without its beta',
    template: '{path}: Extra inputs are not permitted',
    find: unknownFields,
  },
  {
    id: 'invoke-tool-extra-inputs',
    when: 'a tool has a member that is not known without its beta',
    template: '{path}: Extra inputs are not permitted',
    find: unknownToolMembers,
  },
  {
    id: 'invoke-tool-result-missing',
    when: 'a tool call has no result in the next message',
    template:
      'messages.{i}: `tool_use` ids were found without `tool_result` blocks immediately after: {ids}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
    find: unanswered,
  },
];
