import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/dialects';
const chat = `${folder}/openai-chat`;
const testsOf = (...names: readonly string[]) => names.map((name) => `${chat}/${name}.test.ts`);

const contentRules = mutationsOf(
  `${folder}/decode-content.ts`,
  testsOf('decode-content', 'client-shapes', 'reasoning'),
  [
    ['what may not stand in its place is refused', 'if (place.holds(decoded)) return decoded;', 'return decoded;'],
    ['a part is an object', 'if (!isObject(part)) throw', 'if (false) throw'],
    ['a message’s mark stands at its last part', 'index === last ?', 'index === 0 ?'],
    ['reasoning carries no mark', "part.type !== 'reasoning' && part.type !== 'redacted-reasoning'", 'true'],
    ['a refusal is a text', "  refusal: 'refusal',", ''],
    ['parts of Responses are texts', "  output_text: 'text',", ''],
    ['a failed result is one', "isError: part['is_error'] === true", 'isError: false'],
    ['sealed reasoning is kept', "if (part['type'] === 'redacted_thinking') {", 'if (false) {'],
    ['a signature is kept', "optionalText(part, 'signature', path) || undefined", 'undefined'],
    [
      'a part’s mark is read',
      "return { type: 'text', text, ...cacheAfterOf(part, path, reading) };",
      "return { type: 'text', text };",
    ],
    [
      'unknown members of a text are reported',
      "reading.dropped.addUnknown(part, ['type', field, ...cacheFields], 'messages.content');",
      '',
    ],
  ],
);

const mediaPartRules = mutationsOf(`${folder}/decode-media.ts`, testsOf('decode-content', 'client-shapes'), [
  ['an address is https', "if (new URL(url).protocol === 'https:')", 'if (true)'],
  ['an address is one', 'if (!URL.canParse(url)) throw', 'if (false) throw'],
  ['a detail is reported', "if (detail !== 'auto') dropped", 'if (false) dropped'],
  ['auto is no detail', "if (detail !== 'auto') dropped", 'if (true) dropped'],
  ['stored files are refused', "for (const name of ['file_id', 'file_url'])", 'for (const name of [] as string[])'],
  ['a document may be a text', "    case 'text': {", "    case 'texts': {"],
  ['an empty text is refused', "if (text === '') throw", 'if (false) throw'],
  ['sound has a known format', 'if (!format) throw wrong(`', 'if (false) throw wrong(`'],
  ['film is in the request', "if (typeof url !== 'string' || !isDataUrl(url)) {", "if (typeof url !== 'string') {"],
  ['film has a known format', "if (!format) throw wrong(at, 'is no film", "if (false) throw wrong(at, 'is no film"],
]);

const mediaRules = mutationsOf(
  `${folder}/media.ts`,
  [`${folder}/media.test.ts`],
  [
    ['a file is not empty', 'if (digits === 0) throw', 'if (false) throw'],
    ['a file has a bound', 'if (size > largestFileBytes) {', 'if (false) {'],
    ['what is no base64 is refused', 'bytes.length !== size || digits % 4 === 1', 'digits % 4 === 1'],
    ['base64 goes on in the standard alphabet', ' && !/[-_]/.test(bare)', ''],
    ['base64 goes on padded', 'bare.length % 4 === 0 && ', ''],
    ['blanks in base64 do not matter', "/\\s/.test(text) ? text.replaceAll(/\\s+/g, '') : text", 'text'],
    ['a data URL is in base64', "comma < 0 || parameters.at(-1)?.trim() !== 'base64'", 'comma < 0'],
    ['an image is one', 'if (format === undefined) {', 'if (false) {'],
    ['a PDF is one whatever it is called', "if (start.startsWith('%PDF-')) return 'pdf';", ''],
    [
      'an archive is an Office document or nothing',
      "named === 'docx' || named === 'xlsx' ? named : undefined",
      'named',
    ],
    ['what is no text is no document', 'if (!isText(bytes)) return undefined;', ''],
    ['a text of any kind is one', "named === 'md' ? named : 'txt'", "named === 'md' ? named : undefined"],
    ['an image is told by its bytes', 'if (sniffImage(bytes) !== undefined) return toImage(file, path);', ''],
  ],
);

