import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { systemClock } from '../../clock.ts';
import { startBedrock } from '../../local/bedrock/emulator.ts';
import type { ModelRequest } from '../../model/request.ts';
import { startTable, type TestTable } from '../../money/test-table.ts';
import { createLogger } from '../../observe/logger.ts';
import type { ProviderCall } from '../provider.ts';
import { createBedrockProvider } from './index.ts';
import { callWith, look, modelWith, user } from './test-calls.ts';
import { runtimeAt } from './test-runtime.ts';
import { Verdicts } from './verdicts.ts';

// Bedrock has less than the gateway's catalogue says: the simulator runs with these rows, the gateway with `able`.
const less = {
  stops: modelWith({ stopSequences: false, toolChoice: 'any' }, { id: 'example.no-stops', maker: 'example' }),
  cache: modelWith({ promptCaching: null }, { id: 'example.no-cache', maker: 'example' }),
  sampling: modelWith({ sampling: 'none' }, { id: 'anthropic.no-sampling' }),
  strict: modelWith({ strictTools: false, forcedTools: false }, { id: 'anthropic.no-strict' }),
};
const emulator = await startBedrock({ models: Object.values(less) });
let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(async () => {
  await store.close();
  await emulator.close();
});

const runtime = runtimeAt(emulator.url);
const createContainer = () => {
  const { dynamo, table } = store;
  return createBedrockProvider(
    runtime,
    new Verdicts({ dynamo, table, clock: systemClock, logger: createLogger(() => undefined) }),
  );
};
const provider = createBedrockProvider(runtime);

function calling(which: keyof typeof less, fields: Partial<ModelRequest>): ProviderCall {
  const { id, maker } = less[which];
  return callWith(fields, modelWith({ singleToolCall: false }, { id, maker }));
}

async function finish(call: ProviderCall, by = provider) {
  const answer = await by.call(call);
  const events = await Array.fromAsync(answer.events);
  return { ...answer, last: events.flat().at(-1)?.type };
}

const sent = () => (emulator.calls.get('Converse') ?? 0) + (emulator.calls.get('ConverseStream') ?? 0);
const sampled = (marker: object) => {
  return { temperature: 0.5, messages: [user(`Hi [[sim:${JSON.stringify({ text: 'x', ...marker })}]]`)] };
};
const forced = { toolChoice: { type: 'tool', name: 'look' } } as const;

describe.for([true, false])('what the model does not have is taken out and told, with stream %s', (stream) => {
  const cases: readonly (readonly [string, keyof typeof less, Partial<ModelRequest>, readonly string[]])[] = [
    ['stop sequences', 'stops', { stopSequences: ['x'] }, ['stop']],
    ['a named tool', 'stops', { tools: [look], ...forced }, ['tool_choice']],
    ['any tool', 'strict', { tools: [look], toolChoice: { type: 'required' } }, ['tool_choice']],
    ['cache points', 'cache', { tools: [{ ...look, cacheAfter: '5m' }] }, ['cache_control']],
    ['temperature', 'sampling', { temperature: 0.5 }, ['temperature']],
    [
      'temperature, refused in the first frame of a stream',
      'sampling',
      sampled({ refusal: 'in-stream' }),
      ['temperature'],
    ],
    ['temperature, refused in Anthropic’s JSON', 'sampling', sampled({ refusal: 'nested-json' }), ['temperature']],
  ];
  test.for(cases)('%s', async ([, which, fields, dropped], { expect }) => {
    const before = sent();
    expect(await finish(calling(which, { ...fields, stream }))).toMatchObject({ dropped, attempts: 2, last: 'usage' });
    expect(sent() - before).toBe(2);
  });

  test('but not in strict mode, which says what it is', async ({ expect }) => {
    const before = sent();
    const call = { ...calling('stops', { stopSequences: ['x'], stream }), strict: true };
    await expect(provider.call(call)).rejects.toMatchObject({ status: 400, param: 'stop' });
    expect(sent() - before).toBe(1);
  });

  test('but once only: what is refused then is told', async ({ expect }) => {
    const before = sent();
    const call = calling('stops', { stopSequences: ['x'], tools: [look], ...forced, stream });
    await expect(provider.call(call)).rejects.toMatchObject({ status: 400, code: 'invalid_request' });
    expect(sent() - before).toBe(2);
  });

  test('but no wrong value is', async ({ expect }) => {
    const before = sent();
    const call = { ...calling('stops', { stream }), maxOutputTokens: 1_000_000 };
    await expect(provider.call(call)).rejects.toMatchObject({ status: 400 });
    expect(sent() - before).toBe(1);
  });
});

test('the tool that stands for an answer in JSON stays forced', async ({ expect }) => {
  const outputFormat = {
    type: 'json-schema',
    name: 'a',
    description: undefined,
    schema: { type: 'object', properties: {} },
  } as const;
  const call = callWith({ outputFormat }, modelWith({ nativeStructuredOutput: false }, { id: less.strict.id }));
  const before = sent();
  await expect(provider.call(call)).rejects.toMatchObject({ status: 400 });
  expect(sent() - before).toBe(1);
});

test('what two requests have met needs no second try in any container', async ({ expect }) => {
  const meet = (id: string, by = createContainer()) =>
    finish({ ...calling('stops', { stopSequences: ['x'] }), metadata: { pw_request: id } }, by);
  const key = { pk: `V#${less.stops.id}`, sk: 'stopSequences' };
  const stored = async () => (await store.dynamo.getItem(store.table, key))?.['confirmed'];

  expect((await meet('req_1')).attempts).toBe(2);
  await vi.waitFor(async () => expect(await stored()).toBe(false));
  expect((await meet('req_1')).attempts).toBe(2);
  expect(await stored()).toBe(false);
  expect((await meet('req_2')).attempts).toBe(2);
  await vi.waitFor(async () => expect(await stored()).toBe(true));

  const other = createContainer();
  await meet('req_3', other);
  // The first call of a container does not wait for what is known.
  await vi.waitFor(async () => expect(await meet('req_4', other)).toMatchObject({ attempts: 1, dropped: ['stop'] }));
  const strict = { ...calling('stops', { stopSequences: ['x'] }), strict: true };
  const before = sent();
  await expect(other.call(strict)).rejects.toMatchObject({ status: 400, param: 'stop' });
  expect(sent()).toBe(before);
});
