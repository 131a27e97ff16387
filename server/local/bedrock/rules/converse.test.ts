import { sealReasoning } from '../reasoning.ts';
import { gptOss, nova } from '../test-models.ts';
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

const keys =
  'text, image, toolUse, toolResult, document, video, cachePoint, reasoningContent, citationsContent, searchResult';
const invalidJson = 'is invalid. Provide a json object for the field and try again.';

function document(name: string, rest: Readonly<Record<string, unknown>> = {}) {
  return { document: { format: 'txt', name, source: { bytes: 'QQ==' }, ...rest } };
}

function turns(...messages: readonly unknown[]) {
  return { toolConfig: { tools }, messages: [user(hello), ...messages] };
}

function schema(json: unknown) {
  return { toolConfig: { tools: [...tools, { toolSpec: { name: 'other', inputSchema: { json } } }] } };
}

const messages: readonly RuleCase[] = [
  {
    id: 'conv-start-user',
    model: nova,
    body: { messages: [] },
    text: 'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
  },
  {
    id: 'conv-content-empty',
    body: { messages: [user(hello), assistant(), user(hello)] },
    text: 'The content field in the Message object at messages.1 is empty. Add a ContentBlock object to the content field and try again.',
  },
  {
    id: 'conv-text-blank',
    body: { messages: [user(hello, { text: '' })] },
    text: 'The text field in the ContentBlock object at messages.0.content.1 is blank. Add text to the text field, and try again.',
  },
  {
    id: 'conv-text-whitespace',
    model: nova,
    body: { messages: [user({ text: ' \n' })] },
    text: 'The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.',
  },
  {
    id: 'conv-union-multiple',
    body: { messages: [user({ text: 'a', guardContent: { text: { text: 'b' } } })] },
    text: `ContentBlock object at messages.0.content.0 can only set one of the following keys: ${keys}.`,
  },
  {
    id: 'conv-union-none',
    body: { messages: [user({ type: 'text' })] },
    text: `ContentBlock object at messages.0.content.0 must set one of the following keys: ${keys}.`,
  },
  {
    id: 'conv-cachepoint-after-reasoning',
    body: {
      messages: [
        user(hello),
        assistant({ reasoningContent: { redactedContent: sealReasoning('Hm') } }, cachePoint, hello),
        user(hello),
      ],
    },
    text: 'Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.',
  },
  {
    id: 'conv-cachepoint-no-content',
    body: { messages: [user(cachePoint, hello)] },
    text: 'Cache point cannot be inserted without preceding content. Please remove the invalid cache point and try again.',
  },
];

const toolTurns: readonly RuleCase[] = [
  {
    id: 'conv-toolconfig-required',
    body: { messages: [user(hello), assistant(toolUse('a')), user(toolResult('a'))] },
    text: 'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
  },
  {
    id: 'conv-toolresult-missing',
    body: turns(assistant(toolUse('a'), toolUse('b'), toolUse('c')), user(toolResult('b')), user(hello)),
    text: 'Expected toolResult blocks at messages.2.content for the following Ids: a, c',
  },
  {
    id: 'conv-toolresult-extra',
    body: turns(assistant(hello), user(toolResult('a'))),
    text: 'The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.',
  },
  {
    id: 'conv-tooluse-duplicate-id',
    body: turns(assistant(toolUse('a'), toolUse('a')), user(toolResult('a'))),
    text: 'The toolUse blocks at messages.1.content contain duplicate Ids: a',
  },
  {
    id: 'conv-tooluse-input-object',
    body: turns(assistant(toolUse('a', '{"x":1}')), user(toolResult('a'))),
    text: `The format of the value at messages.1.content.0.toolUse.input ${invalidJson}`,
  },
  {
    id: 'conv-toolresult-json-object',
    body: turns(assistant(toolUse('a')), user(toolResult('a', { text: 'x' }, { json: [1] }))),
    text: `The format of the value at messages.2.content.0.toolResult.content.1.json ${invalidJson}`,
  },
  {
    id: 'conv-toolresult-json-type-key',
    body: turns(assistant(toolUse('a')), user(toolResult('a', { json: { list: [{ __type: 'x' }] } }))),
    text: `The format of the value at messages.2.content.0.toolResult.content.0.json ${invalidJson}`,
  },
  {
    id: 'conv-inputschema-object',
    body: schema('{}'),
    text: `The format of the value at toolConfig.tools.1.toolSpec.inputSchema.json ${invalidJson}`,
  },
  {
    id: 'conv-inputschema-type',
    body: schema({ anyOf: [{ type: 'object' }] }),
    text: 'The value at toolConfig.tools.1.toolSpec.inputSchema.json.type must be one of the following: object.',
  },
];

const documents: readonly RuleCase[] = [
  {
    id: 'conv-document-name-chars',
    body: { messages: [user(hello, document('a.txt'))] },
    text: "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
  },
  {
    id: 'conv-document-name-duplicate',
    body: { messages: [user(hello, document('a')), assistant(hello), user(hello, document('a'))] },
    text: "Messages can't contain duplicate document names. Rename the document and retry your request.",
  },
  {
    id: 'conv-document-needs-text',
    body: { messages: [user(document('a'))] },
    text: 'A text block must be included when using documents.',
  },
  {
    id: 'conv-citations-toolresult',
    body: turns(assistant(toolUse('a')), user(toolResult('a', document('a', { citations: { enabled: true } })))),
    text: 'Citations are not supported in tool result documents.',
  },
  {
    id: 'conv-citations-format',
    body: { messages: [user(hello, document('a', { format: 'csv', citations: { enabled: true } }))] },
    text: 'Unsupported document format. Only txt and pdf formats are supported when citations are enabled',
  },
  {
    id: 'conv-document-text-needs-citations',
    body: { messages: [user(hello, document('a', { source: { text: 'A' } }))] },
    text: 'Citations must be enabled when using text or content document sources.',
  },
];

const configuration: readonly RuleCase[] = [
  {
    id: 'conv-max-tokens-limit',
    body: { inferenceConfig: { maxTokens: 64_001 } },
    text: 'The maximum tokens you requested exceeds the model limit of 64000. Try again with a maximum tokens value that is lower than 64000.',
  },
  {
    id: 'conv-additional-field-conflict',
    model: gptOss,
    body: { system: [hello], additionalModelRequestFields: { system: 'x' } },
    text: 'The additional field system conflicts with an existing field.',
  },
];

testLayer('converse', [...messages, ...toolTurns, ...documents, ...configuration]);
