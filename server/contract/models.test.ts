import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { inject, test } from 'vitest';

const { url, api_key: apiKey } = inject('dev');
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}${path}`, { headers: { 'x-api-key': apiKey, ...headers } });

const names = [
  'claude-sonnet-4-5',
  'anthropic.claude-sonnet-4-5-20250929-v1:0',
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0',
  'arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
];

test('OpenAI’s client lists every model once and finds one by each of its names', async ({ expect }) => {
  const listed = await openai.models.list();
  const ids = listed.data.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(90);
  expect(new Set(ids).size).toBe(ids.length);
  for (const name of names) {
    const model = await openai.models.retrieve(name);
    expect(model).toMatchObject({ id: 'claude-sonnet-4-5', object: 'model', owned_by: 'anthropic' });
    // As it is written too: not every client encodes a path.
    const response = await get(`/v1/models/${name}`);
    expect(await response.json()).toMatchObject({ id: 'claude-sonnet-4-5' });
  }
});

test('Anthropic’s client lists the same models in its shape, page by page, and finds one', async ({ expect }) => {
  const ids: string[] = [];
  for await (const model of anthropic.models.list({ limit: 20 })) {
    expect(model).toMatchObject({ type: 'model', display_name: expect.any(String) });
    ids.push(model.id);
  }
  const { data } = await openai.models.list();
  expect(ids.toSorted()).toEqual(data.map(({ id }) => id).toSorted());
  for (const name of names) {
    expect(await anthropic.models.retrieve(name)).toMatchObject({ type: 'model', id: 'claude-sonnet-4-5' });
  }
});

test('an unknown model is a 404 with the nearest, in the caller’s shape', async ({ expect }) => {
  const theirs = await get('/v1/models/claude-sonet-4-5', { 'anthropic-version': '2023-06-01' });
  expect([theirs.status, await theirs.json()]).toEqual([
    404,
    expect.objectContaining({
      type: 'error',
      error: { type: 'not_found_error', message: expect.stringContaining('claude-sonnet-4-5') },
    }),
  ]);
  await expect(openai.models.retrieve('claude-sonet-4-5')).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
    message: expect.stringContaining('claude-sonnet-4-5'),
  });
});

test('one model says what becomes of each field', async ({ expect }) => {
  const temperature = { field: 'temperature', class: 'reported', note: null };
  expect(await (await get('/v1/models/claude-opus-4-7?fields=true')).json()).toMatchObject({
    pennyworth: { fields: expect.arrayContaining([temperature]) },
  });
  expect(await (await get('/v1/models/claude-opus-4-7')).json()).not.toHaveProperty('pennyworth.fields');
});
