import { gpt, gptOss, llama, nova, titan } from '../test-models.ts';
import {
  assistant,
  cachePoint,
  hello,
  type RuleCase,
  testLayer,
  toolResult,
  tools,
  toolUse,
  user,
} from './rule-case.ts';

const png = { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } };
const video = { video: { format: 'mp4', source: { bytes: 'QQ==' } } };
const text = { document: { format: 'txt', name: 'a', source: { bytes: 'QQ==' } } };

function unsupported(field: string): string {
  return `This model doesn't support the ${field} field. Remove ${field} and try again.`;
}

function unreadable(kind: string): string {
  return `This model doesn't support the ${kind} content block that you provided. Update the content block and try again.`;
}

function turns(use: readonly unknown[], result: readonly unknown[]) {
  return { toolConfig: { tools }, messages: [user(hello), assistant(...use), user(...result)] };
}

const features: readonly RuleCase[] = [
  {
    id: 'cap-system',
    model: titan,
    body: { system: [hello] },
    text: "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
  },
  { id: 'cap-tools', model: titan, body: { toolConfig: { tools } }, text: "This model doesn't support tool use." },
  {
    id: 'cap-tools-streaming',
    model: llama,
    operation: 'ConverseStream',
    body: { toolConfig: { tools } },
    text: "This model doesn't support tool use in streaming mode.",
  },
  {
    id: 'cap-toolchoice-any',
    model: llama,
    body: { toolConfig: { tools, toolChoice: { any: {} } } },
    text: unsupported('toolConfig.toolChoice.any'),
  },
  {
    id: 'cap-toolchoice-tool',
    model: llama,
    body: { toolConfig: { tools, toolChoice: { tool: { name: 'look' } } } },
    text: unsupported('toolConfig.toolChoice.tool'),
  },
  {
    id: 'cap-stopsequences',
    model: gptOss,
    body: { inferenceConfig: { stopSequences: ['x'] } },
    text: unsupported('stopSequences'),
  },
  {
    id: 'cap-temperature',
    model: gpt,
    modelId: 'us.openai.gpt-5.4',
    body: { inferenceConfig: { temperature: 0 } },
    text: unsupported('temperature'),
  },
  {
    id: 'cap-topp',
    model: gpt,
    modelId: 'us.openai.gpt-5.4',
    body: { inferenceConfig: { topP: 0.5 } },
    text: unsupported('topP'),
  },
  {
    id: 'cap-cachepoint-unsupported',
    model: llama,
    body: { system: [hello, cachePoint] },
    text: 'You invoked an unsupported model or your request did not allow prompt caching.',
    status: 403,
    type: 'AccessDeniedException',
  },
  {
    id: 'cap-cachepoint-ttl',
    model: nova,
    body: { system: [hello, { cachePoint: { type: 'default', ttl: '1h' } }] },
    text: 'Extended TTL prompt caching is only supported for Anthropic models',
  },
  {
    id: 'cap-output-format',
    model: gptOss,
    body: {
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'a', schema: '{"type":"object"}' } } },
      },
    },
    text: unsupported('outputConfig.textFormat'),
  },
];

const content: readonly RuleCase[] = [
  { id: 'cap-image', model: llama, body: { messages: [user(hello, png)] }, text: unreadable('image') },
  { id: 'cap-document', model: llama, body: { messages: [user(hello, text)] }, text: unreadable('document') },
  { id: 'cap-video', body: { messages: [user(hello, video)] }, text: unreadable('video') },
  {
    id: 'cap-audio',
    body: { messages: [user(hello, { audio: { format: 'mp3', source: { bytes: 'QQ==' } } })] },
    text: unreadable('audio'),
  },
  {
    id: 'cap-toolresult-image',
    model: gptOss,
    body: turns([toolUse('a')], [toolResult('a', png)]),
    text: "This model doesn't support the image field for user messages. Remove image and try again.",
  },
  {
    id: 'cap-toolresult-status',
    model: llama,
    body: turns([toolUse('a')], [{ toolResult: { toolUseId: 'a', content: [], status: 'success' } }]),
    text: unsupported('status'),
  },
  {
    id: 'cap-s3-location',
    body: { messages: [user(hello, { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/a' } } } })] },
    text: unsupported('s3Uri'),
  },
  {
    id: 'cap-reasoning-signature',
    model: gptOss,
    body: {
      messages: [
        user(hello),
        assistant({ reasoningContent: { reasoningText: { text: 'Hm', signature: 'x' } } }, hello),
        user(hello),
      ],
    },
    text: unsupported('reasoningContent.reasoningText.signature'),
  },
  {
    id: 'cap-reasoning-redacted',
    model: gptOss,
    body: {
      messages: [user(hello), assistant({ reasoningContent: { redactedContent: 'QUJD' } }, hello), user(hello)],
    },
    text: unsupported('reasoningContent.redactedContent'),
  },
  {
    id: 'cap-reasoning-in-request',
    model: nova,
    body: {
      messages: [user(hello), assistant({ reasoningContent: { reasoningText: { text: 'Hm' } } }, hello), user(hello)],
    },
    text: 'User messages cannot contain reasoning content. Please remove the reasoning content and try again.',
  },
  {
    id: 'cap-citations',
    model: nova,
    body: { messages: [user(hello, { document: { ...text.document, citations: { enabled: true } } })] },
    text: "This model doesn't support citations.",
  },
  {
    id: 'mix-text-toolresult',
    model: llama,
    body: {
      toolConfig: { tools },
      messages: [user(hello), assistant(toolUse('a')), user(toolResult('a')), user(hello)],
    },
    text: 'messages.2.content: Conversation blocks and tool result blocks cannot be provided in the same turn.',
  },
  {
    id: 'mix-text-tooluse',
    model: llama,
    body: turns([hello, toolUse('a')], [toolResult('a')]),
    text: 'messages.1.content: Conversation blocks and tool use blocks cannot be provided in the same turn.',
  },
];

testLayer('capability', [...features, ...content]);
