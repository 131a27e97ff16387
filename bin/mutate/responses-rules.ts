import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/dialects/openai-responses';
const decoding = ['decode-request', 'decode-items', 'census'].map((name) => `${folder}/${name}.test.ts`);
const encoding = ['encode', 'parity', 'grammar'].map((name) => `${folder}/${name}.test.ts`);

const clientToolRules = mutationsOf(
  `${folder}/client-tools.ts`,
  [...decoding, ...encoding],
  [
    ['a shell in a container is not the caller’s', "if (environment['type'] !== 'local') return asked;", ''],
    [
      'members of the environment are reported',
      "dropped.addUnknown(environment, ['type'], 'tools.shell.environment');",
      '',
    ],
    ['members of the tool are reported', 'dropped.addUnknown(entry, [', 'dropped.addUnknown({}, ['],
    [
      'a call that is no JSON is none of OpenAI’s',
      '  } catch {\n    return undefined;',
      '  } catch (e) {\n    throw e;',
    ],
  ],
);

const itemRules = mutationsOf(`${folder}/output-items.ts`, encoding, [
  [
    'half a call is not told as a whole one',
    "status === 'completed' ? readClientCall(name, json)",
    'true ? readClientCall(name, json)',
  ],
  ['what a call says otherwise is told', 'if (!client) this.#write(item, json);', ''],
  ['a whole call is told when the next item starts', "if (call.ended) this.#tell(at, call, 'completed');", ';'],
  [
    'a cut custom call says so',
    'return { id, type, status, call_id: callId, name, ...within, input: text };',
    "return { id, type, status: 'completed', call_id: callId, name, ...within, input: text };",
  ],
  ['a call without arguments ends in {}', "if (item.kind === 'function_call' && item.text === '')", 'if (false)'],
  [
    'thoughts without a signature are not sealed',
    "return signature === '' ? undefined : seal({ text, signature });",
    'return seal({ text, signature });',
  ],
]);

const choiceRules = mutationsOf(`${folder}/offered-tools.ts`, decoding, [
  ['a choice of a hosted tool is reported', "if (!own) dropped.add('tool_choice');", ''],
  ['allowed hosted tools are reported', "if (own.length < tools.length) dropped.add('tool_choice.tools');", ''],
  ['nothing allowed means nothing is called', "if (own.length === 0 && tools.length > 0) return 'none';", ''],
  ['a tool that was not sent is not chosen', 'clientTools.has(type) ? {', 'true ? {'],
]);

const requestRules = mutationsOf(`${folder}/decode-request.ts`, decoding, [
  ['what is done anyway is not reported', '!Object.hasOwn(doneAnyway, name) || value !== doneAnyway[name]', 'true'],
  ['what is not included is reported', 'if (name !== encryptedContent) dropped', 'if (false) dropped'],
  ['obfuscation is reported', "dropped.addUnknown(asked.stream_options ?? {}, [], 'stream_options');", ''],
]);

const inputRules = mutationsOf(
  'server/request-input.ts',
  ['server/request-input.test.ts'],
  [
    [
      'a member that zod leaves out is refused',
      'return isLost ? [unkeepable] : lostWithin(sent, kept);',
      'return lostWithin(sent, kept);',
    ],
    ['… in a list too', 'if (path) return [index, ...path];', ''],
    ['… but not where it is handed on', 'if (sent === kept) return undefined;', ''],
  ],
);

/** Rules of OpenAI's Responses. */
export const responsesRules: readonly Mutation[] = [
  ...clientToolRules,
  ...itemRules,
  ...choiceRules,
  ...requestRules,
  ...inputRules,
];
