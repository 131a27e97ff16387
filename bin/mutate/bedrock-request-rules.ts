import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/providers/bedrock';

const turnRules = mutationsOf(
  `${folder}/turns.ts`,
  [`${folder}/messages.test.ts`],
  [
    [
      'tool results come first in a user turn',
      "part.type === 'tool-result' : part.type !== 'tool-call')",
      "true : part.type !== 'tool-call')",
    ],
    [
      'calls come last in an assistant turn',
      "part.type === 'tool-result' : part.type !== 'tool-call')",
      "part.type === 'tool-result' : true)",
    ],
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
    [
      'neighbours of one role are one turn',
      'if (last?.role === role && !isSilent) last.parts.push(...parts);',
      'if (false) {}',
    ],
    ['a blank text is left out', "part.type !== 'text' || part.text.trim() !== ''", 'true'],
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
    ['a call’s id has only legal characters', '/^[a-zA-Z0-9_.:-]{1,64}$/.test(id)', '/^.{1,64}$/.test(id)'],
    ['a call’s id has at most 64 characters', '{1,64}$/', '+$/'],
  ],
);

/** Rules by which requests to Bedrock are written. */
export const bedrockRequestRules: readonly Mutation[] = [...turnRules, ...toolRules];
