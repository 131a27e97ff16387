import type { Mutation } from './apply.ts';
import { bedrockAnswerRules } from './bedrock-answer-rules.ts';
import { bedrockRequestRules } from './bedrock-request-rules.ts';
import { chatRules } from './chat-rules.ts';
import { costRules } from './cost-rules.ts';

/** Every rule that `npm run test:mutate` takes out. */
export const mutations: readonly Mutation[] = [
  ...bedrockRequestRules,
  ...bedrockAnswerRules,
  ...chatRules,
  ...costRules,
];
