import type { ModelCall } from '../call.ts';
import { memberOf } from '../json.ts';
import { isClaude } from './claude.ts';
import { once, type Rule, type Values } from './rule.ts';

// What a Claude refuses of fields that other Claudes take, or that Anthropic's own API takes: betas, strict tools, output
// formats, effort words, hours in the cache. Texts as users saw them on Bedrock; `find` names the path.

/** Betas that users saw accepted on Bedrock. Opus 4.7 took the first only (anthropics/claude-code#49370). */
const knownBetas: readonly string[] = [
  'interleaved-thinking-2025-05-14',
  'claude-code-20250219',
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  'fine-grained-tool-streaming-2025-05-14',
  'output-128k-2025-02-19',
  'structured-outputs-2025-11-13',
  'token-efficient-tools-2025-02-19',
  'tool-examples-2025-10-29',
  'tool-search-tool-2025-10-19',
];
/** Tools of Anthropic that Bedrock runs, by the beginning of their type. */
const knownToolTypes: readonly string[] = [
  'bash_',
  'computer_',
  'custom',
  'memory_',
  'text_editor_',
  'tool_search_tool_',
];
const allTools = "'bash_20250124', 'custom', 'memory_20250818', 'text_editor_20250124', 'text_editor_20250728'";

const knownEdits: readonly string[] = ['clear_thinking_20251015', 'clear_tool_uses_20250919'];
const allEdits = knownEdits.map((edit) => `'${edit}'`).join(', ');

/** Words Claude knows for its effort, weakest first. */
const effortWords: readonly string[] = ['low', 'medium', 'high', 'xhigh', 'max'];
/** What the only Claude takes that has both a thinking budget and an effort (Opus 4.5; coder/coder#25356). */
const budgetEffortWords: readonly string[] = ['low', 'medium', 'high'];

function fieldOf({ body }: ModelCall, name: string): unknown {
  return memberOf(body.additionalModelRequestFields, name);
}

function effortsOf({ capabilities }: ModelCall['model']): readonly string[] {
  if (capabilities.reasoning === 'budget') return budgetEffortWords;
  return effortWords.filter((word) => capabilities.efforts.some((effort) => effort === word));
}

/** `'low', 'medium' or 'high'`, as the validator lists words. */
function listWords(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  return [quoted.slice(0, -1).join(', '), quoted.at(-1)].filter(Boolean).join(' or ');
}

function refusesBeta({ model }: ModelCall, beta: unknown): boolean {
  const known = model.id.includes('claude-opus-4-7') ? knownBetas.slice(0, 1) : knownBetas;
  return typeof beta !== 'string' || !known.includes(beta);
}

/** Places of the cache points of an hour, by the names of Anthropic's API. */
function hourlyPoints({ body, blocks }: ModelCall): readonly Values[] {
  const at = (path: string) => ({ path: `${path}.cache_control.ephemeral.ttl` });
  const isHourly = (holder: { cachePoint?: { ttl?: string | null | undefined } | null | undefined } | undefined) =>
    holder?.cachePoint?.ttl === '1h';
  return [
    ...(body.toolConfig?.tools ?? []).flatMap((tool, i) => (isHourly(tool) ? [at(`tools.${i - 1}`)] : [])),
    ...(body.system ?? []).flatMap((block, i) => (isHourly(block) ? [at(`system.${i - 1}`)] : [])),
    ...blocks.flatMap(({ i, j, block }) => (isHourly(block) ? [at(`messages.${i}.content.${j - 1}`)] : [])),
  ];
}

const extraInputs = '{path}: Extra inputs are not permitted';

