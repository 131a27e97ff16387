import { families } from './matrix/families.ts';

/** One model of each maker, to which the recordings are replayed. */
export const replayedModels = families.map(({ model }) => model).slice(0, 8);

const otherThanSonnet = replayedModels.slice(1);
const otherThanClaude = replayedModels.slice(2);
/** Without prompt caching. */
const uncached = replayedModels.slice(3);
/** Without a word for how hard to think. */
const effortless = ['llama3-3-70b-instruct', 'mistral-large-3-675b-instruct', 'qwen3-235b-a22b'];

/** By client, which fields of its recordings are reported as dropped, and by which models. */
export const recordedDrops: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // Of Anthropic's betas Sonnet 4.5 takes most at Bedrock, and Opus 4.7 only that for thinking between tools.
  'claude-code': {
    'anthropic-beta.advanced-tool-use-2025-11-20': otherThanSonnet,
    'anthropic-beta.claude-code-20250219': otherThanSonnet,
    'anthropic-beta.context-management-2025-06-27': otherThanSonnet,
    'anthropic-beta.effort-2025-11-24': otherThanSonnet,
    'anthropic-beta.interleaved-thinking-2025-05-14': otherThanClaude,
    'anthropic-beta.mid-conversation-tool-changes-2026-07-01': replayedModels,
    'anthropic-beta.thinking-token-count-2026-05-13': replayedModels,
    cache_control: uncached,
    context_management: otherThanSonnet,
    max_tokens: uncached,
    'messages.content.thinking': otherThanClaude,
    // Claude Code asks each model in its own way; here each is asked in all of them.
    'output_config.effort': replayedModels.filter((model) => model !== 'claude-opus-4-7'),
    thinking: otherThanSonnet,
    'tools.defer_loading': otherThanSonnet,
  },
  codex: {
    client_metadata: replayedModels,
    'input.reasoning': replayedModels,
    // Where thoughts come back unsigned, as chat completions and other models give them, Sonnet 4.5 stops thinking.
    'reasoning.effort': ['claude-sonnet-4-5', ...effortless],
    'tools.web_search': replayedModels,
  },
  'opencode-chat': {
    cache_control: uncached,
    max_tokens: ['llama3-3-70b-instruct', 'deepseek-v3.2'],
    'messages.reasoning_details': replayedModels,
    reasoning_effort: ['claude-sonnet-4-5', ...effortless],
  },
  'opencode-messages': {
    'anthropic-beta.structured-outputs-2025-11-13': otherThanSonnet,
    cache_control: uncached,
    max_tokens: ['llama3-3-70b-instruct', 'deepseek-v3.2', 'qwen3-235b-a22b'],
    'messages.content.thinking': otherThanClaude,
    thinking: otherThanSonnet,
    'tools.eager_input_streaming': otherThanSonnet,
  },
  'opencode-responses': {
    'input.reasoning': otherThanClaude,
    max_output_tokens: ['llama3-3-70b-instruct', 'deepseek-v3.2'],
    'reasoning.effort': effortless,
  },
};
