import { type BedrockRuntime, createBedrockRuntime } from '../../aws/bedrock-runtime.ts';

/** The genuine client, for an emulator at this address. */
export function runtimeAt(url: string): BedrockRuntime {
  return createBedrockRuntime({
    region: 'us-west-2',
    credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
    environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url },
  });
}
