import { test } from 'vitest';
import { decodeChatRequest } from './decode-request.ts';
import { failureOf } from './test-failures.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const decode = (fields: object) => decodeChatRequest({ model: 'm', messages, ...fields });
const schema = { type: 'object', properties: { city: { type: 'string' } } };
const hash = 'fdee430d40bd57deeac186cd9790033d';

test.for([
  [{ response_format: { type: 'text' } }, { outputFormat: undefined }],
  [{ response_format: { type: 'json_object' } }, { outputFormat: { type: 'json' } }],
  [
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', description: 'A place', schema, strict: true },
      },
    },
    { outputFormat: { type: 'json-schema', name: 'place', description: 'A place', schema } },
  ],
  [
    { response_format: { type: 'json_schema', json_schema: { name: 'any' } } },
    { outputFormat: { type: 'json-schema', name: 'any', description: undefined, schema: { type: 'object' } } },
  ],
  [
    { output_config: { format: { type: 'json_schema', schema } } },
    { outputFormat: { type: 'json-schema', name: 'answer', description: undefined, schema }, reasoning: undefined },
  ],
  [{ verbosity: 'low' }, { verbosity: 'low' }],
  [{ text: { verbosity: 'high' } }, { verbosity: 'high' }],
  [{ service_tier: 'auto' }, { serviceTier: undefined }],
  [{ service_tier: 'default' }, { serviceTier: 'default' }],
  [{ service_tier: 'flex' }, { serviceTier: 'flex' }],
  [{ service_tier: 'priority' }, { serviceTier: 'priority' }],
  [{ service_tier: 'standard_only' }, { serviceTier: 'default' }],
  [{ metadata: { project: 'apollo' } }, { metadata: { project: 'apollo' } }],
  [{ user: 'ada' }, { metadata: { user: hash } }],
  [{ user: 'bob', safety_identifier: 'ada', metadata: { a: 'b' } }, { metadata: { a: 'b', user: hash } }],
  [{ user: '' }, { metadata: {} }],
  [{ prompt_cache_key: 'k' }, { cacheKey: 'k', cache: 'auto' }],
  [{ prompt_cache_options: { mode: 'implicit' } }, { cache: 'auto' }],
  [{ prompt_cache_options: { mode: 'explicit', ttl: '30m' } }, { cache: 'explicit' }],
  [{ performanceConfig: { latency: 'optimized' } }, { latency: 'optimized' }],
  [{ performance_config: { latency: 'standard' } }, { latency: 'standard' }],
  [{ guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } }, { guardrail: { id: 'g', version: '1' } }],
  [
    {
      guardrail_config: {
        guardrailIdentifier: 'g',
        guardrailVersion: 'DRAFT',
        trace: 'enabled',
        streamProcessingMode: 'async',
      },
    },
    { guardrail: { id: 'g', version: 'DRAFT', trace: 'enabled', streamMode: 'async' } },
  ],
  [{ additionalModelRequestFields: { a: 1 } }, { additionalFields: { a: 1 } }],
  [{ additional_model_request_fields: { a: 1 } }, { additionalFields: { a: 1 } }],
] as const)('reads %j', ([fields, expected], { expect }) => {
  const { request, dropped } = decode(fields);
  expect(request).toMatchObject(expected);
  expect(dropped).toEqual([]);
});

test('what a breakpoint makes lives as long as was asked, to the next life there is', ({ expect }) => {
  const marked = [
    { role: 'user', content: [{ type: 'text', text: 'x', prompt_cache_breakpoint: { mode: 'explicit' } }] },
  ];
  const part = (options: object) => decode({ messages: marked, ...options }).request.messages[0]?.content[0];
  expect(part({})).toMatchObject({ cacheAfter: '5m' });
  expect(part({ prompt_cache_options: { ttl: '30m' } })).toMatchObject({ cacheAfter: '1h' });
});

test.for([
  [{ service_tier: 'scale' }, 'service_tier', { serviceTier: 'default' }],
  [{ service_tier: 'fast' }, 'service_tier', { serviceTier: 'default' }],
  [{ user: 'ada', metadata: { user: 'mine' } }, 'user', { metadata: { user: 'mine' } }],
  [{ response_format: { type: 'json_object', schema } }, 'response_format.schema', { outputFormat: { type: 'json' } }],
  [{ performanceConfig: { latency: 'standard', x: 1 } }, 'performanceConfig.x', { latency: 'standard' }],
  [{ prompt_cache_options: { scope: 'x' } }, 'prompt_cache_options.scope', { cache: 'auto' }],
] as const)('reports of %j what is not kept: %s', ([fields, name, expected], { expect }) => {
  const { request, dropped } = decode(fields);
  expect(dropped).toEqual([name]);
  expect(request).toMatchObject(expected);
});

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));

test.for([
  [{ response_format: 'json' }, 'response_format'],
  [{ response_format: { type: 'xml' } }, 'response_format.type'],
  [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
  [{ response_format: { type: 'json_schema', json_schema: {} } }, 'response_format.json_schema.name'],
  [
    { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: 7 } } },
    'response_format.json_schema.schema',
  ],
  [{ text: { format: 'json' } }, 'text.format'],
  [{ text: 'json' }, 'text'],
  [{ text: { verbosity: 'chatty' } }, 'text.verbosity'],
  [{ verbosity: 'chatty' }, 'verbosity'],
  [{ service_tier: 7 }, 'service_tier'],
  [{ metadata: 'x' }, 'metadata'],
  [{ metadata: { a: 7 } }, 'metadata.a'],
  [{ metadata: { pw_user: 'me' } }, 'metadata.pw_user'],
  [{ metadata: { PW_user: 'me' } }, 'metadata.PW_user'],
  [{ metadata: { a: 'x'.repeat(513) } }, 'metadata.a'],
  [{ metadata: { ['k'.repeat(65)]: 'x' } }, `metadata.${'k'.repeat(64)}`],
  [{ metadata: pairs(17) }, 'metadata'],
  [{ user: 7 }, 'user'],
  [{ prompt_cache_options: { mode: 'often' } }, 'prompt_cache_options.mode'],
  [{ guardrailConfig: { guardrailVersion: '1' } }, 'guardrailConfig.guardrailIdentifier'],
  [{ performanceConfig: { latency: 'fast' } }, 'performanceConfig.latency'],
  [{ additionalModelRequestFields: [] }, 'additionalModelRequestFields'],
  [{ cache_control: { type: 'ephemeral', ttl: '1d' } }, 'cache_control.ttl'],
] as const)('refuses %j naming %s', ([fields, param], { expect }) => {
  const error = failureOf(() => decode(fields));
  expect(error).toMatchObject({ status: 400, param });
  expect(error?.message.startsWith(`${param}: `)).toBe(true);
});

test('takes OpenAI’s own limits of metadata', ({ expect }) => {
  const metadata = { ...pairs(15), ['k'.repeat(64)]: 'v'.repeat(512) };
  expect(decode({ metadata }).request.metadata).toEqual(metadata);
});
