import type { Capabilities } from '../../server/catalogue/catalogue.ts';
import { firstClaudes, isClaude3OrNewer, isNova, startsWithAny, thirdClaudes } from './families.ts';
import { reasoningOf } from './reasoning.ts';
import type { SourceModel } from './source.ts';

/**
 * `one`: temperature and topP are refused together (Claude Opus 4.1, all 4.5 and 4.6). `none`: refused at all, which the
 * source says for Opus 4.7 and newer and for OpenAI's; the Mythos preview is of that generation.
 */
function samplingOf({ id, supports }: SourceModel): Capabilities['sampling'] {
  if (supports['sampling_params'] === false || id.startsWith('anthropic.claude-mythos-')) return 'none';
  return /^anthropic\.claude-(opus|sonnet|haiku)-4-[1-6]\b/.test(id) ? 'one' : 'both';
}

/** Llama refuses tools while streaming; for Mistral's models of 2024 and early 2025 nothing says that they take them. */
function takesToolsWhileStreaming({ id, provider }: SourceModel): boolean {
  return provider !== 'meta' && !/^mistral\..*-(2402|2407|2502)-v/.test(id);
}

/** AWS's API reference: `tool` is for Claude 3 and newer and Nova; others that take a choice take `any`. */
function toolChoiceOf(model: SourceModel, tools: boolean): Capabilities['toolChoice'] {
  if (!tools || model.supports['tool_choice'] !== true) return 'none';
  return isClaude3OrNewer(model) || isNova(model) ? 'tool' : 'any';
}

/** By the words in which Bedrock refused such requests: `Conversation blocks and tool result blocks cannot be …`. */
const separateTurns = ['meta', 'mistral'];

/** AWS's API reference on `status`, and its refusals to Writer, Mistral, Llama and Cohere: only these two take it. */
const takesResultStatus = (model: SourceModel) => isClaude3OrNewer(model) || isNova(model);

/** Twelve makers' models were asked by a user in September 2026 (anomalyco/opencode#49443): only these took the image. */
const withResultImages = ['anthropic', 'amazon', 'meta'];

/** Both read images (their makers' cards, AWS's list of models), which their rows in the source leave open. */
const unlistedVision = ['meta.llama4-', 'mistral.pixtral-'];

/** Means cachePoint blocks. OpenAI, Grok, Kimi and GLM cache by themselves and refuse the block. */
function promptCachingOf(model: SourceModel): Capabilities['promptCaching'] {
  const { provider, supports, prices_usd_per_1m: prices } = model;
  if (supports['prompt_caching'] !== true || !['anthropic', 'amazon'].includes(provider)) return null;
  return {
    tools: provider === 'anthropic',
    // Only where there is a price for it.
    hourly: typeof prices.cache_write_1h === 'number',
    // AWS's user guide, "Prompt caching": 1,024 for Nova and for Claude models that the source says nothing of.
    minTokens: model.prompt_cache_min_tokens ?? 1024,
  };
}

/** A missing flag means that the source does not say: then what works either way is chosen. */
export function capabilitiesOf(model: SourceModel): Capabilities {
  const { id, provider, supports } = model;
  // AWS's table of Converse features, for rows the main source leaves open.
  const jamba15 = id.startsWith('ai21.jamba-1-5-');
  const tools = supports['tools'] ?? jamba15;
  const documents =
    supports['pdf'] ??
    (jamba15 ||
      startsWithAny(id, ['amazon.titan-text-express', 'amazon.titan-text-lite', ...firstClaudes, ...thirdClaudes]));
  const vision = supports['vision'] ?? startsWithAny(id, unlistedVision);
  return {
    streaming: true,
    // Refused by Titan Text, Mistral 7B and Mixtral; the prompt then goes in front of the first user turn.
    system: !startsWithAny(id, ['amazon.titan-text-', 'mistral.mistral-7b-', 'mistral.mixtral-']),
    systemAmongMessages: supports['mid_conversation_system'] === true,
    tools,
    toolChoice: toolChoiceOf(model, tools),
    forcedTools: supports['forced_tool_use'] !== false,
    streamingTools: tools && takesToolsWhileStreaming(model),
    // Claude from 4.5: `disable_parallel_tool_use` among the additional fields.
    singleToolCall: supports['parallel_tools_configurable'] === true,
    // Claude 4.5 and 4.6. Opus 4.7 and all of Claude 5 refuse the field (BerriAI/litellm#31582), as far as they are
    // asked; those the source says nothing of are taken to do so too.
    strictTools:
      isClaude3OrNewer(model) &&
      supports['native_structured_output'] === true &&
      supports['strict_tools'] !== false &&
      samplingOf(model) !== 'none',
    toolResultImages: vision && supports['tool_result_images'] !== false && withResultImages.includes(provider),
    toolResultStatus: takesResultStatus(model),
    mixesToolsAndText: !separateTurns.includes(provider),
    // Refused by gpt-oss, GPT, Grok and Qwen; Titan takes only two fixed words; Mistral Large 2 fails when streaming.
    stopSequences:
      !['openai', 'qwen', 'xai'].includes(provider) &&
      !startsWithAny(id, ['amazon.titan-text-', 'mistral.mistral-large-2407']),
    blankStopSequences: provider !== 'anthropic',
    sampling: samplingOf(model),
    topK: isNova(model) ? 'nova' : provider === 'anthropic' && samplingOf(model) !== 'none' ? 'claude' : 'none',
    vision,
    documents,
    audio: supports['audio_input'] === true,
    // AWS's user guide: Nova Lite, Pro and Premier read videos; the source has it for the second generation.
    video: supports['video_input'] === true || /^amazon\.nova-(lite|pro|premier)-/.test(id),
    ...reasoningOf(model),
    // Nova and DeepSeek refuse reasoning that is sent back, others refuse its signature or lose it.
    reasoningReplay: supports['reasoning'] === true && provider === 'anthropic' ? 'signed' : 'none',
    nativeStructuredOutput:
      supports['native_structured_output'] === true || supports['bedrock_native_structured_output'] === true,
    verbosity: id.startsWith('openai.gpt-') && !id.startsWith('openai.gpt-oss'),
    promptCaching: promptCachingOf(model),
    assistantPrefill: supports['assistant_prefill'] ?? startsWithAny(id, [...firstClaudes, ...thirdClaudes]),
    // Measured by users on GPT-5.6: 4,995 streamed and 2 whole for one prompt of which 4,993 tokens were written to the
    // cache (maximhq/bifrost#6942, anomalyco/opencode#47296).
    streamCountsCached: provider === 'openai',
  };
}

/** GPT, Grok and Kimi K3 refuse a smaller cap. */
export function minOutputTokensOf({ id }: SourceModel): number {
  return /^(openai\.gpt-(?!oss)|xai\.grok-|moonshotai\.kimi-k3)/.test(id) ? 16 : 1;
}
