import { expect, test } from 'vitest';
import { AwsError } from './aws/aws-error.ts';
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

test.each([
  ['NetworkError', 0, 503],
  ['InternalServerError', 500, 503],
  ['ThrottlingException', 400, 503],
  ['AccessDeniedException', 400, undefined],
])('%s with status %i: %s', async (name, status, told) => {
  const failing = () => ({
    find: async () => {
      throw new AwsError({ name, message: 'of SSM', service: 'ssm', status });
    },
    create: async () => 'exists' as const,
  });
  const reading = withConfigParameter({ PENNYWORTH_CONFIG_PARAMETER: '/p' }, failing);
  const error: unknown = await reading.catch((thrown: unknown) => thrown);
  if (told === undefined) expect(String(error)).toContain(`PENNYWORTH_CONFIG_PARAMETER: /p cannot be read: ${name}`);
  else expect(error).toMatchObject({ status: told, code: 'storage_unavailable', retryAfterSeconds: 3 });
});
