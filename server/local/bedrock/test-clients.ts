import { BedrockRuntimeClient, type ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

// The genuine client over both of its handlers; tests only.

export interface ClientSettings {
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly token?: string;
  readonly maxAttempts?: number;
}

/** Both ways the SDK can speak to Bedrock: HTTP/2, its default, and HTTP/1.1. */
export const handlers = ['HTTP/2', 'HTTP/1.1'] as const;

export function createClient(
  url: string,
  handler: (typeof handlers)[number],
  settings: ClientSettings = {},
): BedrockRuntimeClient {
  const { accessKeyId = 'local', secretAccessKey = 'local', token, maxAttempts = 1 } = settings;
  return new BedrockRuntimeClient({
    region: 'us-west-2',
    endpoint: url,
    maxAttempts,
    credentials: { accessKeyId, secretAccessKey },
    ...(token && { token: { token }, authSchemePreference: ['httpBearerAuth'] }),
    ...(handler === 'HTTP/1.1' && { requestHandler: new NodeHttpHandler() }),
  });
}

/** A request with one user message, which carries the script. */
export function ask(modelId: string, script?: unknown, text = 'Hello') {
  const marker = script === undefined ? '' : ` [[sim:${JSON.stringify(script)}]]`;
  return { modelId, messages: [{ role: 'user' as const, content: [{ text: `${text}${marker}` }] }] };
}

/** Every event of a stream, and the error that ended it. */
export async function collect(
  stream: AsyncIterable<ConverseStreamOutput> | undefined,
): Promise<{ readonly events: readonly ConverseStreamOutput[]; readonly error: unknown }> {
  const events: ConverseStreamOutput[] = [];
  try {
    for await (const event of stream ?? []) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

export function textOf(events: readonly ConverseStreamOutput[]): string {
  return deltasOf(events).join('');
}

export function deltasOf(events: readonly ConverseStreamOutput[]): readonly string[] {
  return events.flatMap(({ contentBlockDelta }) => contentBlockDelta?.delta?.text ?? []);
}