const toolRules = mutationsOf(
  `${folder}/decode-tools.ts`,
  [...testsOf('decode-tools', 'client-shapes'), `${folder}/custom-tools.test.ts`],
  [
    ['tools and functions do not stand together', 'if (tools?.length && functions?.length) throw', 'if (false) throw'],
    ['two tools have two names', 'if (seen.has(tool.name)) throw', 'if (false) throw'],
    ['custom tools are known as such', 'if (isCustom) customTools.add(tool.name);', ''],
    ['tools that run elsewhere are reported', '  reading.dropped.add(`', '  void (`'],
    ['Anthropic’s shape is read', "if (entry['input_schema'] !== undefined &&", 'if (false &&'],
    ['a tool without schema has an empty one', "schema ?? { type: 'object', properties: {} }", 'schema ?? {}'],
    ['strict is a boolean', "if (typeof strict !== 'boolean') throw", 'if (false) throw'],
    ['a mark may stand in the definition', "definition['cache_control'] ? definition : entry", 'entry'],
    ['a grammar is told', "[description, rule].filter((text) => text !== undefined).join('\\n\\n')", 'description'],
    ['a grammar that is only told is reported', "reading.dropped.add('tools.custom.format');", ''],
    ['a format is one of two', "if (format['type'] !== 'grammar') throw", 'if (false) throw'],
  ],
);

const readingRules = mutationsOf(
  `${folder}/reading.ts`,
  testsOf('decode-content', 'decode-tools', 'decode-request', 'fields'),
  [
    ['an object is one', 'if (!isObject(value))\n', 'if (false)\n'],
    ['a text is one', "if (typeof value !== 'string')\n", 'if (false)\n'],
    ['a name says something', "if (value === '') throw", 'if (false) throw'],
    ['null counts as absent', 'parent[name] ?? undefined', 'parent[name]'],
    [
      'a breakpoint of OpenAI’s is a mark',
      'breakpoint === undefined ? noCache : { cacheAfter: reading.breakpointTtl }',
      'noCache',
    ],
    ['a mark is ephemeral', " || control['type'] !== 'ephemeral'", ''],
    ['a mark lives five minutes or an hour', "if (ttl !== '5m' && ttl !== '1h') throw", 'if (false) throw'],
    ['a mark lives five minutes unless it says so', "control['ttl'] ?? '5m'", "control['ttl'] ?? '1h'"],
    [
      'unknown members of a mark are reported',
      "reading.dropped.addUnknown(control, ['type', 'ttl'], 'cache_control');",
      '',
    ],
  ],
);

const reasoningRules = mutationsOf(`${folder}/reasoning-request.ts`, testsOf('reasoning'), [
  ['who turns it off has it off', "mode === 'disabled' || enabled === false", 'enabled === false'],
  ['OpenRouter’s switch counts', "mode === 'disabled' || enabled === false", "mode === 'disabled'"],
  [
    'OpenAI’s word decides',
    "effortOf(body['reasoning_effort'], 'reasoning_effort'),\n    effortOf(reasoning",
    'effortOf(reasoning',
  ],
  ['Anthropic’s effort counts', "    effortOf(output?.['effort'], 'output_config.effort'),\n", ''],
  ['an effort is one of the list', 'if (effort === undefined) throw', 'if (false) throw'],
  ['a mode is one of three', 'if (mode === undefined) throw', 'if (false) throw'],
  ['a budget is a whole number', 'Number.isInteger(value) && value >= 1', 'value >= 1'],
  [
    'OpenRouter’s budget counts',
    "thinkingBudget ?? tokensOf(reasoning?.['max_tokens'], 'reasoning.max_tokens')",
    'thinkingBudget',
  ],
  ['who says nothing asks for nothing', 'return isSilent ? undefined : ', 'return '],
]);

const customRules = mutationsOf(
  `${folder}/custom-tools.ts`,
  [`${folder}/custom-tools.test.ts`],
  [
    ['a cut escape waits', 'if (at + length > json.length) break;', ''],
    ['half a character waits', "this.#state === 'after' || !isHighSurrogate(text.slice(-1))", 'true'],
    ['an escape by number is one character', 'if (escaped.length === 5) return', 'if (false) return'],
    ['arguments of another shape are given whole', 'return textOf(rest) ??', "return (textOf(rest) && '') ??"],
    ['arguments that broke off say nothing', "? '' : rest);", '? rest : rest);'],
  ],
);

