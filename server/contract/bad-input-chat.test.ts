import { describe, expect, test } from 'vitest';
import { ask, type Fields, script } from './ask.ts';
import { pdfOf, pngOf } from './media-files.ts';

// What a chat request can have wrong. Each line says what becomes of it: refused by the name of the field, or repaired by
// a rule and answered. Never a 5xx, never silence.

const claude = 'claude-sonnet-4-5';
const models = [claude, 'nova-2-lite', 'llama3-3-70b-instruct', 'deepseek-v3.2'];

interface Case {
  readonly name: string;
  readonly fields: Fields;
  /** Start of `error.param`; without it the request is answered. */
  readonly refused?: string;
  /** Refused by Bedrock itself, whose words are passed on. */
  readonly byBedrock?: RegExp;
  /** What is reported of a repair that loses something; without it nothing may be lost. */
  readonly dropped?: readonly string[];
}

const user = (...content: readonly unknown[]) => ({ messages: [{ role: 'user', content }] });
const text = { type: 'text', text: 'What is this?' };
const image = (url: string) => user(text, { type: 'image_url', image_url: { url } });
const png = pngOf(8, 8);
const at = 'messages[0].content[1]';

const media: readonly Case[] = [
  { name: 'an image that is no base64', fields: image('data:image/png;base64,§§ not base64 §§'), refused: at },
  { name: 'base64 of anything', fields: image(`data:image/png;base64,${btoa('any text at all')}`), refused: at },
  { name: 'an empty image', fields: image('data:image/png;base64,'), refused: at },
  { name: 'a data URL without base64', fields: image('data:image/png,abc'), refused: at },
  { name: 'an SVG', fields: image(`data:image/svg+xml;base64,${btoa('<svg/>')}`), refused: at },
  { name: 'a file address', fields: image('file:///etc/passwd'), refused: at },
  { name: 'an address of this machine', fields: image('http://127.0.0.1:1/a.png'), refused: at },
  { name: 'an https address where fetching is off', fields: image('https://example.com/a.png'), refused: at },
  { name: 'no address at all', fields: image(''), refused: at },
  { name: 'an image without image_url', fields: user(text, { type: 'image_url' }), refused: at },
  { name: 'a PNG that is called JPEG', fields: image(`data:image/jpeg;base64,${png}`) },
  {
    name: 'a PNG in capitals, with line breaks',
    fields: image(`DATA:IMAGE/PNG;BASE64,${png.slice(0, 20)}\n${png.slice(20)}`),
  },
  {
    name: 'an image of 9,000 pixels',
    fields: image(`data:image/png;base64,${pngOf(9000, 2)}`),
    byBedrock: /image dimensions exceed/,
  },
  { name: 'a file that is no base64', fields: user(text, { type: 'file', file: { file_data: '%%%' } }), refused: at },
  { name: 'a file id that nobody has', fields: user(text, { type: 'file', file: { file_id: 'file-1' } }), refused: at },
  { name: 'an empty file part', fields: user(text, { type: 'file', file: {} }), refused: at },
  {
    name: 'a file name of 300 odd characters',
    fields: user(text, {
      type: 'file',
      file: { filename: `${'a  b/../§'.repeat(40)}.pdf`, file_data: `data:application/pdf;base64,${pdfOf(500)}` },
    }),
  },
  {
    name: 'sound for a model that hears nothing',
    fields: user(text, { type: 'input_audio', input_audio: { data: btoa('RIFF'), format: 'wav' } }),
    refused: 'messages',
  },
  { name: 'a part nobody knows', fields: user(text, { type: 'hologram' }), refused: at },
  { name: 'a part that is no object', fields: user(text, 7), refused: at },
];

const named = (name: string, parameters: unknown = { type: 'object', properties: {} }) => ({
  type: 'function',
  function: { name, parameters },
});
const hello = { messages: [{ role: 'user', content: 'Hello!' }] };
const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' }, value: { type: 'string' } } };
const deep = (levels: number): object =>
  levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } };

