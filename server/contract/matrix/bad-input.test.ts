import { describe, inject, test } from 'vitest';
import { clock, weather } from '../tools.ts';
import { answered, type Protocol, type Said, scripted } from './protocol.ts';
import { protocols } from './protocols.ts';

// What a request to Responses or Messages can have wrong: refused by the name of the field in the protocol's own shape of
// an error (the askers check it), or repaired by a rule and told. Never a 5xx, never silence. Chat: ../bad-input-chat.test.ts.

const { chat, responses, messages } = protocols;
const modes = ['sync', 'stream'] as const;
const claude = 'claude-sonnet-4-5';
const models = [claude, 'nova-2-lite', 'llama3-3-70b-instruct', 'deepseek-v3.2'];

interface Case {
  readonly name: string;
  readonly own: Readonly<Record<string, unknown>>;
  /** Start of the message, which is the place; without it the request is answered. */
  readonly refused?: string;
  /** What it names is not there: 404, as at OpenAI. */
  readonly isMissing?: true;
  /** What is reported of a repair; without it nothing may be lost. */
  readonly dropped?: readonly string[];
}

/** Asked to think. */
const thinks = true;
const go = { role: 'user', content: 'Go.' };
const f = { type: 'function', name: 'f', parameters: { type: 'object', properties: {} } };
const call = (fields: object = {}) => ({ type: 'function_call', call_id: '1', name: 'f', arguments: '{}', ...fields });
const output = { type: 'function_call_output', call_id: '1', output: 'Done.' };
const items = (...input: readonly unknown[]) => ({ tools: [f], input });
const reasoning = (fields: object) => ({ type: 'reasoning', id: 'rs_1', summary: [], ...fields });

