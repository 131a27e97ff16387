import * as fc from 'fast-check';

// Conversations as clients of OpenAI's chat write them, the untidy ones too; tests only.

const word = fc.constantFrom('Hello', 'Why?', 'Yes', '日本 🌍', 'a\nb', ' padded \n');
const blank = fc.constantFrom('', ' ', '\n\t ');
const text = fc.oneof({ weight: 3, arbitrary: word }, blank);

/** A text, or a list of text parts. */
const content = fc.oneof(
  text,
  fc.array(
    text.map((each) => ({ type: 'text', text: each })),
    { maxLength: 3 },
  ),
);

const toolName = fc.constantFrom(
  'look',
  'look.up',
  'look_up',
  'mcp__files/read file',
  '1st',
  '検索',
  'x'.repeat(64),
  `${'x'.repeat(64)}y`,
);
const callId = fc.constantFrom(
  'call_1',
  'call_2',
  'toolu_01A-b',
  'functions.look:0',
  'with space',
  'é',
  'c'.repeat(200),
);
const json = fc.constantFrom('{}', '', '{"a":1}', '{"city":"Zürich","deep":{"list":[1,null]}}');

const system = fc.record({ role: fc.constantFrom('system', 'developer'), content });
const user = fc.record({ role: fc.constant('user'), content });
const assistant = fc.record({ role: fc.constant('assistant'), content });

/** Calls and all their results, in any order, with an instruction or a remark between or after them. */
const toolRound = fc
  .record({
    content: fc.oneof(fc.constant(null), content),
    calls: fc.uniqueArray(fc.record({ id: callId, name: toolName, arguments: json }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ id }) => id,
    }),
    results: fc.array(content, { minLength: 3, maxLength: 3 }),
    aside: fc.option(fc.oneof(system, user), { nil: undefined }),
    asideAt: fc.nat(3),
    isReversed: fc.boolean(),
  })
  .map(({ content: said, calls, results, aside, asideAt, isReversed }) => {
    const answers: object[] = calls.map(({ id }, index) => {
      return { role: 'tool', tool_call_id: id, content: results[index] ?? '' };
    });
    if (isReversed) answers.reverse();
    if (aside) answers.splice(asideAt, 0, aside);
    const tool_calls = calls.map(({ id, ...fields }) => ({ id, type: 'function', function: fields }));
    return [{ role: 'assistant', content: said, tool_calls }, ...answers];
  });

const step = fc.oneof(
  system.map((message) => [message]),
  user.map((message) => [message]),
  assistant.map((message) => [message]),
  toolRound,
);

/** A list of messages as OpenAI takes them; at least one says something. */
const messages = fc
  .record({ before: fc.array(step, { maxLength: 4 }), said: word, after: fc.array(step, { maxLength: 4 }) })
  .map(({ before, said, after }) => [...before.flat(), { role: 'user', content: said }, ...after.flat()]);

const tool = fc.record({
  type: fc.constant('function'),
  function: fc.record(
    {
      name: toolName,
      description: fc.constantFrom('Looks something up.', '', ' ', null),
      parameters: fc.constantFrom(
        { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
        { properties: {} },
        {},
        null,
      ),
    },
    { requiredKeys: ['name'] },
  ),
});

const options = fc.record(
  {
    temperature: fc.constantFrom(0, 0.7, 1, 2),
    top_p: fc.constantFrom(0.1, 1),
    stop: fc.constantFrom('END', '', ' ', ['\n', 'a', '', 'b']),
    max_tokens: fc.constantFrom(1, 100, 4_096, 1_000_000),
    stream: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** Whole chat requests for one model, without tools, or with tools and every form of `tool_choice`. */
export function chatRequests(model: string): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const tools = fc.uniqueArray(tool, { minLength: 1, maxLength: 3, selector: (each) => each.function.name });
  const withTools = tools.chain((list) => {
    const named = list.map(({ function: { name } }) => ({ type: 'function', function: { name } }));
    const choices = fc.constantFrom(undefined, 'auto', 'none', 'required', {}, ...named);
    return choices.map((choice) => ({ tools: list, tool_choice: choice }));
  });
  const toolFields = fc.oneof(fc.constant({}), fc.constant({ tools: [] }), { weight: 3, arbitrary: withTools });
  return fc
    .record({ messages, options, toolFields })
    .map(({ messages: list, options: fields, toolFields: more }) => ({ model, messages: list, ...fields, ...more }));
}

const mark = fc.constantFrom(undefined, { type: 'ephemeral' }, { type: 'ephemeral', ttl: '1h' });
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } };
const note = { type: 'file', file: { filename: 'a note.txt', file_data: 'data:text/plain;base64,bm90ZQ==' } };

/** Marks, files, thoughts and wishes strewn over a request: what is legal must stay so wherever they stand. */
export function enriched(
  requests: fc.Arbitrary<Readonly<Record<string, unknown>>>,
  seesImages: boolean,
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const part = fc
    .record({
      part: fc.constantFrom({ type: 'text', text: 'More.' }, note, ...(seesImages ? [image] : [])),
      cache_control: mark,
    })
    .map(({ part: its, cache_control }) => ({ ...its, cache_control }));
  const thoughts = fc.constantFrom(
    {},
    { reasoning_content: 'Hm.' },
    { reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', index: 0 }] },
  );
  const wishes = fc.record(
    {
      reasoning_effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
      parallel_tool_calls: fc.boolean(),
      prompt_cache_key: fc.constant('k'),
      top_k: fc.constant(5),
      service_tier: fc.constantFrom('auto', 'default'),
      verbosity: fc.constant('low'),
      metadata: fc.constant({ project: 'Käse & Brot' }),
    },
    { requiredKeys: [] },
  );
  const more = fc.array(
    fc.record({ at: fc.nat(12), parts: fc.array(part, { minLength: 1, maxLength: 2 }), thoughts }),
    { maxLength: 3 },
  );
  return fc.record({ request: requests, more, wishes }).map(({ request, more: additions, wishes: wished }) => {
    const list = Array.isArray(request['messages']) ? [...request['messages']] : [];
    for (const { at, parts, thoughts: its } of additions) {
      const place = at % list.length;
      const message = list[place];
      const said =
        typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? []);
      if (message.role === 'user' || message.role === 'tool')
        list[place] = { ...message, content: [...said, ...parts] };
      if (message.role === 'assistant') list[place] = { ...message, ...its };
    }
    return { ...request, messages: list, ...wished };
  });
}
