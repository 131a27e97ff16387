import { expect, test } from 'vitest';
import { withConfigParameter } from './config-parameter.ts';

const parameters = (stored: Readonly<Record<string, string>>) => () => ({
  find: async (name: string) => stored[name],
  create: async () => 'exists' as const,
});

test('the document is read from the parameter that is named', async () => {
  const environment = { PENNYWORTH_CONFIG_PARAMETER: '/pennyworth/config', AWS_REGION: 'us-west-2' };
  const read = await withConfigParameter(environment, parameters({ '/pennyworth/config': '{"aliases":{}}' }));
  expect(read).toEqual({ ...environment, PENNYWORTH_CONFIG: '{"aliases":{}}' });
});

test('without a name nothing is asked for', async () => {
  const environment = { PENNYWORTH_CONFIG: '{}', PENNYWORTH_CONFIG_PARAMETER: '' };
  const never = () => {
    throw new Error('asked for');
  };
  expect(await withConfigParameter(environment, never)).toBe(environment);
});

test.each([
  [{ PENNYWORTH_CONFIG_PARAMETER: '/missing' }, /^PENNYWORTH_CONFIG_PARAMETER: .*\/missing/],
  [{ PENNYWORTH_CONFIG_PARAMETER: '/p', PENNYWORTH_CONFIG: '{}' }, /both set/],
])('%j ends the start, naming the variable', async (environment, message) => {
  await expect(withConfigParameter(environment, parameters({}))).rejects.toThrow(message);
});
