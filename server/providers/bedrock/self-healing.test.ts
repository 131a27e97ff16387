import { describe, test } from 'vitest';
import type { JsonObject } from './json.ts';
import { findRemoval, removeFields } from './self-healing.ts';

const cachePoint = { cachePoint: { type: 'default' } };
const hourly = { cachePoint: { type: 'default', ttl: '1h' } };
const thought = { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } };
const result = { toolResult: { toolUseId: 't1', content: [{ text: 'sun' }], status: 'error' } };
const call = { toolUse: { toolUseId: 't1', name: 'look', input: {} } };
const spec = { name: 'look', inputSchema: { json: { type: 'object' } } };

/** Has everything that can be removed, and everything that never is. */
const whole = {
  messages: [
    { role: 'user', content: [{ text: 'Hi' }, cachePoint] },
    { role: 'assistant', content: [thought, call] },
    { role: 'user', content: [result, hourly] },
  ],
  system: [{ text: 'Be brief.' }, cachePoint],
  inferenceConfig: { maxTokens: 100, temperature: 1, topP: 0.5, stopSequences: ['x'] },
  toolConfig: { tools: [{ toolSpec: { ...spec, strict: true } }, cachePoint], toolChoice: { any: {} } },
  additionalModelRequestFields: {
    top_k: 5,
    thinking: { type: 'enabled', budget_tokens: 1024 },
    output_config: { effort: 'low', format: { type: 'json_schema' } },
    anthropic_beta: ['b', 'a'],
    context_management: {},
    inferenceConfig: { topK: 9 },
    reasoning_effort: 'low',
    tool_choice: { disable_parallel_tool_use: true },
    min_p: 0.1,
  },
  additionalModelResponseFieldPaths: ['/usage'],
  outputConfig: { effort: 'low', textFormat: { type: 'json_schema' } },
  guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
  requestMetadata: { pw_request: 'req_1' },
  performanceConfig: { latency: 'optimized' },
  serviceTier: { type: 'flex' },
} as const;

/** Where two values differ, as paths; a list counts as changed where its length does. */
function differences(before: unknown, after: unknown, path = ''): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isList = Array.isArray(before) && Array.isArray(after) && before.length !== after.length;
  if (isList || typeof before !== 'object' || typeof after !== 'object' || !before || !after) return [path];
  const members = (value: object): ReadonlyMap<string, unknown> => new Map(Object.entries(value));
  const [old, now] = [members(before), members(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].flatMap((name) =>
    differences(old.get(name), now.get(name), path === '' ? name : `${path}.${name}`),
  );
}

const models = 'The model returned the following errors: ';
const field = (name: string) => `This model doesn't support the ${name} field. Remove ${name} and try again.`;
const extraneous = (...at: readonly string[]) =>
  `${models}Malformed input request: ${at.map((each) => `${each} is not permitted`).join('')}, please reformat your input and try again.`;
const more = 'additionalModelRequestFields';