const image = (data: string) => {
  return { role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${data}` }] };
};
const long = 'n'.repeat(300);

const ofResponses: readonly Case[] = [
  { name: 'an item nobody knows', own: items(go, { type: 'hologram' }), refused: 'input[1].type' },
  { name: 'an item that is a number', own: items(go, 7), refused: 'input[1]' },
  { name: 'an item without a role', own: items({ content: 'Hi' }), refused: 'input[0].role' },
  { name: 'a role nobody has', own: items({ role: 'oracle', content: 'Hi' }), refused: 'input[0].role' },
  { name: 'a message without content', own: items({ role: 'user' }), refused: 'input[0].content' },
  {
    name: 'a part nobody knows',
    own: items({ role: 'user', content: [{ type: 'x' }] }),
    refused: 'input[0].content[0].type',
  },
  {
    name: 'a reference to an item',
    own: items({ type: 'item_reference', id: 'msg_1' }),
    refused: 'input[0].id',
    isMissing: true,
  },
  { name: 'a compaction', own: items(go, { type: 'compaction', encrypted_content: 'x' }), refused: 'input[1].type' },
  { name: 'an empty list', own: items(), refused: 'input' },
  {
    name: 'a call of a tool at OpenAI',
    own: items(go, { type: 'web_search_call', id: 'ws_1' }),
    dropped: ['input.web_search_call'],
  },
  { name: 'a member nobody knows', own: items({ ...go, mood: 'good' }), dropped: ['input.mood'] },
  { name: 'a call without an id', own: items(go, call({ call_id: '' }), output), refused: 'input[1].call_id' },
  {
    name: 'arguments that are no JSON',
    own: items(go, call({ arguments: 'not JSON' }), output),
    refused: 'input[1].arguments',
  },
  { name: 'a call without its output', own: items(go, call()), refused: 'input' },
  { name: 'an output without its call', own: items(go, output), refused: 'input' },
  { name: 'an output that is a number', own: items(go, call(), { ...output, output: 7 }), refused: 'input[2].output' },
  { name: 'thoughts that are not sealed', own: items(go, reasoning({}), call(), output), dropped: ['input.reasoning'] },
  {
    name: 'thoughts sealed by another',
    own: items(go, reasoning({ encrypted_content: 'gAAAAABobm90b3Vycw==' }), call(), output),
    dropped: ['input.reasoning'],
  },
  {
    name: 'thoughts with a number for a seal',
    own: items(reasoning({ encrypted_content: 7 })),
    refused: 'input[0].encrypted_content',
  },
  { name: 'an output before its call', own: items(go, output, call()), refused: 'input' },
  { name: 'two outputs of one call', own: items(go, call(), output, output), dropped: ['input.function_call_output'] },
  { name: 'two calls of one id', own: items(go, call(), call(), output), dropped: ['input.function_call'] },
  {
    name: 'arguments that broke off',
    own: items(go, call({ arguments: '{"at":' }), output),
    dropped: ['input.tool_calls.function.arguments'],
  },
  { name: 'no arguments', own: items(go, call({ arguments: '' }), output) },
  { name: 'a tool’s name of 300 characters', own: { ...items(go), tools: [{ ...f, name: long }] } },
  {
    name: 'a call’s id of 300 characters',
    own: items(go, call({ call_id: long }), { ...output, call_id: long }),
  },
  { name: 'a call of a tool that is not there', own: items(go, call({ name: 'gone' }), output) },
  {
    name: 'a shell call without commands',
    own: items({ type: 'shell_call', call_id: 'c' }),
    refused: 'input[0].action',
  },
  {
    name: 'a patch of nothing',
    own: items({ type: 'apply_patch_call', call_id: 'c', operation: 'x' }),
    refused: 'input[0].operation',
  },
  { name: 'an image that is no base64', own: items(image('§§')), refused: 'input[0].content[0].image_url' },
  { name: 'base64 of anything', own: items(image(btoa('any text'))), refused: 'input[0].content[0].image_url' },
  { name: 'a blank text', own: { input: ' ' }, refused: 'input' },
  {
    name: 'a name that cannot be kept',
    own: { ...items(go), metadata: JSON.parse('{"__proto__":"x"}') },
    refused: 'metadata.__proto__',
  },
  {
    name: 'a tool that runs at OpenAI',
    own: { ...items(go), tools: [{ type: 'image_generation' }] },
    dropped: ['tools.image_generation'],
  },
  {
    name: 'a format nobody knows',
    own: { ...items(go), text: { format: { type: 'xml' } } },
    refused: 'text.format.type',
  },
  {
    name: 'an effort nobody knows',
    own: { ...items(go), reasoning: { effort: 'heroic' } },
    refused: 'reasoning.effort',
  },
  { name: 'a cap of nothing', own: { ...items(go), max_output_tokens: 0 }, refused: 'max_output_tokens' },
];

const said = (...list: readonly object[]) => ({ tools: [{ name: 'f', input_schema: f.parameters }], messages: list });
const user = (...content: readonly unknown[]) => ({ role: 'user', content });
const model = (...content: readonly unknown[]) => ({ role: 'assistant', content });
const use = { type: 'tool_use', id: '1', name: 'f', input: {} };
const result = { type: 'tool_result', tool_use_id: '1', content: 'Done.' };

const ofMessages: readonly Case[] = [
  { name: 'a block nobody knows', own: said(user({ type: 'hologram' })), refused: 'messages[0].content[0].type' },
  { name: 'a block that is a number', own: said(user(7)), refused: 'messages[0].content[0]' },
  { name: 'a role nobody has', own: said({ role: 'oracle', content: 'Hi' }), refused: 'messages[0].role' },
  { name: 'no messages', own: said(), refused: 'messages' },
  {
    name: 'thinking of a user',
    own: said(user({ type: 'thinking', thinking: 'Hm.', signature: 's' })),
    refused: 'messages[0].content[0].type',
  },
  { name: 'a text without text', own: said(user({ type: 'text' })), refused: 'messages[0].content[0].text' },
  { name: 'an image without a source', own: said(user({ type: 'image' })), refused: 'messages[0].content[0].source' },
  {
    name: 'a use without an input',
    own: said(go, model({ ...use, input: 'x' }), user(result)),
    refused: 'messages[1].content[0].input',
  },
  { name: 'a use without its result', own: said(go, model(use)), refused: 'messages' },
  {
    name: 'a result without its use',
    own: said(go, model({ type: 'text', text: 'Hm.' }), user(result)),
    refused: 'messages',
  },
  {
    name: 'a result without an id',
    own: said(go, model(use), user({ ...result, tool_use_id: '' })),
    refused: 'messages[2].content[0].tool_use_id',
  },
  {
    name: 'thinking without a text',
    own: said(go, model({ type: 'thinking', signature: 's' }, use), user(result)),
    refused: 'messages[1].content[0].thinking',
  },
  { name: 'a tool without a name', own: { ...said(go), tools: [{ input_schema: {} }] }, refused: 'tools[0].name' },
  {
    name: 'a cache mark nobody knows',
    own: said(user({ type: 'text', text: 'Hi', cache_control: { type: 'x' } })),
    refused: 'messages[0].content[0].cache_control',
  },
  { name: 'a way to think nobody knows', own: { ...said(go), thinking: { type: 'deeply' } }, refused: 'thinking.type' },
  {
    name: 'a format nobody knows',
    own: { ...said(go), output_config: { format: { type: 'xml' } } },
    refused: 'output_config.format.type',
  },
  { name: 'a field nobody knows', own: { ...said(go), mood: 'good' }, dropped: ['mood'] },
  ...[
    { type: 'thinking', thinking: 'Hm.', signature: 'bm90IG91cnM=' },
    { type: 'thinking', thinking: 'Hm.', signature: '' },
    { type: 'redacted_thinking', data: 'bm90IG91cnM=' },
  ].map((block) => ({
    name: `${block.type} with ${block.signature === '' ? 'no signature' : 'what nobody signed'}`,
    own: said(go, model(block, use), user(result)),
    dropped: ['messages.content.thinking'],
  })),
];

const cases = [
  ...ofResponses.map((each) => ({ protocol: responses, ...each, title: `responses: ${each.name}` })),
  ...ofMessages.map((each) => ({ protocol: messages, ...each, title: `messages: ${each.name}` })),
];

test.for(cases)('$title', async ({ protocol, own, refused, isMissing, dropped }, { expect }) => {
  const asked = models.flatMap((name) => modes.map((mode) => ({ name, mode })));
  await Promise.all(
    asked.map(async ({ name, mode }) => {
      const told = await protocol.ask(mode, name, { said: [], own });
      const what = `${name}, ${mode}: ${told.failure?.message ?? told.dropped.join()}`;
      if (refused === undefined) {
        expect(told.status, what).toBe(200);
        expect(told.dropped, what).toEqual(dropped ?? []);
        return;
      }
      const thrown = isMissing ? 'NotFoundError' : 'BadRequestError';
      expect(told, what).toMatchObject({ status: isMissing ? 404 : 400, failure: { thrown } });
      expect(told.failure?.message.startsWith(refused), what).toBe(true);
      // It says what to do, too.
      expect(told.failure?.message.length, what).toBeGreaterThan(20);
    }),
  );
});

test.for(
  [
    { type: 'thinking', thinking: 'Hm.', signature: 'bm90IG91cnM=' },
    { type: 'thinking', thinking: 'Hm.', signature: '' },
    { type: 'redacted_thinking', data: 'bm90IG91cnM=' },
  ].flatMap((block) => [claude, 'claude-opus-4-7'].map((name) => ({ block, name }))),
)('messages: $name, asked to think, gets no $block.type that nobody signed', async ({ block, name }, { expect }) => {
  const { tools: own, messages: list } = said(go, model(block, use), user(result));
  const told = await messages.ask('sync', name, { thinks, said: [], own: { tools: own, messages: list } });
  expect(told.status).toBe(200);
  expect(told.dropped.join()).toMatch(/\bmessages\.content\.thinking\b/);
});

const tools = [weather, clock];
const weatherOf = (city: string) => ({ name: 'get_weather', input: { city } });
const thinker = scripted({
  reasoning: 'One.',
  toolCalls: [weatherOf('Bern')],
  next: { reasoning: 'Two.', toolCalls: [weatherOf('Biel')], next: { reasoning: 'Three.', text: 'Done.' } },
});

/** What a protocol calls thoughts that could not be sent on. */
const lostThoughts: Readonly<Record<string, string>> = {
  chat: 'messages.reasoning_details',
  responses: 'input.reasoning',
  messages: 'messages.content.thinking',
};

test.for([chat, responses, messages].flatMap((protocol) => modes.map((mode) => ({ protocol, mode }))))(
  '$protocol.name, $mode: a conversation goes from Claude to Nova and back; what is lost of its thoughts is told',
  async ({ protocol, mode }, { expect }) => {
    const turns: Said[] = [thinker];
    const [first, second, third] = [claude, 'nova-2-lite', claude];
    const one = await protocol.ask(mode, first, { tools, thinks, said: turns });
    turns.push(...answered(one));
    expect(one).toMatchObject({ status: 200, dropped: [] });
    const two = await protocol.ask(mode, second, { tools, thinks, said: turns });
    turns.push(...answered(two));
    expect(two).toMatchObject({ status: 200, thoughts: [{ text: 'Two.', signature: undefined }] });
    expect(two.dropped).toEqual([lostThoughts[protocol.name]]);
    const three = await protocol.ask(mode, third, { tools, thinks, said: turns });
    expect(three).toMatchObject({ status: 200, text: 'Done.' });
    expect(three.dropped.join()).toMatch(/reasoning|thinking/);
  },
);

describe('thoughts that were sealed for others', () => {
  const from: readonly Protocol[] = [responses, messages, chat];
  test.for(from.flatMap((protocol) => modes.map((mode) => ({ protocol, mode }))))(
    '$protocol.name, $mode: of another person, of another model, changed',
    async ({ protocol, mode }, { expect }) => {
      const sealed = await responses.ask('sync', claude, { tools, thinks, said: [thinker] });
      const [{ signature = '' } = {}] = sealed.thoughts;
      const changed = `${signature.slice(0, 40)}${signature[40] === 'A' ? 'B' : 'A'}${signature.slice(41)}`;
      const broken = JSON.parse(JSON.stringify(sealed).replaceAll(signature, changed));
      const token = inject('adminToken');
      const others = { authorization: `Bearer ${token}`, 'x-api-key': token };
      const questions = [
        { model: claude, headers: others, told: sealed },
        { model: 'claude-opus-4-7', headers: {}, told: sealed },
        { model: claude, headers: {}, told: { ...broken, headers: sealed.headers } },
      ];
      for (const { model: name, headers, told } of questions) {
        const answer = await protocol.ask(mode, name, { tools, thinks, headers, said: [thinker, ...answered(told)] });
        expect(answer, name).toMatchObject({ status: 200, calls: [{ name: 'get_weather' }] });
        expect(answer.dropped.join(), name).toMatch(/reasoning|thinking/);
      }
    },
  );
});
