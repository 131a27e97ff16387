import { Validator } from '@cfworker/json-schema';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { inject } from 'vitest';
import * as z from 'zod/mini';

const { url, api_key: apiKey } = inject('dev');
const endpoint = new URL(`${url}/mcp`);
const clientInfo = { name: 'contract-test', version: '1.0.0' };

/** A message as it is sent by hand; text goes as it stands. */
export function postMessage(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    // Whatever is sent, the answer comes at once.
    signal: AbortSignal.timeout(20_000),
  });
}

/** The SDK's clients: of the revisions with `initialize`, and of the stateless one. */
export const generations = ['2025', '2026'] as const;
export type Generation = (typeof generations)[number];

const ToolResult = z.object({
  content: z.array(z.looseObject({ type: z.string(), text: z.optional(z.string()) })),
  structuredContent: z.optional(z.record(z.string(), z.unknown())),
  isError: z.optional(z.boolean()),
});

/** How long a row may take that is written after the answer has left, on a busy machine. */
export const soon = { timeout: 10_000 };

/** What came of a call of a tool. */
interface Called {
  readonly isError: boolean;
  /** All text for the model. */
  readonly text: string;
  readonly structured: Readonly<Record<string, unknown>>;
}

export interface Progress {
  readonly progress: number;
  readonly message?: string | undefined;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: Progress) => void;
}

/** A client, the same for both generations. */
export interface McpClient {
  readonly client: Client | LegacyClient;
  /** @throws Error for a structured content that is not what the tool's schema says, or missing */
  call(name: string, input?: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<Called>;
}

/** Connects and learns the tools, as editors and agents do. */
export async function connect(generation: Generation, credential: string = apiKey): Promise<McpClient> {
  const requestInit = { headers: { authorization: `Bearer ${credential}` } };
  const { client, callTool } = await (generation === '2025' ? legacy(requestInit) : modern(requestInit));
  const { tools } = await client.listTools();
  const validators = new Map(
    tools.map(({ name, outputSchema }) => [name, new Validator(plain(outputSchema), '2020-12', false)]),
  );
  return {
    client,
    call: async (name, input = {}, options = {}) => {
      const result = ToolResult.parse(await callTool({ name, arguments: input }, options));
      const text = result.content.map((part) => part.text ?? '').join('');
      if (result.isError) return { isError: true, text, structured: {} };
      const { structuredContent: structured } = result;
      const validated = validators.get(name)?.validate(structured);
      if (!structured || !validated?.valid) {
        throw new Error(`${name} answers what its schema does not: ${JSON.stringify(validated?.errors)}`);
      }
      return { isError: false, text, structured };
    },
  };
}

/** As it came over the wire, in the words of the validator's types. */
function plain(schema: object | undefined): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(schema ?? {});
}

interface Connected {
  readonly client: Client | LegacyClient;
  callTool(params: { name: string; arguments: Record<string, unknown> }, options: CallOptions): Promise<unknown>;
}

async function legacy(requestInit: RequestInit): Promise<Connected> {
  const client = new LegacyClient(clientInfo);
  await client.connect(new LegacyTransport(endpoint, { requestInit }));
  return { client, callTool: (params, options) => client.callTool(params, undefined, options) };
}

async function modern(requestInit: RequestInit): Promise<Connected> {
  const client = new Client(clientInfo, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(endpoint, { requestInit }));
  return { client, callTool: (params, options) => client.callTool(params, options) };
}