describe('AWS’s words → what is removed, what is told, what is remembered', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
    [field('stopSequences'), ['inferenceConfig.stopSequences'], ['stop'], ['stopSequences']],
    [field('inferenceConfig.topP'), ['inferenceConfig.topP'], ['top_p'], ['topP']],
    [field('toolConfig.toolChoice.any'), ['toolConfig.toolChoice'], ['tool_choice'], ['toolChoice.any']],
    [field('status'), ['messages.2.content.0.toolResult.status'], ['messages.is_error'], ['toolResult.status']],
    [
      field('outputConfig.effort'),
      ['outputConfig.effort', `${more}.output_config.effort`],
      ['reasoning_effort'],
      ['effort'],
    ],
    [field('performanceConfig'), ['performanceConfig'], ['performanceConfig'], ['performanceConfig']],
    [
      field('additionalModelResponseFieldPaths'),
      ['additionalModelResponseFieldPaths'],
      [],
      ['additionalModelResponseFieldPaths'],
    ],
    [
      'You invoked an unsupported model or your request did not allow prompt caching.',
      ['messages.0.content', 'messages.2.content', 'system', 'toolConfig.tools'],
      ['cache_control'],
      ['cachePoint'],
    ],
    [
      extraneous('#/toolConfig/tools/1: extraneous key [cachePoint]'),
      ['toolConfig.tools'],
      ['cache_control'],
      ['cachePoint in tools'],
    ],
    [extraneous('#/system/1: extraneous key [cachePoint]'), ['system'], ['cache_control'], ['cachePoint in system']],
    [extraneous('#: extraneous key [min_p]'), [`${more}.min_p`], [`${more}.min_p`], ['additional:min_p']],
    [
      extraneous('#/inferenceConfig: extraneous key [topK]'),
      [`${more}.inferenceConfig`],
      ['top_k'],
      ['additional:inferenceConfig'],
    ],
    [
      extraneous('#: extraneous key [top_k]', '#: extraneous key [reasoning_effort]'),
      [`${more}.top_k`, `${more}.reasoning_effort`],
      ['top_k', 'reasoning_effort'],
      ['additional:top_k', 'additional:reasoning_effort'],
    ],
    [
      `${models}tools.0.custom.strict: Extra inputs are not permitted`,
      ['toolConfig.tools.0.toolSpec.strict'],
      ['tools.strict'],
      ['toolSpec.strict'],
    ],
    [
      `${models}messages.2.content.0.cache_control.ephemeral.ttl: Extra inputs are not permitted`,
      ['messages.2.content.1.cachePoint.ttl'],
      ['cache_control'],
      ['cachePoint.ttl'],
    ],
    [
      `${models}context_management: Extra inputs are not permitted`,
      [`${more}.context_management`],
      [`${more}.context_management`],
      ['additional:context_management'],
    ],
    [
      `${models}output_config.effort: Extra inputs are not permitted`,
      ['outputConfig.effort', `${more}.output_config.effort`],
      ['reasoning_effort'],
      ['effort'],
    ],
    [
      `${models}\`temperature\` is deprecated for this model.`,
      ['inferenceConfig.temperature'],
      ['temperature'],
      ['temperature'],
    ],
    ['`top_p` is deprecated for this model.', ['inferenceConfig.topP'], ['top_p'], ['topP']],
    [`${models}\`top_k\` is deprecated for this model.`, [`${more}.top_k`], ['top_k'], ['additional:top_k']],
    [
      `${models}\`temperature\` and \`top_p\` cannot both be specified for this model. Please use only one.`,
      ['inferenceConfig.topP'],
      ['top_p'],
      ['topP beside temperature'],
    ],
    [
      `${models}invalid beta flag`,
      [`${more}.anthropic_beta`, `${more}.context_management`],
      [`${more}.anthropic_beta`, `${more}.context_management`],
      ['anthropic_beta:a,b'],
    ],
    [
      `${models}{"type":"error","request_id":"req_x","error":{"type":"invalid_request_error","message":"\`top_k\` is deprecated for this model."}}`,
      [`${more}.top_k`],
      ['top_k'],
      ['additional:top_k'],
    ],
    [
      'User messages cannot contain reasoning content. Please remove the reasoning content and try again.',
      ['messages.1.content', `${more}.thinking`],
      ['messages.reasoning_content', 'reasoning_effort'],
      ['reasoningContent'],
    ],
    [
      `${models}messages.1.content.0: Invalid \`signature\` in \`thinking\` block`,
      ['messages.1.content', `${more}.thinking`],
      ['messages.reasoning_content', 'reasoning_effort'],
      [],
    ],
    [
      `${models}"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
      [`${more}.thinking`],
      ['reasoning_effort'],
      ['thinking.enabled'],
    ],
    [
      `${models}tool_choice: type "tool" and "any" are not supported for this model.`,
      ['toolConfig.toolChoice'],
      ['tool_choice'],
      ['toolChoice'],
    ],
    [
      'Latency performance configuration is not supported for us.example.model-v1:0',
      ['performanceConfig'],
      ['performanceConfig'],
      ['performanceConfig'],
    ],
    ['Reservation not found.', ['serviceTier'], ['service_tier'], ['serviceTier:flex']],
  ];
  test.for(cases)('%s', ([message, paths, reported, fields], { expect }) => {
    const name = message.startsWith('You invoked') ? 'AccessDeniedException' : 'ValidationException';
    const before = JSON.stringify(whole);
    const removal = findRemoval({ name, message }, whole);
    expect(removal && differences(whole, removal.body).sort()).toEqual([...paths].sort());
    expect([removal?.reported, removal?.fields]).toEqual([reported, fields]);
    expect(JSON.stringify(whole)).toBe(before);
    // What is remembered does the same to the next request.
    if (fields.length > 0) expect(removeFields(fields, whole)?.body).toEqual(removal?.body);
  });
});

describe('never repaired', () => {
  const cases = [
    // What holds the request's meaning, its guard or its attribution.
    ...[
      'guardrailConfig',
      'requestMetadata',
      'text',
      'toolResult',
      'messages',
      'system',
      'outputConfig.textFormat',
      'image',
      'toolConfig',
    ].map(field),
    ...[
      'guardrailConfig',
      'messages',
      'system',
      'tools',
      'max_tokens',
      'output_config',
      'output_config.format',
      'tool_choice',
    ].map((path) => `${models}${path}: Extra inputs are not permitted`),
    extraneous('#: extraneous key [output_config]'),
    extraneous('#: extraneous key [guardrailConfig]'),
    extraneous('#/messages/2/content/0: extraneous key [toolResult]'),
    extraneous('#/messages/0/content/0: extraneous key [text]'),
    // Half of it could be removed.
    extraneous('#: extraneous key [top_k]', '#/messages/2/content/0: extraneous key [toolResult]'),
    extraneous('#: extraneous key [top_k]', '#: extraneous key [not_there]'),
    // Wrong values.
    `${models}temperature: Input should be less than or equal to 1`,
    'The maximum tokens you requested exceeds the model limit of 10. Try again with a maximum tokens value that is lower than 10.',
    `${models}thinking.enabled.budget_tokens: Input should be greater than or equal to 1024`,
    `${models}\`temperature\` may only be set to 1 when thinking is enabled.`,
    `${models}output_config.effort: Input should be 'low' or 'high'`,
    `${models}output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false`,
    `${models}A maximum of 4 blocks with cache_control may be provided. Found 5.`,
    'service tier provided is invalid',
    'The provided guardrail identifier is invalid.',
    'The model returned the following errors: Validation Error',
    // What AWS quotes of the request is not AWS's word.
    `${models}Tool '\`temperature\` is deprecated for this model.' not found in provided tools`,
    `${models}Said: \`temperature\` is deprecated for this model.`,
    `Value '${field('stopSequences')}' at 'modelId' failed`,
    `${field('stopSequences')} ${field('stopSequences')}`,
    `${models}{"error":{"message":3}}`,
    `${models}{not json`,
    '',
  ];
  test.for(cases)('%s', (message, { expect }) => {
    expect(findRemoval({ name: 'ValidationException', message }, whole)).toBeUndefined();
  });

  test('by another kind of error', ({ expect }) => {
    expect(findRemoval({ name: 'ThrottlingException', message: field('stopSequences') }, whole)).toBeUndefined();
  });

  test('what is not there', ({ expect }) => {
    const body: JsonObject = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] };
    const texts = [
      field('stopSequences'),
      field('toolConfig.toolChoice.tool'),
      `${models}invalid beta flag`,
      'Reservation not found.',
    ];
    for (const message of texts) expect(findRemoval({ name: 'ValidationException', message }, body)).toBeUndefined();
  });

  test('a tier that the caller reserved', ({ expect }) => {
    const body = { ...whole, serviceTier: { type: 'reserved' } };
    expect(findRemoval({ name: 'ValidationException', message: 'Reservation not found.' }, body)).toBeUndefined();
  });
});

