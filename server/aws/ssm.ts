import { AwsError } from './aws-error.ts';
import { isRecord } from './json.ts';
import { createJsonCaller } from './json-protocol.ts';
import type { AwsClientOptions } from './service-client.ts';

/** SecureString parameters of the Systems Manager, under the account's own key, which costs nothing. */
export interface Parameters {
  /** @returns the decrypted value; undefined when there is no such parameter. @throws AwsError */
  find(name: string): Promise<string | undefined>;
  /** Makes the parameter unless it exists; never overwrites. @throws AwsError */
  create(name: string, value: string): Promise<'created' | 'exists'>;
}

const retries = { leastDelayMs: 100, mostDelayMs: 2_000, anyServerError: true };

export function createParameters(options: AwsClientOptions): Parameters {
  const call = createJsonCaller(options, { service: 'ssm', target: 'AmazonSSM', version: '1.1', retries });

  return {
    async find(name) {
      try {
        return decodeValue(await call('GetParameter', { Name: name, WithDecryption: true }));
      } catch (error) {
        if (error instanceof AwsError && error.name === 'ParameterNotFound') return undefined;
        throw error;
      }
    },
    async create(name, value) {
      try {
        await call('PutParameter', { Name: name, Value: value, Type: 'SecureString', Overwrite: false });
        return 'created';
      } catch (error) {
        if (error instanceof AwsError && error.name === 'ParameterAlreadyExists') return 'exists';
        throw error;
      }
    },
  };
}

function decodeValue(output: unknown): string {
  const parameter = isRecord(output) ? output['Parameter'] : undefined;
  const value = isRecord(parameter) ? parameter['Value'] : undefined;
  if (typeof value === 'string') return value;
  const message = 'GetParameter was answered without a value';
  throw new AwsError({ name: 'UnreadableAnswerError', message, service: 'ssm', status: 200 });
}
