import { test } from 'vitest';
import type { PromptCaching } from '../../catalogue/catalogue.ts';
import type { CacheTtl, ModelRequest } from '../../model/request.ts';
import { requestWith } from '../../model/test-requests.ts';
import { encodeCachePoint, placeCachePoints } from './cache-points.ts';
import { assistant, calling, look, result, user } from './test-calls.ts';

const claude: PromptCaching = { tools: true, hourly: true, minTokens: 1_024 };
const nova: PromptCaching = { tools: false, hourly: false, minTokens: 1_024 };
/** Longer than any model's minimum. */
const long = 'Be patient. '.repeat(2_000);
const tool = { toolSpec: { name: 'look', description: long } };
const point = (ttl: CacheTtl = '5m') => encodeCachePoint(ttl);
const said = (role: string, ...content: readonly object[]) => ({ role, content });

/** The prompt as marks: `.` for a block, `5` and `1` for a point of five minutes or an hour; tools, system, messages. */
function drawn(prompt: ReturnType<typeof placeCachePoints>): string {
  const draw = (blocks: readonly object[]) =>
    blocks.map((block) => ('cachePoint' in block ? (JSON.stringify(block).includes('1h') ? '1' : '5') : '.')).join('');
  const messages = prompt.messages.map((message) =>
    'content' in message && Array.isArray(message.content) ? draw(message.content) : '',
  );
  return [draw(prompt.tools), draw(prompt.system), ...messages].join('|');
}

function place(
  prompt: { tools?: object[]; system?: object[]; messages?: object[] },
  request: Partial<ModelRequest>,
  caching: PromptCaching | null = claude,
) {
  const dropped = new Set<string>();
  const { tools = [], system = [], messages = [said('user', { text: long })] } = prompt;
  const placed = placeCachePoints({ tools, system, messages }, { request: requestWith(request), caching, dropped });
  return { drawn: drawn(placed), dropped: [...dropped] };
}

const system = [{ text: long }];
const turns = [said('user', { text: long }), said('assistant', { text: 'b' }), said('user', { text: 'c' })];

test.for<[string, Parameters<typeof place>, string]>([
  ['a single question without tools has none', [{ system }, {}], '|.|.'],
  ['a single question with tools', [{ tools: [tool], system }, { tools: [look] }], '.5|.5|.5'],
  ['a key says that more will come', [{ system }, { cacheKey: 'k' }], '|.5|.5'],
  [
    'a later turn: the last two of the user',
    [{ system, messages: turns }, { messages: [user('a'), assistant('b')] }],
    '|.5|.5|.|.5',
  ],
  [
    'a turn of tools',
    [{ messages: turns }, { messages: [user('a'), calling('', 'x'), result('x', '1')] }],
    '||.5|.|.5',
  ],
  ['none among the tools of Nova', [{ tools: [tool], system }, { tools: [look] }, nova], '.|.5|.5'],
  ['none for a model that takes none', [{ tools: [tool], system }, { tools: [look] }, null], '.|.|.'],
  [
    'none below the minimum',
    [{ system: [{ text: 'short' }], messages: [said('user', { text: 'short' })] }, { cacheKey: 'k' }],
    '|.|.',
  ],
  ['none where the caller turned them off', [{ tools: [tool] }, { tools: [look], cache: 'off' }], '.||.'],
  ['none where only the caller sets them', [{ tools: [tool] }, { tools: [look], cache: 'explicit' }], '.||.'],
  [
    'the bytes of a file are no tokens',
    [{ messages: [said('user', { image: { source: { bytes: 'A'.repeat(100_000) } } })] }, { cacheKey: 'k' }],
    '||.',
  ],
])('places by itself: %s', ([, input, expected], { expect }) => {
  expect(place(...input)).toEqual({ drawn: expected, dropped: [] });
});

test.for<[string, Parameters<typeof place>, string, boolean]>([
  ['where asked, and nowhere else', [{ system: [{ text: 'x' }, point()] }, { tools: [look] }], '|.5|.', false],
  ['an hour', [{ system: [{ text: 'x' }, point('1h')] }, {}], '|.1|.', false],
  ['an hour on a model without', [{ system: [{ text: 'x' }, point('1h')] }, {}, nova], '|.5|.', true],
  [
    'an hour after five minutes',
    [{ tools: [tool, point()], system: [{ text: 'x' }, point('1h')] }, {}],
    '.5|.5|.',
    true,
  ],
  ['in the tools of Nova', [{ tools: [tool, point()], system: [{ text: 'x' }, point()] }, {}, nova], '.|.5|.', true],
  ['on a model that takes none', [{ system: [{ text: 'x' }, point()] }, {}, null], '|.|.', true],
  ['off for the call', [{ system: [{ text: 'x' }, point()] }, { cache: 'off' }], '|.|.', false],
  [
    'more than four: the earliest go',
    [
      {
        tools: [tool, point()],
        system: [{ text: 'x' }, point()],
        messages: [said('user', { text: 'a' }, point(), { text: 'b' }, point(), { text: 'c' }, point())],
      },
      {},
    ],
    '.|.5|.5.5.5',
    true,
  ],
])('keeps the caller’s: %s', ([, input, expected, isReported], { expect }) => {
  expect(place(...input)).toEqual({ drawn: expected, dropped: isReported ? ['cache_control'] : [] });
});

test('no point of our own stands right after a document that is no PDF', ({ expect }) => {
  const ending = (format: string) => [said('user', { text: long }, { document: { format } })];
  expect(place({ messages: ending('txt') }, { cacheKey: 'k' }).drawn).toBe('||..');
  expect(place({ messages: ending('pdf') }, { cacheKey: 'k' }).drawn).toBe('||..5');
});