describe('thinking out of the history', () => {
  const message = `${models}messages.1.content.0: Invalid \`signature\` in \`thinking\` block`;
  const repair = (body: JsonObject) => findRemoval({ name: 'ValidationException', message }, body)?.body;

  test('takes sealed thinking too, which nobody gave out', ({ expect }) => {
    const refusal = {
      name: 'ValidationException',
      message: `${models}messages.1.content.0: Invalid \`data\` in \`redacted_thinking\` block`,
    };
    const sealed = { reasoningContent: { redactedContent: 'bm90IG91cnM=' } };
    const messages = [{ role: 'assistant', content: [sealed, { text: 'Well.' }] }];
    expect(findRemoval(refusal, { messages })).toMatchObject({
      fields: [],
      reported: ['messages.reasoning_content'],
      body: { messages: [{ role: 'assistant', content: [{ text: 'Well.' }] }] },
    });
  });

  test('leaves no message empty and no cache point first', ({ expect }) => {
    const messages = [
      { role: 'assistant', content: [thought] },
      { role: 'assistant', content: [thought, cachePoint] },
      { role: 'assistant', content: [thought, cachePoint, { text: 'Well.' }, cachePoint] },
    ];
    expect(repair({ messages })).toEqual({
      messages: [
        { role: 'assistant', content: [{ text: '.' }] },
        { role: 'assistant', content: [{ text: '.' }] },
        { role: 'assistant', content: [{ text: 'Well.' }, cachePoint] },
      ],
    });
  });

  test('lets the model think on where no tool call needs it, and where it takes no budget', ({ expect }) => {
    const said = { role: 'assistant', content: [thought, { text: 'Well.' }] };
    const budget = { thinking: { type: 'enabled', budget_tokens: 1024 } };
    expect(repair({ messages: [said], additionalModelRequestFields: budget })).toMatchObject({
      additionalModelRequestFields: budget,
    });
    const adaptive = { thinking: { type: 'adaptive' } };
    const called = { role: 'assistant', content: [thought, call] };
    expect(repair({ messages: [called], additionalModelRequestFields: adaptive })).toMatchObject({
      additionalModelRequestFields: adaptive,
    });
  });
});

test('names that are not known any more are passed over', ({ expect }) => {
  const names = [
    'guardrailConfig',
    'additional:tools',
    'additional:output_config',
    'serviceTier:',
    'anthropic_beta:',
    '',
  ];
  expect(removeFields(names, whole)).toBeUndefined();
  expect(removeFields(['nonsense', 'temperature'], whole)?.removed).toEqual(['temperature']);
});

describe('a field of the list', () => {
  const body: JsonObject = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] };

  test.for<[name: string, beside: JsonObject]>([
    ['additional:tools', { additionalModelRequestFields: { tools: [] } }],
    ['topP beside temperature', { inferenceConfig: { topP: 0.5 } }],
    ['toolChoice.any', { toolConfig: { tools: [], toolChoice: { tool: { name: 'look' } } } }],
    ['toolChoice.tool', { toolConfig: { tools: [], toolChoice: { any: {} } } }],
  ])('%s stays in %j', ([name, beside], { expect }) => {
    expect(removeFields([name], { ...body, ...beside })).toBeUndefined();
  });

  test('leaves no empty object behind', ({ expect }) => {
    const removed = removeFields(['additional:min_p'], { ...body, additionalModelRequestFields: { min_p: 0.1 } });
    expect(removed?.body).toEqual(body);
  });
});
