import type { ModelCall } from '../call.ts';
import { memberOf } from '../json.ts';
import { isSealedReasoning, signReasoning } from '../reasoning.ts';
import { isClaude } from './claude.ts';
import { once, type Rule } from './rule.ts';

// What Claude refuses of extended thinking and of a conversation that ends with the assistant.

const docsUrl = 'https://docs.claude.com/en/docs/build-with-claude/extended-thinking';

const thinksWhenForced = /claude-(opus-4-8|[a-z]+-5(-|$))/;

function thinkingType(call: ModelCall): unknown {
  return isClaude(call) ? memberOf(memberOf(call.body.additionalModelRequestFields, 'thinking'), 'type') : undefined;
}

function isThinking(call: ModelCall): boolean {
  const type = thinkingType(call);
  return type === 'enabled' || type === 'adaptive';
}

function budgetTokens(call: ModelCall): number | undefined {
  const budget = memberOf(memberOf(call.body.additionalModelRequestFields, 'thinking'), 'budget_tokens');
  return thinkingType(call) === 'enabled' && typeof budget === 'number' ? budget : undefined;
}

/** The last message, if it is the assistant's. */
function prefill({ body: { messages } }: ModelCall) {
  const last = messages?.at(-1);
  return last?.role === 'assistant' ? last : undefined;
}

export const claudeThinkingRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-prefill',
    when: 'the conversation ends with the assistant on a Claude without prefill',
    template: 'This model does not support assistant message prefill. The conversation must end with a user message.',
    find: (call) => once(isClaude(call) && !call.model.capabilities.assistantPrefill && prefill(call) !== undefined),
  },
  {
    id: 'ant-prefill-trailing-space',
    when: 'a prefilled text ends with whitespace',
    template: 'messages: final assistant content cannot end with trailing whitespace',
    find: (call) => once(isClaude(call) && /\s$/.test(prefill(call)?.content?.at(-1)?.text ?? '')),
  },
  {
    id: 'ant-thinking-unsupported',
    when: 'thinking on a Claude that cannot',
    template: 'thinking: Extra inputs are not permitted',
    find: (call) => once(isThinking(call) && call.model.capabilities.reasoning === 'none'),
  },
  {
    // androoAGI/starnet#32 (Opus 5.5)
    id: 'ant-thinking-disabled-unsupported',
    when: 'thinking is turned off on a Claude that always thinks',
    template:
      '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    find: (call) => once(thinkingType(call) === 'disabled' && call.model.capabilities.reasoningAlwaysOn),
  },
  {
    id: 'ant-thinking-enabled-unsupported',
    when: 'thinking with a budget on a Claude that thinks adaptively only (4.6, which takes both, still takes sampling)',
    template:
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    find: (call) =>
      once(
        thinkingType(call) === 'enabled' &&
          call.model.capabilities.reasoning === 'adaptive' &&
          call.model.capabilities.sampling === 'none',
      ),
  },
  {
    id: 'ant-thinking-adaptive-unsupported',
    when: 'adaptive thinking on a Claude that thinks by a budget (before 4.6)',
    template:
      "thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags: 'disabled', 'enabled'",
    find: (call) => once(thinkingType(call) === 'adaptive' && call.model.capabilities.reasoning === 'budget'),
  },
  {
    id: 'ant-thinking-budget-min',
    when: 'the thinking budget is below 1024',
    template: 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    find: (call) => once((budgetTokens(call) ?? 1024) < 1024),
  },
  {
    id: 'ant-thinking-budget-vs-max',
    when: 'the thinking budget is not below maxTokens',
    template: `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. Please consult our documentation at ${docsUrl}#max-tokens-and-context-window-size`,
    find: (call) => {
      const budget = budgetTokens(call);
      const maxTokens = call.body.inferenceConfig?.maxTokens ?? Number.POSITIVE_INFINITY;
      return once(budget !== undefined && budget >= maxTokens);
    },
  },
  {
    id: 'ant-thinking-temperature',
    when: 'thinking with a temperature other than 1',
    template: `\`temperature\` may only be set to 1 when thinking is enabled. Please consult our documentation at ${docsUrl}#important-considerations-when-using-extended-thinking`,
    find: (call) => once(isThinking(call) && (call.body.inferenceConfig?.temperature ?? 1) !== 1),
  },
  {
    id: 'ant-thinking-top-p',
    when: 'thinking with topP',
    template: '`top_p` must be unset when thinking is enabled.',
    find: (call) => once(isThinking(call) && typeof call.body.inferenceConfig?.topP === 'number'),
  },
  {
    id: 'ant-thinking-top-k',
    when: 'thinking with top_k',
    template: '`top_k` must be unset when thinking is enabled.',
    find: (call) => once(isThinking(call) && memberOf(call.body.additionalModelRequestFields, 'top_k') !== undefined),
  },
  {
    id: 'ant-thinking-forced-tool',
    when: 'thinking with a tool choice that forces a tool (Opus 4.8 and Claude 5 take it: langchain-ai/langchain-aws#1141)',
    template: 'Thinking may not be enabled when tool_choice forces tool use.',
    find: (call) => {
      const choice = call.body.toolConfig?.toolChoice;
      return once(isThinking(call) && !thinksWhenForced.test(call.model.id) && Boolean(choice?.any ?? choice?.tool));
    },
  },
  {
    id: 'ant-thinking-block-required',
    when: 'thinking with a budget, and the last assistant message calls tools without its thinking before them',
    template: `messages.{i}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`tool_use\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at ${docsUrl}`,
    find: (call) => {
      if (thinkingType(call) !== 'enabled') return [];
      const messages = call.body.messages ?? [];
      const i = messages.findLastIndex(({ role }) => role === 'assistant');
      const content = messages[i]?.content ?? [];
      return content.some(({ toolUse }) => toolUse) && !content[0]?.reasoningContent ? [{ i }] : [];
    },
  },
  {
    id: 'ant-thinking-signature-missing',
    when: 'thinking is sent back without its signature',
    template: 'messages.{i}.content.{j}.thinking.signature: Field required',
    find: (call) =>
      isClaude(call)
        ? call.blocks.flatMap(({ i, j, block: { reasoningContent } }) =>
            reasoningContent?.reasoningText && !reasoningContent.reasoningText.signature ? [{ i, j }] : [],
          )
        : [],
  },
  {
    id: 'ant-redacted-invalid',
    when: 'sealed thinking is sent back that was not given out',
    template: 'messages.{i}.content.{j}: Invalid `data` in `redacted_thinking` block',
    find: (call) =>
      isClaude(call)
        ? call.blocks.flatMap(({ i, j, block: { reasoningContent } }) => {
            const data = reasoningContent?.redactedContent;
            return data && !isSealedReasoning(data) ? [{ i, j }] : [];
          })
        : [],
  },
  {
    id: 'ant-thinking-signature-invalid',
    when: 'thinking is sent back with a signature that was not made for its text',
    template: 'messages.{i}.content.{j}: Invalid `signature` in `thinking` block',
    find: (call) =>
      isClaude(call)
        ? call.blocks.flatMap(({ i, j, block: { reasoningContent } }) => {
            const { text, signature } = reasoningContent?.reasoningText ?? {};
            return signature && signature !== signReasoning(text ?? '') ? [{ i, j }] : [];
          })
        : [],
  },
];
