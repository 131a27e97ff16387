import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/providers/bedrock';

const finishRules = mutationsOf(
  `${folder}/finish-reason.ts`,
  [`${folder}/finish-reason.test.ts`],
  [
    ['a full window is not a full answer', "return 'context-window';", "return 'length';"],
    ['a stop sequence is told apart from an end', "return 'stop-sequence';", "return 'stop';"],
    ['what a guardrail cuts is filtered content', "case 'guardrail_intervened':\n", ''],
    ['a word nobody knows is no end', "return 'unknown';", "return 'stop';"],
    ['broken tool calls are an error', "stopReason !== 'malformed_tool_use' && ", ''],
    ['broken output is an error', " && stopReason !== 'malformed_model_output'", ''],
  ],
);

const usageRules = mutationsOf(
  `${folder}/usage.ts`,
  [`${folder}/usage.test.ts`],
  [
    ['counts are never negative', 'Math.max(0, Math.round(numberAt(value, name) ?? 0))', 'numberAt(value, name) ?? 0'],
    ['cached tokens counted in are taken off', 'hasCached ? told - read - written : told', 'told'],
    ['a model that counts them in is believed', '(countsCached || !isSum)', '!isSum'],
    ['a total that is no sum shows that they are counted in', '(countsCached || !isSum)', 'countsCached'],
    ['more cached than counted cannot be counted in', ' && told >= read + written', ''],
    ['writes for an hour count apart', 'cacheWrite5mTokens: written - writtenFor1h', 'cacheWrite5mTokens: written'],
    ['details that do not add up do not count', 'if (sumOf(details) !== written) return 0;', ''],
    ['only details of an hour count for an hour', "textAt(entry, 'ttl') === '1h'", 'true'],
  ],
);

const streamRules = mutationsOf(
  `${folder}/stream.ts`,
  [`${folder}/stream.test.ts`, `${folder}/parity.test.ts`],
  [
    [
      'a stream without messageStop is broken',
      'if (!this.#finished || this.#metadata === undefined)',
      'if (this.#metadata === undefined)',
    ],
    [
      'a stream without metadata is broken',
      'if (!this.#finished || this.#metadata === undefined)',
      'if (!this.#finished)',
    ],
    ['an answer nobody can use is an error', 'if (this.#fault) throw this.#fault;', ''],
    ['an exception in the stream is thrown', "if (kind === 'exception') throw toStreamError(name, payload);", ''],
    [
      'tool names are those of the caller again',
      "this.#options.names.decode(textAt(toolUse, 'name') ?? '')",
      "textAt(toolUse, 'name') ?? ''",
    ],
    [
      'a call of a tool that may not be called is left out',
      'if (this.#options.callable && !this.#options.callable.has(name)) {',
      'if (false) {',
    ],
    ['blocks are numbered without gaps', 'const index = this.#blocks++;', 'const index = at;'],
    [
      'a signature is passed on',
      "if (signature !== undefined) events.push({ type: 'reasoning-signature', index, signature });",
      '',
    ],
    [
      'sealed reasoning is passed on',
      "if (data !== undefined) events.push({ type: 'reasoning-redacted', index, data });",
      '',
    ],
    ['a block index used again is a new block', 'this.#open.delete(at);', ''],
  ],
);

const wholeRules = mutationsOf(
  `${folder}/answer.ts`,
  [`${folder}/answer.test.ts`, `${folder}/parity.test.ts`],
  [
    [
      'an answer without stop reason is broken',
      'if (raw === undefined || usage === undefined)',
      'if (usage === undefined)',
    ],
    ['an answer without usage is broken', 'if (raw === undefined || usage === undefined)', 'if (raw === undefined)'],
    ['a whole answer nobody can use is an error', 'if (fault) throw fault;', ''],
    [
      'a call that may not be made is left out of a whole answer',
      'if (callable && !callable.has(name)) return [];',
      '',
    ],
    [
      'tool names in a whole answer are those of the caller',
      "names.decode(textAt(toolUse, 'name') ?? '')",
      "textAt(toolUse, 'name') ?? ''",
    ],
  ],
);

const jsonRules = mutationsOf(
  `${folder}/json-answer.ts`,
  [`${folder}/json-answer.test.ts`],
  [
    ['the forced tool’s arguments are the text', 'if (event.name === this.#options.tool) {', 'if (false) {'],
    ['text beside a forced tool waits', 'if (this.#options.tool === undefined) return', 'if (true) return'],
    [
      'a forced tool that was not called leaves the text',
      ': this.#heldBack.flatMap((event) => this.#onText(event))',
      ': []',
    ],
    ['text that is left out is told', 'return said ? [{', 'return false ? [{'],
    ['an answer that was cut is not judged', 'if (ended && !this', 'if (!this'],
    ['an answer that calls others is not judged', 'if (ended && !this.#callsOthers)', 'if (ended)'],
    ['the forced tool’s call is a stop', "isAnswer ? { ...finish, reason: 'stop' } : finish", 'finish'],
    ['no JSON is a fault', 'this.#fault = noJson();', ''],
    ['another schema is told', 'return this.#options.follows(this.#options.schema, value)', 'return true'],
    ['each text has its own fence', '    this.#fence = new FenceStripper();', ''],
  ],
);

const judgeRules = mutationsOf(
  `${folder}/schema-judge.ts`,
  [`${folder}/json-answer.test.ts`],
  [['regular expressions of callers are not run', "(key === 'pattern' || key === 'format') &&", 'false &&']],
);

const fenceRules = mutationsOf(
  `${folder}/fence.ts`,
  [`${folder}/fence.test.ts`],
  [
    ['blanks before the text go', 'this.#held = this.#held.trimStart();', ''],
    ['a fence may come in pieces', ' || unfinished.test(this.#held)', ''],
    ['the closing fence goes', "this.#state === 'fenced' && rest.trim() === '```' ? '' : rest", 'rest'],
    ['only a fenced text has a closing fence', "this.#state === 'fenced' && rest.trim()", 'rest.trim()'],
    ['not more is kept back than may close', 'const mostHeld = 64;', 'const mostHeld = 4_096;'],
    ['three backticks close a fence', 'ticks < 3', 'ticks < 2'],
  ],
);

/** Rules by which Bedrock's answers are read. */
export const bedrockAnswerRules: readonly Mutation[] = [
  ...finishRules,
  ...usageRules,
  ...streamRules,
  ...wholeRules,
  ...jsonRules,
  ...judgeRules,
  ...fenceRules,
];
