import { afterAll, beforeAll, beforeEach, describe, test, vi } from 'vitest';
import { AwsFault } from '../../local/emulator.ts';
import { startTable, type TestTable } from '../../money/test-table.ts';
import { createLogger } from '../../observe/logger.ts';
import { Verdicts } from './verdicts.ts';

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

const day = 24 * 3600_000;
let now = 0;
let model = '';
let models = 0;
const lines: string[] = [];
beforeEach(() => {
  now = Date.now();
  model = `example.model-${models++}`;
  lines.length = 0;
  store.setFault(undefined);
});

/** One container of the deployment. */
function createContainer() {
  const { dynamo, table } = store;
  const logger = createLogger((line) => lines.push(line));
  return new Verdicts({ dynamo, table, clock: { now: () => now }, logger });
}

/** What a container that has never been asked comes to know. */
async function learned(container = createContainer()): Promise<readonly string[]> {
  const before = store.requests();
  container.confirmed(model);
  await vi.waitFor(() => {
    if (store.requests() === before) throw new Error('nothing was read');
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  return container.confirmed(model);
}

test('what two different requests have met is known to other containers', async ({ expect }) => {
  await createContainer().met(model, ['topP'], 'req_1');
  expect(await learned()).toEqual([]);
  await createContainer().met(model, ['topP'], 'req_1');
  expect(await learned()).toEqual([]);
  await createContainer().met(model, ['topP', 'stopSequences'], 'req_2');
  expect(await learned()).toEqual(['topP']);
  await createContainer().met(model, ['stopSequences'], 'req_1');
  expect(await learned()).toEqual(['stopSequences', 'topP']);
});

test('of one model nothing follows for another', async ({ expect }) => {
  const other = model;
  for (const id of ['req_1', 'req_2']) await createContainer().met(other, ['topP'], id);
  model = `${other}-x`;
  expect(await learned()).toEqual([]);
});

test('two requests that meet it at the same time confirm it', async ({ expect }) => {
  await Promise.all(['req_1', 'req_2'].map((id) => createContainer().met(model, ['topP'], id)));
  expect(await learned()).toEqual(['topP']);
});

test('it is forgotten after seven days, deleted or not, and learned anew', async ({ expect }) => {
  for (const id of ['req_1', 'req_2']) await createContainer().met(model, ['topP'], id);
  const key = { pk: `V#${model}`, sk: 'topP' };
  const item = await store.dynamo.getItem(store.table, key);
  expect(item?.['ttl']).toBe(Math.floor(now / 1000) + 7 * 24 * 3600);
  now += 7 * day - 60_000;
  expect(await learned()).toEqual(['topP']);
  now += 120_000;
  expect(await learned()).toEqual([]);
  await createContainer().met(model, ['topP'], 'req_3');
  expect(await learned()).toEqual([]);
  await createContainer().met(model, ['topP'], 'req_4');
  expect(await learned()).toEqual(['topP']);
});

test('an item of another version is not believed', async ({ expect }) => {
  const ttl = Math.floor(now / 1000) + 1_000;
  await store.dynamo.putItem(store.table, { pk: `V#${model}`, sk: 'topP', v: 2, confirmed: true, ttl });
  expect(await learned()).toEqual([]);
});

describe('reading', () => {
  test('is done once in ten minutes, and never waited for', async ({ expect }) => {
    for (const id of ['req_1', 'req_2']) await createContainer().met(model, ['topP'], id);
    const container = createContainer();
    const before = store.requests();
    for (let calls = 0; calls < 20; calls++) expect(container.confirmed(model)).toEqual([]);
    expect(await learnedLater(container)).toEqual(['topP']);
    now += 599_000;
    for (let calls = 0; calls < 20; calls++) expect(container.confirmed(model)).toEqual(['topP']);
    expect(store.requests() - before).toBe(1);
    now += 2_000;
    // What is known stays known while it is read again.
    expect(container.confirmed(model)).toEqual(['topP']);
    await vi.waitFor(() => expect(store.requests() - before).toBe(2));
  });

  test('that fails is logged, and tried again later only', async ({ expect }) => {
    store.setFault(() => new AwsFault('ResourceNotFoundException', 'no table', 400));
    const container = createContainer();
    container.confirmed(model);
    await vi.waitFor(() => expect(lines.join()).toContain('verdict_read_failed'));
    expect(container.confirmed(model)).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  async function learnedLater(container: Verdicts): Promise<readonly string[]> {
    await vi.waitFor(() => {
      if (container.confirmed(model).length === 0) throw new Error('not read yet');
    });
    return container.confirmed(model);
  }
});

test('writing that fails is logged and nothing more', async ({ expect }) => {
  store.setFault(() => new AwsFault('ResourceNotFoundException', 'no table', 400));
  await createContainer().met(model, ['topP'], 'req_1');
  expect(lines.join()).toContain('verdict_write_failed');
});