const tools: readonly Case[] = [
  { name: '200 tools', fields: { ...hello, tools: Array.from({ length: 200 }, (_, index) => named(`tool_${index}`)) } },
  {
    name: '600 tools',
    fields: { ...hello, tools: Array.from({ length: 600 }, (_, index) => named(`tool_${index}`)) },
    refused: 'tools',
  },
  { name: 'two tools of one name', fields: { ...hello, tools: [named('f'), named('f')] }, refused: 'tools[1]' },
  { name: 'a tool without a name', fields: { ...hello, tools: [named('')] }, refused: 'tools[0]' },
  { name: 'a tool that is a text', fields: { ...hello, tools: ['f'] }, refused: 'tools' },
  {
    name: 'a schema that refers to itself',
    fields: { ...hello, tools: [named('f', { ...node, $defs: { node } })] },
    dropped: ['tools.function.parameters'],
  },
  {
    name: 'a schema that is its own root',
    fields: { ...hello, tools: [named('f', { type: 'object', properties: { a: { $ref: '#' } } })] },
    dropped: ['tools.function.parameters'],
  },
  {
    name: 'a reference to nowhere',
    fields: { ...hello, tools: [named('f', { type: 'object', properties: { a: { $ref: '#/$defs/none' } } })] },
    dropped: ['tools.function.parameters'],
  },
  {
    name: 'a reference to another server',
    fields: { ...hello, tools: [named('f', { $ref: 'https://example.com/schema.json' })] },
    dropped: ['tools.function.parameters'],
  },
  {
    name: 'a schema of a list',
    fields: { ...hello, tools: [named('f', { type: 'array', items: {} })] },
    dropped: ['tools.function.parameters'],
  },
  { name: 'a schema without a type', fields: { ...hello, tools: [named('f', {})] } },
  { name: 'no schema', fields: { ...hello, tools: [named('f', null)] } },
  { name: 'a schema that is a text', fields: { ...hello, tools: [named('f', 'object')] }, refused: 'tools[0]' },
  { name: 'a schema of 25 levels', fields: { ...hello, tools: [named('f', deep(25))] } },
  { name: 'an empty list of tools', fields: { ...hello, tools: [] } },
  { name: 'a choice without tools', fields: { ...hello, tool_choice: 'auto' } },
];

const call = (id: string, name = 'f', json = '{}') => ({ id, type: 'function', function: { name, arguments: json } });
const asked = { role: 'user', content: 'Go.' };
const calls = (...list: readonly object[]) => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'Done.' });
const talk = (...messages: readonly unknown[]): Fields => ({ tools: [named('f')], messages });

const turns: readonly Case[] = [
  {
    name: 'a call without its result',
    fields: talk(asked, calls(call('1')), { role: 'user', content: 'And?' }),
    refused: 'messages',
  },
  { name: 'a call without its result, at the end', fields: talk(asked, calls(call('1'))), refused: 'messages' },
  {
    name: 'one result for two calls',
    fields: talk(asked, calls(call('1'), call('2')), result('2')),
    refused: 'messages',
  },
  { name: 'a result after another turn', fields: talk(asked, calls(call('1')), asked, result('1')) },
  {
    name: 'two results for one call',
    fields: talk(asked, calls(call('1')), result('1'), result('1')),
    dropped: ['messages.tool_call_id'],
  },
  {
    name: 'two calls of one id',
    fields: talk(asked, calls(call('1'), call('1')), result('1')),
    dropped: ['messages.tool_calls'],
  },
  { name: 'ids of 100 odd characters', fields: talk(asked, calls(call('§ '.repeat(50))), result('§ '.repeat(50))) },
  { name: 'arguments that are empty', fields: talk(asked, calls(call('1', 'f', '')), result('1')) },
  {
    name: 'arguments that are no object',
    fields: talk(asked, calls(call('1', 'f', '7')), result('1')),
    dropped: ['messages.tool_calls.function.arguments'],
  },
  {
    name: 'arguments one after the other',
    fields: talk(asked, calls(call('1', 'f', '{"a":1}{"a":2}')), result('1')),
    dropped: ['messages.tool_calls.function.arguments'],
  },
  {
    name: 'arguments that are no JSON',
    fields: talk(asked, calls(call('1', 'f', 'not JSON')), result('1')),
    refused: 'messages[1].tool_calls[0]',
  },
  { name: 'a call of a tool that is gone', fields: talk(asked, calls(call('1', 'gone')), result('1')) },
  {
    name: 'a result without an id',
    fields: talk(asked, { role: 'tool', content: 'x' }),
    refused: 'messages[1].tool_call_id',
  },
  { name: '20 system messages, first', fields: talk(...Array(20).fill({ role: 'system', content: 'Rule.' }), asked) },
  {
    name: '20 system messages, everywhere',
    fields: talk(
      ...Array(20)
        .fill([{ role: 'system', content: 'Rule.' }, asked])
        .flat(),
    ),
  },
  { name: 'system messages only', fields: talk({ role: 'system', content: 'Rule.' }) },
  { name: 'the assistant first', fields: talk({ role: 'assistant', content: 'Hello.' }, asked) },
  {
    name: 'the same role many times',
    fields: talk(asked, asked, asked, { role: 'assistant', content: 'a' }, { role: 'assistant', content: 'b' }, asked),
  },
  { name: 'nothing but blanks', fields: talk({ role: 'user', content: ' \n\t ' }), refused: 'messages' },
  { name: 'an empty text among others', fields: talk({ role: 'user', content: [{ type: 'text', text: '' }, text] }) },
  { name: 'an assistant that says nothing', fields: talk(asked, { role: 'assistant', content: '' }, asked) },
  { name: 'no content', fields: talk({ role: 'user' }), refused: 'messages[0].content' },
  { name: 'lone halves of characters', fields: talk({ role: 'user', content: 'a \ud83e b \udd8b c' }) },
  { name: 'control characters', fields: talk({ role: 'user', content: 'a\u0000b\u001fc\u2028d' }) },
];

