import { type BedrockRuntime, createBedrockRuntime } from './bedrock-runtime.ts';
import { type CognitoReader, createCognitoReader } from './cognito.ts';
import { createCredentials } from './credentials.ts';
import { createDynamo, type DynamoClient } from './dynamodb.ts';
import { regionOf } from './endpoints.ts';
import type { AwsClientOptions } from './service-client.ts';
import { createParameters, type Parameters } from './ssm.ts';

export interface AwsClients {
  readonly dynamo: DynamoClient;
  readonly cognito: CognitoReader;
  readonly parameters: Parameters;
  readonly bedrock: BedrockRuntime;
}

/**
 * The clients of the hot path, made once a cold start; no connection is opened and no credential asked for until the
 * first call. @throws Error naming the variable when a region or endpoint of the environment cannot be used.
 */
export function createAwsClients(environment: Readonly<Record<string, string | undefined>>): AwsClients {
  const options: AwsClientOptions = {
    region: regionOf(environment),
    credentials: createCredentials(environment),
    environment,
  };
  return {
    dynamo: createDynamo(options),
    cognito: createCognitoReader(options),
    parameters: createParameters(options),
    bedrock: createBedrockRuntime(options),
  };
}
