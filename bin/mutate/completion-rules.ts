import { type Mutation, mutationsOf } from './apply.ts';

const folder = 'server/dialects/openai-completions';
const fields = [`${folder}/fields.test.ts`];
const encode = [`${folder}/encode.test.ts`];

/** Rules of OpenAI's completions, the API before chat. */
export const completionRules: readonly Mutation[] = [
  ...mutationsOf(`${folder}/decode-request.ts`, fields, [
    ['probabilities asked for with 0 are reported', "if (body['logprobs'] === 0) dropped.add('logprobs');", ''],
    ['tokens are no prompt', "prompts.some((each) => typeof each === 'number' || Array.isArray(each))", 'false'],
    ['one prompt a request', 'if (prompts.length > 1) throw', 'if (false) throw'],
    ['a prompt says something', "if (first.trim() === '') throw", 'if (false) throw'],
    ['the prompt comes back only where asked for', "asked.echo ? prompt : ''", 'prompt'],
    ['members of stream_options are reported', "['include_usage'], 'stream_options'", "['include_obfuscation'], ''"],
  ]),
  ...mutationsOf(`${folder}/fields.ts`, fields, [
    ['a gap is not filled in', "(value) => value === '',", '() => true,'],
    [
      'one choice is made',
      "only one choice is made; leave it out or send 1', (value) => value === 1",
      "x', () => true",
    ],
  ]),
  ...mutationsOf(`${folder}/encode-answer.ts`, encode, [
    ['the prompt stands before the answer', 'this.#text = head.echo;', "this.#text = '';"],
  ]),
  ...mutationsOf(`${folder}/encode-stream.ts`, encode, [
    ['the prompt is streamed once', "    this.#echo = '';\n", ''],
    ['usage is null until the last chunk', `'],"usage":null}\\n\\n'`, `']}\\n\\n'`],
    ['usage goes to who asked for it', 'if (!this.#includeUsage) return', 'if (false) return'],
  ]),
];
