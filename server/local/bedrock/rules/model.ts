import type { ModelCall } from '../call.ts';
import { claudeRules } from './claude.ts';
import { claudeContentRules } from './claude-content.ts';
import { claudeFieldRules } from './claude-fields.ts';
import { claudeThinkingRules } from './claude-thinking.ts';
import { novaRules } from './nova.ts';
import { otherMakerRules } from './other-makers.ts';
import { once, type Rule } from './rule.ts';

// What a model itself refuses. `The model returned the following errors: ` stands before each of these texts.

const sizeRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-prompt-too-long',
    when: "the prompt is longer than Claude's context window",
    template: 'prompt is too long: {tokens} tokens > {limit} maximum',
    find: ({ model, promptTokens: tokens }) =>
      model.maker === 'anthropic' && model.contextWindow !== undefined && tokens > model.contextWindow
        ? [{ tokens, limit: model.contextWindow }]
        : [],
  },
  {
    id: 'input-too-long',
    when: "the prompt is longer than another model's context window",
    template: 'Input is too long for requested model.',
    find: ({ model, promptTokens }) =>
      once(model.maker !== 'anthropic' && model.contextWindow !== undefined && promptTokens > model.contextWindow),
  },
];

export const modelRules: readonly Rule<ModelCall>[] = [
  ...sizeRules,
  ...novaRules,
  ...otherMakerRules,
  ...claudeFieldRules,
  ...claudeRules,
  ...claudeThinkingRules,
  ...claudeContentRules,
];