const messageRules = mutationsOf(
  `${chat}/decode-messages.ts`,
  testsOf('decode-request', 'decode-content', 'client-shapes', 'decode-tools', 'reasoning'),
  [
    [
      'system texts at the start are the system prompt',
      "if (message.role === 'system' && messages.length === 0)",
      'if (false)',
    ],
    ['an instruction in the middle stays there', ' && messages.length === 0)', ')'],
    ['a developer is a system', "role: role === 'developer' ? 'system' : role", 'role: role as never'],
    ['an empty answer says nothing', "content === '' ? [] : [textPart(content)]", '[textPart(content)]'],
    ['a message has content', 'if (said === undefined) {', 'if (false) {'],
    ['a result names its call', 'if (!toolCallId) {', 'if (false) {'],
    ['LangChain’s mark of a failure counts', " || message['status'] === 'error'", ''],
    ['Anthropic’s mark of a failure counts', "message['is_error'] === true || ", ''],
    [
      'sound of an answer is refused',
      "if (message['audio'] !== undefined && message['audio'] !== null) {",
      'if (false) {',
    ],
    ['a refusal is told again', '...(refusal ? [textPart(refusal)] : []),', ''],
    ['thoughts are not told twice', 'hasThought || !tellsThoughts(message) ?', '!tellsThoughts(message) ?'],
    [
      'unknown members of a message are reported',
      "reading.dropped.addUnknown(message, fieldsOf[role], 'messages');",
      '',
    ],
  ],
);

const thoughtRules = mutationsOf(`${chat}/decode-reasoning.ts`, testsOf('reasoning'), [
  ['details come first', 'if (details.length > 0) return details;', ''],
  ['blocks come before the plain text', 'if (thoughts.length > 0) return thoughts;', ''],
  [
    'Portkey’s other blocks are left out',
    "return block['type'] === 'thinking' || block['type'] === 'redacted_thinking';",
    'return true;',
  ],
  ['pieces of one block are one block', "typeof index === 'number' && thought", 'false && thought'],
  ['entries without index are blocks of their own', "typeof index === 'number' && thought", 'thought'],
  ['the signature of any piece counts', 'thought.signature ?? earlier.signature', 'thought.signature'],
  ['a summary is a text', "    case 'reasoning.summary':\n", "    case 'reasoning.no':\n"],
  ['sealed details are kept sealed', "    case 'reasoning.encrypted':\n", "    case 'reasoning.no':\n"],
  [
    'unknown members of a detail are reported',
    "reading.dropped.addUnknown(detail, knownInDetails, 'messages.reasoning_details');",
    '',
  ],
]);

const callRules = mutationsOf(
  `${chat}/decode-tool-calls.ts`,
  testsOf('decode-tools', 'decode-request', 'tool-arguments', 'client-shapes'),
  [
    ['a custom call is one of a text', 'if (custom) {', 'if (false) {'],
    ['a call names its function', 'if (!called) throw', 'if (false) throw'],
    ['split calls have ids of their own', 'id: ids[each] ?? id', 'id'],
    ['arguments may be an object in the old form', 'isObject(args) ? args : optionalText', 'optionalText'],
    [
      'unknown members of a call are reported',
      "'index', 'cache_control'], path);",
      "'index', 'cache_control', ...Object.keys(call)], path);",
    ],
    ['a call’s mark is read', 'const mark = cacheAfterOf(call, where, reading);', 'const mark = {};'],
  ],
);

const historyRules = mutationsOf(
  `${chat}/call-history.ts`,
  testsOf('decode-tools', 'decode-request', 'tool-arguments', 'client-shapes'),
  [
    ['split calls are answered', 'if (this.#splits.size === 0) return parts;', 'if (true) return parts;'],
    ['split calls are answered once', 'this.#splits.delete(part.toolCallId);', ''],
    ['calls in the old form have ids of their own', 'this.#functionCallCount++', 'this.#functionCallCount'],
    ['the oldest call is answered first', 'calls.answered++;', ''],
    ['an answer needs its call', 'if (!calls || id === undefined)', 'if (false)'],
  ],
);

/** Rules that dialects share, and those by which a conversation of OpenAI's chat is read. */
export const dialectRules: readonly Mutation[] = [
  ...contentRules,
  ...mediaPartRules,
  ...mediaRules,
  ...toolRules,
  ...readingRules,
  ...reasoningRules,
  ...customRules,
  ...messageRules,
  ...thoughtRules,
  ...callRules,
  ...historyRules,
];
