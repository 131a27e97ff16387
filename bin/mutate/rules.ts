import type { Mutation } from './apply.ts';
import { bedrockAnswerRules } from './bedrock-answer-rules.ts';
import { bedrockHealingRules } from './bedrock-healing-rules.ts';
import { bedrockNativeRules } from './bedrock-native-rules.ts';
import { bedrockPromptRules } from './bedrock-prompt-rules.ts';
import { bedrockRequestRules } from './bedrock-request-rules.ts';
import { bedrockSettingsRules } from './bedrock-settings-rules.ts';
import { chatRules } from './chat-rules.ts';
import { completionRules } from './completion-rules.ts';
import { costRules } from './cost-rules.ts';
import { dialectRules } from './dialect-rules.ts';
import { responsesRules } from './responses-rules.ts';
import { storedRules } from './stored-rules.ts';

/** Every rule that `npm run test:mutate` takes out. */
export const mutations: readonly Mutation[] = [
  ...bedrockPromptRules,
  ...bedrockRequestRules,
  ...bedrockSettingsRules,
  ...bedrockHealingRules,
  ...bedrockAnswerRules,
  ...bedrockNativeRules,
  ...dialectRules,
  ...chatRules,
  ...completionRules,
  ...responsesRules,
  ...costRules,
  ...storedRules,
];
