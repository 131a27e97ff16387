import { test } from 'vitest';
import { describeRoutes } from '../openapi.ts';
import { createRouter } from '../router.ts';
import { routes } from './routes.ts';

const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);

test('every route is there once', ({ expect }) => {
  const names = named.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
});

test.for(named)('%s says who may call it, what it takes, what it answers and how it fails', ([, route], { expect }) => {
  expect(['anyone', 'inference', 'usage', 'mcp', 'self', 'admin', 'auditor']).toContain(route.access);
  expect(route.summary).toMatch(/^[A-Z].{5,}[^.]$/);
  expect(route.response.status).toBeGreaterThanOrEqual(200);
  expect(route.response.schema).toHaveProperty('_zod');
  // A route that changes something takes a body or names its thing in the path; one that reads takes no body.
  if (route.method === 'GET') expect(route.body).toBeNull();
  else expect(route.body !== null || route.form !== undefined || route.path.includes(':')).toBe(true);
  // What only anyone-routes can do without: a refusal of their own.
  if (route.access !== 'anyone') expect(route.errors.length).toBeGreaterThan(0);
  if (route.path.includes(':')) expect(route.errors.some((code) => code.endsWith('not_found'))).toBe(true);
});

test('every route that spends asks for an inference credential', ({ expect }) => {
  // Tools of /mcp say each for itself what they need (server/mcp).
  const spending = routes.filter((route) => route.response.streams && route.dialect !== 'mcp');
  expect(spending.map((route) => route.path)).toEqual([
    '/v1/chat/completions',
    '/v1/messages',
    '/v1/responses',
    '/v1/completions',
  ]);
  expect(spending.every((route) => route.access === 'inference')).toBe(true);
});

test('a prompt is counted for whoever may send it', ({ expect }) => {
  const counting = routes.find((route) => route.path === '/v1/messages/count_tokens');
  expect(counting).toMatchObject({ method: 'POST', access: 'inference', dialect: 'anthropic' });
});

test('the OpenAPI document has each route with its schemas, errors and access', ({ expect }) => {
  const document = JSON.parse(JSON.stringify(describeRoutes(routes, '1.2.3')));
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path ?? {}));
  expect(operations).toHaveLength(routes.length);
  for (const operation of operations) {
    // 303: what a form of a page leads to.
    const [success] = Object.keys(operation.responses).filter((status) => status.startsWith('2') || status === '303');
    const { content } = operation.responses[success ?? ''];
    expect((content['application/json'] ?? content['text/html']).schema, operation.operationId).toBeTypeOf('object');
    expect(operation['x-pennyworth-errors']).toContain('internal_error');
  }
  const chat = document.paths['/v1/chat/completions'].post;
  expect(chat.requestBody.content['application/json'].schema.required).toEqual(['model']);
  expect(chat.responses['402'].description).toContain('insufficient_quota');
  expect(chat.responses['404'].description).toContain('model_not_found');
  expect(document.paths['/v1/keys/{id}'].delete.parameters[0]).toMatchObject({ name: 'id', in: 'path' });
  const parametersOf = (path: string) =>
    document.paths[path].post.parameters.map((each: { name: string; in: string }) => [each.in, each.name]);
  expect(parametersOf('/v1/messages')).toEqual([['header', 'x-pennyworth-tag']]);
  expect(parametersOf('/v1/messages/count_tokens')).toEqual([]);
  expect(document.paths['/v1/usage'].get.parameters.map((each: { name: string }) => each.name)).toContain('group_by');
  const token = document.paths['/oauth/token'].post.requestBody.content;
  expect(token['application/x-www-form-urlencoded'].schema.required).toEqual(['grant_type', 'client_id']);
  expect(document.paths['/v1/hello'].get.security).toEqual([]);
});

test('a path of its own is not taken for an id', ({ expect }) => {
  const find = createRouter(routes);
  const methodsOf = (path: string) => [...(find(path)?.methods.keys() ?? [])];
  expect([methodsOf('/v1/keys/export'), find('/v1/keys/export')?.params]).toEqual([['GET'], {}]);
  expect([methodsOf('/v1/keys/key_1'), find('/v1/keys/key_1')?.params]).toEqual([
    ['GET', 'PATCH', 'DELETE'],
    { id: 'key_1' },
  ]);
  expect(find('/v1/keys/key_1/rotate')?.params).toEqual({ id: 'key_1' });
  expect(find('/v1/keys/')).toBeUndefined();
});