describe.each([
  ['media', media, [claude]],
  ['tools', tools, models],
  ['turns', turns, models],
] as const)('%s', (_, cases, served) => {
  test.each(cases)('$name', async ({ fields, refused, byBedrock, dropped }) => {
    await Promise.all(
      served.flatMap((model) =>
        (['sync', 'stream'] as const).map(async (mode) => {
          const answer = await ask(mode, model, fields);
          const said = `${model}, ${mode}: ${answer.status} ${answer.error?.message ?? answer.dropped.join()}`;
          expect(answer.status, said).toBe(refused === undefined && byBedrock === undefined ? 200 : 400);
          if (byBedrock) expect(answer.error?.message).toMatch(byBedrock);
          if (refused === undefined) {
            expect(answer.dropped, said).toEqual(dropped ?? []);
            return;
          }
          expect(answer.error?.type, said).toBe('invalid_request_error');
          expect(answer.error?.param?.startsWith(refused), `${said} (${answer.error?.param})`).toBe(true);
          // The refusal tells where and what to do, not only that.
          expect(answer.error?.message.length, said).toBeGreaterThan(20);
        }),
      ),
    );
  });
});

test('an answer that the caller began goes on where the model can, and is reported where not', async () => {
  for (const model of models) {
    const answer = await ask('sync', model, talk(asked, { role: 'assistant', content: 'I think ' }));
    expect(answer, model).toMatchObject({ status: 200, dropped: model === claude ? [] : ['prefill'] });
  }
});

test('a result that answers no call is refused or told as text, never lost', async () => {
  for (const model of models) {
    const answer = await ask('sync', model, talk(asked, result('nobody')));
    if (answer.status === 400) expect(answer.error?.param).toMatch(/^messages/);
    else expect(answer).toMatchObject({ status: 200, dropped: [expect.stringContaining('messages')] });
  }
});

describe('names that Bedrock does not take come back as the caller wrote them', () => {
  const names = ['n'.repeat(300), 'mcp.server/tool name', '天気', '1st', 'a-b_c', `${'n'.repeat(300)}2`];
  test.each(models)('%s', async (model) => {
    const forced = await Promise.all(
      names.map((name) =>
        ask('stream', model, {
          tools: names.map((each) => named(each)),
          tool_choice: { type: 'function', function: { name } },
          ...hello,
        }),
      ),
    );
    for (const [index, answer] of forced.entries()) {
      expect(answer.status, answer.error?.message).toBe(200);
      if (!answer.dropped.includes('tool_choice'))
        expect(answer.toolCalls.map(({ name }) => name)).toEqual([names[index]]);
    }
    const [name = ''] = names;
    const history = await ask('sync', model, {
      tools: [named(name)],
      messages: [asked, calls(call('1', name)), result('1')],
    });
    expect(history.status, history.error?.message).toBe(200);
  });
});

test('a million tokens are told as too long, in the words coding agents know', async () => {
  const content = 'word '.repeat(800_000);
  for (const model of [claude, 'llama3-3-70b-instruct']) {
    const answer = await ask('sync', model, { messages: [{ role: 'user', content }] });
    expect(answer).toMatchObject({ status: 400, error: { code: 'context_length_exceeded', param: 'messages' } });
  }
  // A model with the room for it takes it.
  const answer = await ask('stream', 'nova-2-lite', {
    messages: [{ role: 'user', content: content.slice(0, 3_900_000) }, script({ text: 'Long.' })],
  });
  expect(answer).toMatchObject({ status: 200, text: 'Long.' });
});
