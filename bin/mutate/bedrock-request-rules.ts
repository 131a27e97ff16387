import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/providers/bedrock';

const turnRules = mutationsOf(
  `${folder}/turns.ts`,
  [`${folder}/messages.test.ts`, `${folder}/turns.test.ts`, `${folder}/content.test.ts`],
  [
    ['tool results come first in a user turn', "if (part.type === 'tool-result') return 0;", ''],
    ['calls come last in an assistant turn', "if (part.type === 'tool-call') return 3;", ''],
    [
      'of two calls with one id the first counts',
      'if (id === undefined || !seen.has(id)) kept.push(part);',
      'if (true) kept.push(part);',
    ],
    [
      'a second call with an id is reported',
      "else dropped.add(part.type === 'tool-call' ?",
      "else void (part.type === 'tool-call' ?",
    ],
    ['neighbours of one role are one turn', 'if (last?.role === role && !isSilent)', 'if (false)'],
    ['a blank text is left out', 'if (!isBlank(part)) {', 'if (true) {'],
    [
      'a mark on a blank text holds for what is before it',
      'if (last) kept.push(marked(last, ttl));',
      'if (last) kept.push(last);',
    ],
    ['a mark that is lost is reported', "if (!last || isReasoning(last)) dropped.add('cache_control');", ''],
    [
      'a mark inside a result stands behind it',
      'const marks = part.content.flatMap(({ cacheAfter }) => cacheAfter ?? []);',
      'const marks: never[] = [];',
    ],
    ['no turn of nothing but reasoning', 'if (kept.every(isReasoning)) kept.push(filler);', ''],
    ['no turn ends with reasoning', '!(last && isReasoning(last))', 'true'],
    ['texts and tool blocks are set apart', 'isTool(part) !== isTool(first)', 'false'],
    ['documents stand apart from results', "type === 'document' || ", ''],
    ['an instruction among messages is a message', 'if (notes.length === 0) return', 'if (true) return'],
    [
      'a silent user keeps two answers apart',
      "if (last?.role === role) turns.push({ role: 'user', parts: [filler] });",
      '',
    ],
    ['a silent user at the end stays', "if (isSilent) turns.push({ role: 'user', parts: [filler] });", ''],
  ],
);

const toolRules = mutationsOf(
  `${folder}/tools.ts`,
  [`${folder}/tools.test.ts`],
  [
    ['a tool’s name has only legal characters', "name.replaceAll(/[^a-zA-Z0-9_-]/g, '_')", 'name'],
    ['a tool’s name begins with a letter', ".replace(/^(?![a-zA-Z])/, 't_')", ''],
    ['a tool’s name has at most 64 characters', 'clean.length <= 64 && ', ''],
    ['two tools never share a name', ' && !this.#toCaller.has(clean)', ''],
    ['a name is the same each time', 'if (known !== undefined) return known;', ''],
    ['no tools for who takes none', 'if (!capabilities.tools) {', 'if (false) {'],
    ['no empty list of tools', 'if (request.tools.length === 0) return', 'if (false) return'],
    ['strict only for who is', 'tool.strict && strictTools && ', 'tool.strict && '],
    ['strict that is lost is reported', "if (tool.strict && !grammar) dropped.add('tools.strict');", ''],
    ['a schema that says less is reported', "if (!plain.isExact) dropped.add('tools.function.parameters');", ''],
    ['a tool has a description', 'description?.trim() ? description : name', 'description'],
    ['a marked tool has its point', 'cacheAfter === undefined ? [{ toolSpec }] :', 'true ? [{ toolSpec }] :'],
    ['a call’s id has only legal characters', '/^[a-zA-Z0-9_.:-]{1,64}$/.test(id)', '/^.{1,64}$/.test(id)'],
    ['a call’s id has at most 64 characters', '{1,64}$/', '+$/'],
  ],
);

/** Rules by which requests to Bedrock are written. */
export const bedrockRequestRules: readonly Mutation[] = [...turnRules, ...toolRules];
