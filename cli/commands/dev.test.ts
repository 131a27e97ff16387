import { test } from 'vitest';
import { OptionValues } from '../command.ts';
import { UsageError } from '../errors.ts';
import { parseDevOptions } from './dev.ts';

const parse = (values: Record<string, unknown>, json = false) =>
  parseDevOptions({ arguments: [], options: new OptionValues(values) }, json);

test('has the defaults of npm start', ({ expect }) => {
  expect(parse({})).toEqual({
    port: 8787,
    dataDir: '.pennyworth',
    json: false,
    bedrock: 'simulator',
    openaiCompatibleUrl: undefined,
    mcpFixtures: false,
  });
});

test('takes every option', ({ expect }) => {
  const values = {
    port: '0',
    data: '/tmp/x',
    bedrock: 'aws',
    openaiCompatible: 'http://127.0.0.1:11434/v1/',
    mcpFixtures: true,
  };
  expect(parse(values, true)).toEqual({
    port: 0,
    dataDir: '/tmp/x',
    json: true,
    bedrock: 'aws',
    openaiCompatibleUrl: 'http://127.0.0.1:11434/v1',
    mcpFixtures: true,
  });
});

test.for([
  { port: '-1' },
  { port: '65536' },
  { port: '80a' },
  { data: '' },
  { bedrock: 'Simulator' },
  { openaiCompatible: 'localhost' },
  { openaiCompatible: 'file:///x' },
])('refuses %j', (values, { expect }) => {
  expect(() => parse(values)).toThrow(UsageError);
});
