import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/providers/bedrock';
const testsOf = (...names: readonly string[]) => names.map((name) => `${folder}/${name}.test.ts`);

const messageRules = mutationsOf(`${folder}/messages.ts`, testsOf('messages', 'content', 'tool-results'), [
  ['reasoning goes back signed or not at all', '(isReplayed && part.signature !== undefined)', 'isReplayed'],
  [
    'reasoning stays behind where it is not asked for',
    "if (part.type === 'redacted-reasoning') return isReplayed;",
    '',
  ],
  ['reasoning that stays behind is reported', "dropped.add('messages.reasoning_details');", ''],
  ['the preamble comes first', 'parts: [...preamble, ...first.parts]', 'parts: [...first.parts, ...preamble]'],
  ['an empty conversation needs a system prompt', 'if (!first && !hasSystem)', 'if (false)'],
  ['an answer begun is left out for who cannot go on', '!capabilities.assistantPrefill ||', ''],
  ['an answer begun has no blanks at its end', 'text: part.text.trimEnd()', 'text: part.text'],
  ['a result needs its call', 'if (strays.length > 0) {', 'if (false) {'],
  ['a call needs its result', 'if (open.size > 0) {', 'if (false) {'],
  ['no point right after a text document', 'isTextDocument(block) || ', ''],
  ['a point waits for the last result', " || parts[index + 1]?.type === 'tool-result'", ''],
  ['a document needs a text', 'if (needsText || waiting', 'if (waiting'],
  ['blanks in a result are left out', ".filter((each) => each.type !== 'text' || each.text.trim() !== '')", ''],
  ['a status only for who takes it', '...(part.isError && capabilities.toolResultStatus ?', '...(part.isError ?'],
  ['a status that is lost is reported', "dropped.add('messages.is_error');", ';'],
  ['calls without tools are told as text', 'options.hasTools ? told : told.map(toolsAsText(told))', 'told'],
  ['files of a result told as text stay files', ", ...part.content.filter(({ type }) => type !== 'text')]", ']'],
]);

const fileRules = mutationsOf(`${folder}/result-files.ts`, testsOf('content', 'tool-results'), [
  ['sound does not stand in a result', "part.type === 'audio' || ", ''],
  ['images leave a result where nobody sees them there', "part.type === 'image' || part.type === 'video'", 'false'],
  ['images stay in a result where they are seen', '!toolResultImages && ', ''],
  ['a point after a result stays behind its files', 'cacheAfter && at === its.length - 1 ?', 'false ?'],
  ['files come behind the last result', '[...results, ...files, ...rest]', '[...files, ...results, ...rest]'],
]);

const contentRules = mutationsOf(`${folder}/content.ts`, testsOf('content'), [
  ['images only for who sees', 'if (!capabilities.vision)', 'if (false)'],
  ['sound only for who hears', 'if (!capabilities.audio)', 'if (false)'],
  ['film only for who watches', 'if (!capabilities.video)', 'if (false)'],
  ['documents only for who reads', 'if (capabilities.documents) {', 'if (true) {'],
  ['what is no text is not told as one', 'if (!readable.includes(part.format))', 'if (false)'],
]);

const nameRules = mutationsOf(`${folder}/document-names.ts`, testsOf('content', 'tool-results'), [
  ['a document’s name has only legal characters', ".replaceAll(/[^a-zA-Z0-9 ()[\\]-]+/g, ' ')", ''],
  ['a document’s name has single spaces', ".replaceAll(/ {2,}/g, ' ')", ''],
  ['a document’s name has its bound', '.slice(0, 100)', ''],
  ['a document without a name gets one', "clean === '' ? `", 'false ? `'],
  ['no two documents share a name', 'if (this.#take(wanted)) return wanted;', 'if (true) return wanted;'],
  ['copies of one document are numbered', 'if (!this.#take(next)) continue;', ''],
  ['a name in another case is the same', 'name.toLowerCase()', 'name'],
]);

const pointRules = mutationsOf(
  `${folder}/cache-points.ts`,
  testsOf('cache-points', 'prompt-prefix', 'messages', 'request'),
  [
    ['an hour is said', "...(ttl === '1h' && { ttl })", ''],
    ['no point of our own for a single question', ' && isNextTurnLikely(request) ? placed', ' ? placed'],
    ['no point of our own unless it is wanted', "request.cache === 'auto' && ", ''],
    [
      'no point for who takes none',
      "if (request.cache === 'off' || caching === null) {",
      "if (request.cache === 'off') {",
    ],
    ['points asked for in vain are reported', "if (request.cache !== 'off') dropped.add('cache_control');", ''],
    ['at most four points', 'if (seen++ < tooMany) return undefined;', ''],
    [
      'no points among tools for who takes none there',
      "if (place === 'tools' && !caching.tools) return undefined;",
      '',
    ],
    ['no hour after five minutes', 'hasShort || !caching.hourly', '!caching.hourly'],
    ['no hour for who has none', 'hasShort || !caching.hourly', 'hasShort'],
    ['no point below the minimum', 'bytes >= least', 'true'],
    ['a file’s bytes are no length', "key === 'bytes' ? '' : value", 'value'],
    ['the last two user turns have points', 'userTurns.slice(-2)', 'userTurns.slice(-1)'],
    [
      'no point of our own after a text document',
      'last === undefined || isTextDocument(last) ?',
      'last === undefined ?',
    ],
    ['a PDF is no text document', "block.document['format'] !== 'pdf'", 'true'],
  ],
);

const systemRules = mutationsOf(`${folder}/system.ts`, testsOf('system'), [
  ['blank texts are left out of the system prompt', "if (text.trim() !== '') blocks", 'blocks'],
  ['a marked text has its point', 'cacheAfter !== undefined && ', 'false && '],
  ['no point begins the system prompt', ' && blocks.length > 0', ''],
]);

const requestRules = mutationsOf(
  `${folder}/request.ts`,
  testsOf('request', 'reasoning', 'structured-output', 'tools', 'extras'),
  [
    ['no empty system prompt', '...(prompt.system.length > 0 && {', '...({'],
    ['no empty inferenceConfig', '...(Object.keys(inference.inferenceConfig).length > 0 && {', '...({'],
    ['no empty additional fields', '...(Object.keys(fields).length > 0 && {', '...({'],
    ['the system prompt is a preamble for who has none', 'preamble: capabilities.system ? [] : system', 'preamble: []'],
    ['no system prompt for who has none', 'capabilities.system ? encodeSystem(system) : []', 'encodeSystem(system)'],
    [
      'our own fields win over the caller’s',
      '{ ...callers, ...thinking.fields, ...inference.fields, ...single }',
      '{ ...thinking.fields, ...inference.fields, ...single, ...callers }',
    ],
    ['who thinks gets no top_k of the caller’s', "if (sampling === 'free' ||", 'if (true ||'],
    ['a lost top_k is reported', "dropped.add('additionalModelRequestFields.top_k');", ''],
    ['reasoning tokens are asked for', '(thinking.countsReasoning ? [reasoningTokensPath] : [])', '[]'],
    [
      'calls are told as text beside our own tool',
      'hasTools: request.tools.length > 0',
      'hasTools: offered.tools.length > 0',
    ],
  ],
);

/** Rules by which the conversation and the body of a request to Bedrock are written. */
export const bedrockPromptRules: readonly Mutation[] = [
  ...messageRules,
  ...fileRules,
  ...contentRules,
  ...nameRules,
  ...pointRules,
  ...systemRules,
  ...requestRules,
];
