import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/providers/bedrock';
const dialect = 'server/dialects/anthropic-messages';

const planRules = mutationsOf(
  `${folder}/claude-plan.ts`,
  [`${folder}/claude-way.test.ts`, `${folder}/invoke-body.test.ts`],
  [
    [
      'another maker’s model has no body of Claude’s',
      'isClaude && model.capabilities.streaming',
      'model.capabilities.streaming',
    ],
    ['a guardrail keeps the call on Converse', ' && !guardrail', ''],
    ['a file only Converse reads keeps the call there', ' && !request.messages.some(hasOfficeFile)', ''],
    ['a label is no reason', '!labels.has(beta)', 'true'],
    ['a beta the model does not take is left out', 'claude.betas.filter((beta) => taken.has(beta))', 'claude.betas'],
    ['nothing goes without its beta', '(beta !== undefined && !taken.has(beta))', 'false'],
    ['what needs a beta brings it along', 'if (beta !== undefined) betas.add(beta);', ''],
    ['what is left out is reported', 'reportClaudeFields(lostOf(claude, extras), dropped);', ''],
    ['a tool that is not sent is not forced', 'withPossibleChoice(all, dropped)', 'all'],
    ['an edit that is billed is not let through', 'withKnownEdits(asked, dropped)', 'asked'],
    ['no tool means no tool', "toolChoice?.type === 'none'", 'false'],
  ],
);

const bodyRules = mutationsOf(
  `${folder}/invoke-body.ts`,
  [`${folder}/invoke-body.test.ts`],
  [
    ['a cache point marks the block before it', 'cache_control: toCacheControl(point)', ''],
    ['an hour in the cache stays one', '...(ttl !== undefined && { ttl })', ''],
    ['a failed tool is told as failed', "status === 'error' && { is_error", 'false && { is_error'],
    [
      'thoughts go back with their signature',
      "{ type: 'thinking', thinking: text, signature }",
      "{ type: 'thinking', thinking: text }",
    ],
    ['a text file is told as text', "format === 'pdf'", 'true'],
    ['one tool at a time', "{ tool_choice: { type: 'auto', ...choice } }", '{}'],
    ['the tier is asked for', "add('service-tier', textAt(serviceTier, 'type'));", ''],
  ],
);

const streamRules = mutationsOf(
  `${folder}/invoke-stream.ts`,
  [`${folder}/invoke-stream.test.ts`, `${folder}/claude-way.test.ts`],
  [
    ['an answer without its end is cut', '!this.#isComplete || ', ''],
    ['what Bedrock adds is not Anthropic’s', "!name.startsWith('amazon-bedrock-')", 'true'],
    ['a guardrail that intervened is told', "=== 'INTERVENED'", "=== 'x'"],
    [
      'the prompt’s usage is told before the answer',
      "return [{ type: 'prompt-usage', usage: decodeClaudeUsage(usage, this.#tier) }];",
      'return [];',
    ],
    ['a tool has the caller’s name', 'name: this.#options.names.decode(name)', 'name'],
    ['null says nothing anew', '.filter(([, value]) => value !== null)', ''],
    ['arguments that never came are none', "kind === 'tool-call' && !hasInput", 'false'],
    ['an answer read anew is not handed on', 'if (this.#json) return this.#json.read(events);', ''],
  ],
);

const eventRules = mutationsOf(
  `${dialect}/native-events.ts`,
  [`${dialect}/native-events.test.ts`],
  [
    ['the message has our id', 'id, model } };', 'model } };'],
    ['the last usage has the price', 'cost_usd: costUsd }', '}'],
    ['a guardrail’s words are a refusal', "stop_reason: 'refusal'", ''],
    ['thoughts that are not wanted leave no text', "thinking: '', signature: ''", ''],
    ['what comes between thoughts does not end them', "if (type !== 'content_block_stop') return [event];", ''],
    ['message_stop is never missing', 'isWhole ? this.#last', 'true ? this.#last'],
    ['pieces are put together', 'before + value', 'value'],
  ],
);

/** Rules by which Claude is asked, and answers, in Anthropic's own words. */
export const bedrockNativeRules: readonly Mutation[] = [...planRules, ...bodyRules, ...streamRules, ...eventRules];
