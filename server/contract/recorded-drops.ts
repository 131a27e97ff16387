/** One model of each family, to which the recordings are replayed. */
export const replayedModels = [
  'claude-sonnet-4-5',
  'claude-opus-4-7',
  'nova-2-lite',
  'llama3-3-70b-instruct',
  'mistral-large-3-675b-instruct',
  'deepseek-v3.2',
  'gpt-oss-120b',
  'qwen3-235b-a22b',
];

const others = replayedModels.slice(2);
/** Without prompt caching. */
const uncached = replayedModels.slice(3);

const otherThanSonnet = replayedModels.slice(1);
/** Without a word for how hard to think. */
const effortless = ['llama3-3-70b-instruct', 'mistral-large-3-675b-instruct', 'qwen3-235b-a22b'];

/** By client, which fields of its recordings are reported as dropped, and by which models. */
export const recordedDrops: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'claude-code': {
    'anthropic-beta': replayedModels,
    cache_control: uncached,
    context_management: replayedModels,
    max_tokens: uncached,
    'messages.reasoning_details': others,
    reasoning_effort: otherThanSonnet,
    'thinking.display': replayedModels,
    'tools.defer_loading': replayedModels,
  },
  codex: {
    client_metadata: replayedModels,
    'input.reasoning': replayedModels,
    // Where thoughts come back unsigned, as chat completions and other models give them, Sonnet 4.5 stops thinking.
    reasoning_effort: ['claude-sonnet-4-5', ...effortless],
    'tools.web_search': replayedModels,
  },
  'opencode-chat': {
    cache_control: uncached,
    max_tokens: ['llama3-3-70b-instruct', 'deepseek-v3.2'],
    'messages.reasoning_details': replayedModels,
    reasoning_effort: ['claude-sonnet-4-5', ...effortless],
  },
  'opencode-messages': {
    'anthropic-beta': replayedModels,
    cache_control: uncached,
    max_tokens: ['llama3-3-70b-instruct', 'deepseek-v3.2', 'qwen3-235b-a22b'],
    'messages.reasoning_details': others,
    reasoning_effort: otherThanSonnet,
    'tools.eager_input_streaming': replayedModels,
  },
  'opencode-responses': {
    'input.reasoning': others,
    max_tokens: ['llama3-3-70b-instruct', 'deepseek-v3.2'],
    reasoning_effort: effortless,
  },
};