export const claudeFieldRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-beta-invalid',
    when: 'anthropic_beta among the additional fields has a flag that Bedrock does not know',
    template: 'invalid beta flag',
    find: (call) => {
      const betas = fieldOf(call, 'anthropic_beta');
      return once(isClaude(call) && Array.isArray(betas) && betas.some((beta) => refusesBeta(call, beta)));
    },
  },
  {
    id: 'ant-tool-type-unknown',
    when: 'tools among the additional fields has a tool of Anthropic that Bedrock does not run',
    template: `tools.{i}: Input tag '{type}' found using 'type' does not match any of the expected tags: ${allTools}`,
    find: (call) => {
      const tools = fieldOf(call, 'tools');
      if (!isClaude(call) || !Array.isArray(tools)) return [];
      return tools.flatMap((tool: unknown, i) => {
        const type = memberOf(tool, 'type');
        return typeof type === 'string' && !knownToolTypes.some((known) => type.startsWith(known)) ? [{ i, type }] : [];
      });
    },
  },
  {
    id: 'ant-context-edit-unknown',
    when: 'context_management has an edit that Bedrock does not know (modelled on the text for tools)',
    template: `context_management.edits.{i}: Input tag '{type}' found using 'type' does not match any of the expected tags: ${allEdits}`,
    find: (call) => {
      const edits = memberOf(fieldOf(call, 'context_management'), 'edits');
      if (!isClaude(call) || !Array.isArray(edits)) return [];
      return edits.flatMap((edit: unknown, i) => {
        const type = String(memberOf(edit, 'type'));
        return knownEdits.includes(type) ? [] : [{ i, type }];
      });
    },
  },
  {
    // BerriAI/litellm#31582, #33193
    id: 'ant-strict-tools-unsupported',
    when: 'a tool says strict to a Claude without strict tools',
    template: extraInputs,
    find: (call) =>
      isClaude(call) && !call.model.capabilities.strictTools
        ? (call.body.toolConfig?.tools ?? []).flatMap(({ toolSpec }, i) =>
            typeof toolSpec?.strict === 'boolean' ? [{ path: `tools.${i}.custom.strict` }] : [],
          )
        : [],
  },
  {
    // BerriAI/litellm#27846, presenton/presenton#939
    id: 'ant-output-format-unsupported',
    when: 'an output schema is sent to a Claude without structured output',
    template: 'output_config.format: Extra inputs are not permitted',
    find: (call) => {
      const format = call.body.outputConfig?.textFormat ?? memberOf(fieldOf(call, 'output_config'), 'format');
      return once(isClaude(call) && !call.model.capabilities.nativeStructuredOutput && Boolean(format));
    },
  },
  {
    // coder/coder#25356
    id: 'ant-effort-invalid',
    when: 'the effort is not a word this Claude knows',
    template: 'output_config.effort: Input should be {words}',
    find: (call) => {
      const effort = call.body.outputConfig?.effort ?? memberOf(fieldOf(call, 'output_config'), 'effort');
      if (!isClaude(call) || typeof effort !== 'string') return [];
      const words = effortsOf(call.model);
      return words.length === 0 || words.includes(effort) ? [] : [{ words: listWords(words) }];
    },
  },
  {
    // earendil-works/pi#1570; the path is modelled on that of other such texts
    id: 'ant-cachepoint-ttl-unsupported',
    when: 'a cache point of 1h is sent to a Claude before 4.5, whose entries live five minutes',
    template: extraInputs,
    find: (call) =>
      isClaude(call) && call.model.capabilities.promptCaching?.hourly === false ? hourlyPoints(call) : [],
  },
  {
    // can1357/oh-my-pi#12939
    id: 'ant-forced-tool-unsupported',
    when: 'the tool choice forces a tool on a Claude that lets none be forced',
    template: 'tool_choice: type "tool" and "any" are not supported for this model.',
    find: (call) => {
      const choice = call.body.toolConfig?.toolChoice;
      return once(isClaude(call) && !call.model.capabilities.forcedTools && Boolean(choice?.any ?? choice?.tool));
    },
  },
  {
    // langchain-ai/langchain-aws#451, by Claudes of 2025: the newer ones take a text first
    id: 'ant-tool-result-order',
    when: 'another block stands before the tool results in the message after tool calls (Claude 3 only)',
    template:
      'messages.{i}: Did not find {n} `tool_result` block(s) at the beginning of this message. Messages following `tool_use` blocks must begin with a matching number of `tool_result` blocks.',
    find: (call) =>
      isClaude(call) && call.model.id.includes('claude-3')
        ? (call.body.messages ?? []).flatMap(({ content }, i) => {
            // A cache point is no block of Claude's own.
            const blocks = (content ?? []).filter(({ cachePoint }) => !cachePoint);
            const n = blocks.filter(({ toolResult }) => toolResult).length;
            const leading = blocks.findIndex(({ toolResult }) => !toolResult);
            return n > 0 && leading >= 0 && leading < n ? [{ i, n }] : [];
          })
        : [],
  },
  {
    id: 'ant-input-plus-max',
    when: 'prompt and maxTokens together are longer than the window of a Claude before 4.5',
    template:
      'input length and `max_tokens` exceed context limit: {input} + {max_tokens} > {limit}, decrease input length or `max_tokens` and try again',
    find: (call) => {
      const { model, promptTokens: input, body } = call;
      const maxTokens = body.inferenceConfig?.maxTokens;
      const limit = model.contextWindow;
      const isOld = /claude-(3-7|opus-4-1|opus-4-20|sonnet-4-20)/.test(model.id);
      return isClaude(call) && isOld && limit !== undefined && maxTokens && input + maxTokens > limit
        ? [{ input, max_tokens: maxTokens, limit }]
        : [];
    },
  },
];
