import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ObjectSchema } from '../mcp/json-schema.ts';
import type { McpCall, McpTool, Surface } from '../mcp/surface.ts';
import { fixture, text } from './mcp-fixture.ts';
import { inputTools, promptWithInput } from './mcp-input-fixtures.ts';

// What the protocol's conformance suite asks a server to have (`pennyworth dev --mcp-fixtures`): names and contents are
// those its scenarios look for (@modelcontextprotocol/conformance 0.1.16 and 0.2.0-alpha.12).

/** A red pixel. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';
/** No sound at all, in a whole WAV file. */
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const embedded = (uri: string, mimeType: string, content: string) =>
  ({ type: 'resource', resource: { uri, mimeType, text: content } }) as const;
const image = { type: 'image', data: png, mimeType: 'image/png' } as const;

const contents: Readonly<Record<string, CallToolResult>> = {
  test_simple_text: { content: [text('This is a simple text response for testing.')] },
  test_image_content: { content: [image] },
  test_audio_content: { content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] },
  test_embedded_resource: {
    content: [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  },
  test_multiple_content_types: {
    content: [
      text('Multiple content types test:'),
      image,
      embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  },
  test_error_handling: { isError: true, content: [text('This tool intentionally returns an error for testing')] },
};

async function logThrice({ sdk }: McpCall): Promise<CallToolResult> {
  for (const words of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await sdk.mcpReq.log('info', words);
    await sleep(50);
  }
  return { content: [text('Three lines were logged.')] };
}

async function progressThrice({ sdk }: McpCall): Promise<CallToolResult> {
  const progressToken = sdk.mcpReq._meta?.progressToken;
  for (const progress of [0, 50, 100]) {
    if (progressToken !== undefined) {
      await sdk.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    }
    await sleep(50);
  }
  return { content: [text('Three steps were told.')] };
}

/** Every keyword has to reach the client as it is written here. */
const schema2020: ObjectSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

const tools: readonly McpTool[] = [
  ...Object.entries(contents).map(([name, result]) => fixture(name, async () => result)),
  fixture('test_tool_with_logging', (_, mcp) => logThrice(mcp)),
  fixture('test_logging_tool', (_, mcp) => logThrice(mcp)),
  fixture('test_tool_with_progress', (_, mcp) => progressThrice(mcp)),
  {
    ...fixture('json_schema_2020_12_tool', async (input) => ({ content: [text(JSON.stringify(input))] })),
    inputSchema: schema2020,
  },
  fixture('test_custom_headers', async (input) => ({ content: [text(JSON.stringify(input))] }), {
    region: { type: 'string', 'x-mcp-header': 'Region' },
  }),
  ...inputTools(randomBytes(32)),
];

const user = (content: ReturnType<typeof text> | ReturnType<typeof embedded> | typeof image) =>
  ({ role: 'user', content }) as const;
const argument = (name: string) => ({ name, description: 'any text', required: true });
const prompt = (name: string) => ({ name, title: name, description: `Fixture ${name}`, access: 'mcp' }) as const;
const resource = (name: string, mimeType: string) =>
  ({ name, title: name, description: `Fixture ${name}`, mimeType, access: 'mcp' }) as const;

export const fixtureSurface: Surface = {
  tools: async () => tools,
  resources: [
    {
      ...resource('static-text', 'text/plain'),
      uri: 'test://static-text',
      read: async () => ({ text: 'This is the content of the static text resource.' }),
    },
    { ...resource('static-binary', 'image/png'), uri: 'test://static-binary', read: async () => ({ blob: png }) },
    {
      ...resource('watched-resource', 'text/plain'),
      uri: 'test://watched-resource',
      read: async () => ({ text: 'It never changes.' }),
    },
  ],
  resourceTemplates: [
    {
      ...resource('template', 'application/json'),
      uriTemplate: 'test://template/{id}/data',
      complete: async () => [],
      read: async ({ id }) => ({ text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }),
    },
  ],
  prompts: [
    {
      ...prompt('test_simple_prompt'),
      arguments: [],
      get: async () => ({ messages: [user(text('This is a simple prompt for testing.'))] }),
    },
    {
      ...prompt('test_prompt_with_arguments'),
      arguments: [
        {
          ...argument('arg1'),
          complete: async (typed) => ['paris', 'park', 'party'].filter((word) => word.startsWith(typed)),
        },
        argument('arg2'),
      ],
      get: async ({ arg1, arg2 }) => ({
        messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
      }),
    },
    {
      ...prompt('test_prompt_with_embedded_resource'),
      arguments: [argument('resourceUri')],
      get: async ({ resourceUri = '' }) => ({
        messages: [
          user(embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
          user(text('Please process the embedded resource above.')),
        ],
      }),
    },
    {
      ...prompt('test_prompt_with_image'),
      arguments: [],
      get: async () => ({ messages: [user(image), user(text('Please analyze the image above.'))] }),
    },
    { ...prompt('test_input_required_result_prompt'), arguments: [], get: promptWithInput },
  ],
  extend(server, era) {
    if (era === 'modern') return;
    server.registerCapabilities({ logging: {}, resources: { subscribe: true } });
    server.setRequestHandler('resources/subscribe', async () => ({}));
    server.setRequestHandler('resources/unsubscribe', async () => ({}));
  },
};
