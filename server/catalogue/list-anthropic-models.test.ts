import { test } from 'vitest';
import { AnthropicModelList } from '../../shared/api/models.ts';
import { GatewayError } from '../errors.ts';
import { anthropicModel, anthropicModelList } from './list-anthropic-models.ts';
import file from './models.json' with { type: 'json' };
import { createCatalogue } from './resolve.ts';

const targets = createCatalogue({ region: 'us-west-2', file }).list().slice(0, 5);
const ids = targets.map(({ model }) => model.alias);

test('a model is told in Anthropic’s shape', ({ expect }) => {
  const target = createCatalogue({ region: 'us-west-2', file }).resolve('claude-haiku-4-5');
  expect(anthropicModel(target)).toEqual({
    type: 'model',
    id: 'claude-haiku-4-5',
    display_name: 'claude-haiku-4-5',
    created_at: '2025-10-01T00:00:00.000Z',
  });
});

test.for([
  [{}, [0, 1, 2, 3, 4], false],
  [{ limit: 2 }, [0, 1], true],
  [{ limit: 2, after_id: ids[1] }, [2, 3], true],
  [{ limit: 2, after_id: ids[3] }, [4], false],
  [{ after_id: ids[4] }, [], false],
  [{ limit: 2, before_id: ids[4] }, [2, 3], true],
  [{ limit: 9, before_id: ids[2] }, [0, 1], false],
] as const)('%j shows the models %j', ([query, places, more], { expect }) => {
  const page = AnthropicModelList.parse(anthropicModelList(targets, query));
  const shown = places.map((place) => ids[place] ?? '');
  expect(page.data.map(({ id }) => id)).toEqual(shown);
  expect([page.has_more, page.first_id, page.last_id]).toEqual([more, shown.at(0) ?? null, shown.at(-1) ?? null]);
});

test('a page has twenty models where none is asked for', ({ expect }) => {
  const page = anthropicModelList(createCatalogue({ region: 'us-west-2', file }).list(), {});
  expect([page.data.length, page.has_more]).toEqual([20, true]);
});

test.for([
  ['after_id', { after_id: 'claude-9' }],
  ['before_id', { before_id: 'claude-9' }],
  ['before_id', { before_id: 'nova-lite', after_id: 'nova-lite' }],
] as const)('refuses %s in %j', ([param, query], { expect }) => {
  let thrown: unknown;
  try {
    anthropicModelList(targets, query);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(GatewayError);
  expect(thrown).toMatchObject({ status: 400, param });
});
