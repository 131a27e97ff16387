import { test } from 'vitest';
import { parseConfig } from './config.ts';

const upstream = {
  url: 'https://mcp.example.com/mcp?a=b',
  credential: { header: 'x-api-key', parameter: '/pennyworth/mcp/github' },
  headers: { 'x-region': 'eu' },
  tools: ['read_*'],
  timeout_seconds: 30,
  max_result_bytes: 50_000,
};
const guardrail = { id: 'gr1abcdef234', version: 'DRAFT' };

test.for([
  [undefined, {}],
  ['', {}],
  ['{}', {}],
])('reads %s', ([text, config], { expect }) => {
  expect(parseConfig(typeof text === 'string' ? text : undefined)).toEqual(config);
});

test.for([
  { openai_compatible: { base_url: 'http://127.0.0.1:11434/v1', models: ['a'] } },
  { aliases: { 'pw-sonnet': { model: 'claude-sonnet-4-5' } } },
  { aliases: { a: { model: 'x', target: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0' }, 'team/b': { model: 'y' } } },
  {
    aliases: { a: { model: 'x', target: 'arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/ab1' } },
  },
  { prices: { 'nova-lite': { input: 0.06, output: '0.24' } } },
  {
    prices: {
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0': {
        input: '3',
        output: '15.00',
        cache_read: 0.3,
        cache_write_5m: '3.75',
        cache_write_1h: 6,
        long_context: [{ above_input_tokens: 200_000, input: 6, output: 22.5 }],
        tiers: { flex: { input: 1.5, output: 7.5 } },
      },
    },
  },
  { prefer_global: true, prompt_cache: 'off', remote_images: true },
  { guardrails: { default: guardrail, keys: { key_a1B2: { ...guardrail, version: '12', trace: 'enabled_full' } } } },
  {
    guardrails: {
      default: { id: 'arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:guardrail/abc1', version: '99999999' },
    },
  },
  { mcp: {} },
  { mcp: { servers: { github: upstream, 'a-1': { url: 'http://127.0.0.1:9/mcp' } } } },
  { stored_responses: { default: 'off', keys: { key_a1B2: 'on' }, days: 7 } },
])('reads %j', (config, { expect }) => {
  expect(parseConfig(JSON.stringify(config))).toEqual(config);
});

const price = { input: 1, output: 1 };

test.for([
  ['document', []],
  ['openai', { openai: 1 }],
  ['openai_compatible.base_url', { openai_compatible: { base_url: 'ftp://x', models: [] } }],
  ['openai_compatible.models', { openai_compatible: { base_url: 'http://x/v1' } }],
  ['aliases.my alias', { aliases: { 'my alias': { model: 'x' } } }],
  ['aliases.arn:aws', { aliases: { 'arn:aws': { model: 'x' } } }],
  ['aliases.bedrock/x', { aliases: { 'bedrock/x': { model: 'x' } } }],
  ['aliases.a.model', { aliases: { a: {} } }],
  ['aliases.a.modle', { aliases: { a: { model: 'x', modle: 'y' } } }],
  ['aliases.a.target', { aliases: { a: { model: 'x', target: 'arn:aws:s3:::bucket' } } }],
  ['prices.a.input', { prices: { a: { output: 1 } } }],
  ['prices.a.input', { prices: { a: { input: '1e3', output: 1 } } }],
  ['prices.a.output', { prices: { a: { input: 1, output: -1 } } }],
  ['prices.a.cache_read', { prices: { a: { ...price, cache_read: '1.0000000001' } } }],
  ['prices.a.cacheRead', { prices: { a: { ...price, cacheRead: 1 } } }],
  ['prices.a.tiers.flex.output', { prices: { a: { ...price, tiers: { flex: { input: 1 } } } } }],
  ['prices.a.long_context.0.above_input_tokens', { prices: { a: { ...price, long_context: [price] } } }],
  ['prefer_global', { prefer_global: 'yes' }],
  ['prompt_cache', { prompt_cache: 'on' }],
  ['remote_images', { remote_images: 1 }],
  ['guardrails.default.id', { guardrails: { default: { ...guardrail, id: 'Upper' } } }],
  ['guardrails.default.id', { guardrails: { default: { ...guardrail, id: '' } } }],
  ['guardrails.default.version', { guardrails: { default: { ...guardrail, version: '0' } } }],
  ['guardrails.default.version', { guardrails: { default: { ...guardrail, version: 1 } } }],
  ['guardrails.default.trace', { guardrails: { default: { ...guardrail, trace: 'on' } } }],
  ['guardrails.keys.laptop', { guardrails: { keys: { laptop: guardrail } } }],
  ['mcp.server', { mcp: { server: {} } }],
  ['mcp.servers.Git_Hub', { mcp: { servers: { Git_Hub: upstream } } }],
  ['mcp.servers.a.url', { mcp: { servers: { a: {} } } }],
  ['mcp.servers.a.command', { mcp: { servers: { a: { ...upstream, command: 'npx' } } } }],
  ...[
    'http://mcp.example.com',
    'http://10.0.0.1/mcp',
    'https://me:pw@mcp.example.com',
    'stdio:x',
    'ftp://127.0.0.1',
  ].map((url) => ['mcp.servers.a.url', { mcp: { servers: { a: { url } } } }] as const),
  [
    'mcp.servers.a.headers.Mcp-Session-Id',
    { mcp: { servers: { a: { ...upstream, headers: { 'Mcp-Session-Id': 'x' } } } } },
  ],
  ['mcp.servers.a.headers.x', { mcp: { servers: { a: { ...upstream, headers: { x: 'a\nb' } } } } }],
  ['mcp.servers.a.credential', { mcp: { servers: { a: { ...upstream, credential: {} } } } }],
  [
    'mcp.servers.a.credential',
    { mcp: { servers: { a: { ...upstream, credential: { value: 'x', parameter: '/x' } } } } },
  ],
  [
    'mcp.servers.a.credential.header',
    { mcp: { servers: { a: { ...upstream, credential: { value: 'x', header: 'host' } } } } },
  ],
  ['mcp.servers.a.credential.parameter', { mcp: { servers: { a: { ...upstream, credential: { parameter: 'x' } } } } }],
  ['mcp.servers.a.tools', { mcp: { servers: { a: { ...upstream, tools: [] } } } }],
  ['mcp.servers.a.timeout_seconds', { mcp: { servers: { a: { ...upstream, timeout_seconds: 301 } } } }],
  ['mcp.servers.a.max_result_bytes', { mcp: { servers: { a: { ...upstream, max_result_bytes: 1 } } } }],
  ['stored_responses', { stored_responses: 'off' }],
  ['stored_responses.default', { stored_responses: { default: false } }],
  ['stored_responses.keys.laptop', { stored_responses: { keys: { laptop: 'on' } } }],
  ['stored_responses.keys.key_1', { stored_responses: { keys: { key_1: 'yes' } } }],
  ['stored_responses.days', { stored_responses: { days: 0 } }],
  ['stored_responses.days', { stored_responses: { days: 31 } }],
  ['guardrails.others', { guardrails: { others: guardrail } }],
] as const)('names %s where it refuses %j', ([path, config], { expect }) => {
  const message = messageOf(() => parseConfig(JSON.stringify(config)));
  expect(message.split(': ').slice(0, 2)).toEqual(['PENNYWORTH_CONFIG', path.split(': ')[0]]);
  expect(message).not.toContain('Invalid key in record');
});

test('tells every fault at once', ({ expect }) => {
  const message = messageOf(() => parseConfig('{"prefer_global":1,"prompt_cache":2,"x":3}'));
  expect(message).toMatch(/prefer_global: .*prompt_cache: .*x: /);
});

test('refuses what is not JSON', ({ expect }) => {
  expect(messageOf(() => parseConfig('{'))).toBe('PENNYWORTH_CONFIG: is not JSON');
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing was thrown';
}
