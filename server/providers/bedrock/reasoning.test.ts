import { test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { type AssistantPart, efforts, type ModelRequest, type ReasoningRequest } from '../../model/request.ts';
import { planThinking } from './reasoning.ts';
import { encodeConverseRequest } from './request.ts';
import { calling, callWith, look, modelWith, result, user } from './test-calls.ts';

const words = ['none', 'low', 'medium', 'high', 'xhigh'] as const;
const claude45 = modelWith({ reasoning: 'budget', efforts });
const claude46 = modelWith({ reasoning: 'adaptive', efforts: ['none', 'low', 'medium', 'high', 'max'] });
const claude47 = modelWith({ reasoning: 'adaptive', efforts: words });
const claude55 = modelWith({ reasoning: 'adaptive', reasoningAlwaysOn: true, efforts: words.slice(1) });
const nova2 = modelWith({ reasoning: 'nova', efforts: words.slice(0, 4), reasoningReplay: 'none' });
const gpt = modelWith({ reasoning: 'openai', efforts: words, reasoningReplay: 'none' });
const gptAlways = modelWith({ reasoning: 'openai', reasoningAlwaysOn: true, efforts: words.slice(1) });
const gptOss = modelWith({ reasoning: 'effort-word', efforts: ['low', 'medium', 'high'] });
const fixed = modelWith({ reasoning: 'fixed', reasoningAlwaysOn: true, efforts: [] });
const none = modelWith({ reasoning: 'none', efforts: [] });

const budget = (budget_tokens: number) => ({ thinking: { type: 'enabled', budget_tokens } });
const adaptive = (effort?: string) => ({
  thinking: { type: 'adaptive' },
  ...(effort && { output_config: { effort } }),
});
const disabled = { thinking: { type: 'disabled' } };
const nova = (maxReasoningEffort: string) => ({ reasoningConfig: { type: 'enabled', maxReasoningEffort } });
const wish = (effort?: ReasoningRequest['effort'], budgetTokens?: number): ReasoningRequest => ({
  effort,
  budgetTokens,
});

interface Case {
  readonly model: CatalogueModel;
  readonly asked: ReasoningRequest | undefined;
  readonly cap?: number;
  readonly fields: object | undefined;
  readonly isReported?: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  'a budget: nothing asked': { model: claude45, asked: undefined, fields: undefined },
  'a budget: none': { model: claude45, asked: wish('none'), fields: undefined },
  'a budget: minimal': { model: claude45, asked: wish('minimal'), fields: budget(1_024) },
  'a budget: low': { model: claude45, asked: wish('low'), fields: budget(2_048) },
  'a budget: medium': { model: claude45, asked: wish('medium'), fields: budget(8_192) },
  'a budget: high': { model: claude45, asked: wish('high'), fields: budget(16_384) },
  'a budget: xhigh': { model: claude45, asked: wish('xhigh'), cap: 64_000, fields: budget(32_000) },
  'a budget: max': { model: claude45, asked: wish('max'), cap: 64_000, fields: budget(63_999) },
  'a budget: some thinking': { model: claude45, asked: wish(), fields: budget(8_192) },
  'a budget: below the cap': {
    model: claude45,
    asked: wish('high'),
    cap: 4_000,
    fields: budget(3_999),
    isReported: true,
  },
  'a budget: a cap without room': {
    model: claude45,
    asked: wish('low'),
    cap: 1_024,
    fields: undefined,
    isReported: true,
  },
  'a budget: just room': {
    model: claude45,
    asked: wish('low'),
    cap: 1_025,
    fields: budget(1_024),
    isReported: true,
  },
  'a budget: the caller’s': { model: claude45, asked: wish(undefined, 5_000), fields: budget(5_000) },
  'a budget: the caller’s comes before the effort': {
    model: claude45,
    asked: wish('low', 5_000),
    fields: budget(5_000),
  },
  'a budget: too small': { model: claude45, asked: wish(undefined, 5), fields: budget(1_024), isReported: true },
  'a budget: over the cap': {
    model: claude45,
    asked: wish(undefined, 50_000),
    cap: 4_000,
    fields: budget(3_999),
    isReported: true,
  },
  'adaptive: nothing asked': { model: claude47, asked: undefined, fields: undefined },
  'adaptive: some thinking': { model: claude47, asked: wish(), fields: adaptive() },
  'adaptive: none': { model: claude47, asked: wish('none'), fields: disabled },
  'adaptive: a word it knows': { model: claude47, asked: wish('xhigh'), fields: adaptive('xhigh') },
  'adaptive: above the ceiling': { model: claude47, asked: wish('max'), fields: adaptive('xhigh'), isReported: true },
  'adaptive: below the floor': { model: claude47, asked: wish('minimal'), fields: adaptive('low'), isReported: true },
  'adaptive: in a gap, the weaker': {
    model: claude46,
    asked: wish('xhigh'),
    fields: adaptive('high'),
    isReported: true,
  },
  'adaptive: a budget': {
    model: claude47,
    asked: wish(undefined, 10_000),
    fields: adaptive('medium'),
    isReported: true,
  },
  'adaptive: a tiny budget': { model: claude47, asked: wish(undefined, 5), fields: adaptive('low'), isReported: true },
  'always on: nothing asked': { model: claude55, asked: undefined, fields: undefined },
  'always on: none is not to be had': {
    model: claude55,
    asked: wish('none'),
    fields: adaptive('low'),
    isReported: true,
  },
  'always on: high': { model: claude55, asked: wish('high'), fields: adaptive('high') },
  'nova: none': { model: nova2, asked: wish('none'), fields: { reasoningConfig: { type: 'disabled' } } },
  'nova: low': { model: nova2, asked: wish('low'), fields: nova('low') },
  'nova: some thinking': { model: nova2, asked: wish(), fields: nova('medium') },
  'nova: high under a cap': { model: nova2, asked: wish('high'), fields: nova('medium'), isReported: true },
  'nova: high as far as it can write': { model: nova2, asked: wish('high'), cap: 64_000, fields: nova('high') },
  'nova: a budget': { model: nova2, asked: wish(undefined, 2_048), fields: nova('low'), isReported: true },
  'GPT: high': { model: gpt, asked: wish('high'), fields: { reasoning: { effort: 'high' } } },
  'GPT: none': { model: gpt, asked: wish('none'), fields: { reasoning: { effort: 'none' } } },
  'GPT: max': { model: gpt, asked: wish('max'), fields: { reasoning: { effort: 'xhigh' } }, isReported: true },
  'GPT: some thinking': { model: gpt, asked: wish(), fields: undefined },
  'GPT always on: none': {
    model: gptAlways,
    asked: wish('none'),
    fields: { reasoning: { effort: 'low' } },
    isReported: true,
  },
  'gpt-oss: medium': { model: gptOss, asked: wish('medium'), fields: { reasoning_effort: 'medium' } },
  'gpt-oss: none': { model: gptOss, asked: wish('none'), fields: undefined },
  'a word for none': {
    model: modelWith({ reasoning: 'effort-word', efforts: ['none', 'low'] }),
    asked: wish('none'),
    fields: { reasoning_effort: 'none' },
  },
  'gpt-oss: max': { model: gptOss, asked: wish('max'), fields: { reasoning_effort: 'high' }, isReported: true },
  'fixed: some thinking': { model: fixed, asked: wish(), fields: undefined },
  'fixed: low': { model: fixed, asked: wish('low'), fields: undefined, isReported: true },
  'fixed: none': { model: fixed, asked: wish('none'), fields: undefined, isReported: true },
  'never: none': { model: none, asked: wish('none'), fields: undefined },
  'never: high': { model: none, asked: wish('high'), fields: undefined, isReported: true },
  'never: a budget': { model: none, asked: wish(undefined, 5_000), fields: undefined, isReported: true },
};

test.for(Object.entries(cases))('%s', ([, { model, asked, cap = 20_000, fields, isReported }], { expect }) => {
  const { body, dropped } = encodeConverseRequest(callWith({ reasoning: asked }, model, cap));
  expect(body['additionalModelRequestFields']).toEqual(fields);
  expect(dropped).toEqual(isReported ? ['reasoning_effort'] : []);
});

const sampling = { temperature: 0.5, topP: 0.9, topK: 5 } as const;

test.for([
  ['budget', claude45, wish('low')],
  ['adaptive', claude47, wish('low')],
  ['always on', claude55, undefined],
] as const)(
  'while Claude thinks (%s) sampling is left out, but for the temperature 1',
  ([, model, asked], { expect }) => {
    const encode = (fields: Partial<ModelRequest>) =>
      encodeConverseRequest(callWith({ reasoning: asked, ...fields }, model, 20_000));
    const { body, dropped } = encode(sampling);
    expect(body['inferenceConfig']).toEqual({ maxTokens: 20_000 });
    expect(body['additionalModelRequestFields'] ?? {}).not.toHaveProperty('top_k');
    expect(dropped).toEqual(['temperature', 'top_p', 'top_k']);
    expect(encode({ temperature: 1 })).toMatchObject({ body: { inferenceConfig: { temperature: 1 } }, dropped: [] });
    expect(encode({ temperature: 1.5 }).dropped).toEqual(['temperature']);
  },
);

test.for([
  ['none', { type: 'adaptive', display: 'summarized' }],
  ['one', { type: 'adaptive' }],
] as const)('Claude that takes %s of sampling is told to think: %j', ([taken, thinking], { expect }) => {
  const model = modelWith({ reasoning: 'adaptive', efforts: words, sampling: taken });
  const { body } = encodeConverseRequest(callWith({ reasoning: wish('low') }, model, 20_000));
  expect(body['additionalModelRequestFields']).toMatchObject({ thinking });
  expect(body['additionalModelRequestFields']).toHaveProperty('thinking', thinking);
});

test('sampling stays where thinking is off', ({ expect }) => {
  const { body, dropped } = encodeConverseRequest(callWith({ reasoning: wish('none'), ...sampling }, claude47));
  expect(body['inferenceConfig']).toEqual({ maxTokens: 100, temperature: 0.5, topP: 0.9 });
  expect(dropped).toEqual([]);
});

test('Nova’s high goes without cap and sampling', ({ expect }) => {
  const call = callWith({ reasoning: wish('high'), temperature: 1, topP: 0.9, stopSequences: ['END'] }, nova2, 64_000);
  const { body, dropped } = encodeConverseRequest(call);
  expect(body['inferenceConfig']).toEqual({ stopSequences: ['END'] });
  expect(dropped).toEqual(['temperature', 'top_p']);
  const silent = encodeConverseRequest(callWith({ reasoning: wish('high') }, nova2, 64_000)).body;
  expect(silent).not.toHaveProperty('inferenceConfig');
});

test.for([{ type: 'required' }, { type: 'tool', name: 'look' }] as const)(
  'while Claude thinks the choice %j is its own, reported',
  (toolChoice, { expect }) => {
    const encode = (model: CatalogueModel, reasoning: ReasoningRequest | undefined) =>
      encodeConverseRequest(callWith({ tools: [look], toolChoice, reasoning }, model, 20_000));
    const { body, dropped } = encode(claude45, wish('low'));
    expect(body['toolConfig']).not.toHaveProperty('toolChoice');
    expect(dropped).toEqual(['tool_choice']);
    expect(encode(claude45, undefined)).toMatchObject({ body: { toolConfig: { toolChoice: {} } }, dropped: [] });
    // One that always thinks says itself whether a tool may be forced.
    expect(encode(claude55, undefined).dropped).toEqual([]);
    const unforced = modelWith({ ...claude55.capabilities, forcedTools: false });
    expect(encode(unforced, undefined).dropped).toEqual(['tool_choice']);
  },
);

const thought: AssistantPart = { type: 'reasoning', text: 'Hm.', signature: 'c2ln' };
const unsigned: AssistantPart = { type: 'reasoning', text: 'Hm.', signature: undefined };
const sealed: AssistantPart = { type: 'redacted-reasoning', data: 'eA==' };

const histories: Readonly<Record<string, readonly [readonly AssistantPart[], boolean]>> = {
  'without reasoning': [[], false],
  'with unsigned reasoning': [[unsigned], false],
  'with signed reasoning': [[thought], true],
  'with sealed reasoning': [[sealed], true],
};

test.for(Object.entries(histories))(
  'with a budget, after a turn that calls a tool %s',
  ([, [parts, thinks]], { expect }) => {
    const { role, content } = calling('', 'a');
    const messages = [user('Look!'), { role, content: [...parts, ...content] }, result('a', 'ok')];
    const call = callWith({ messages, tools: [look], reasoning: wish('low') }, claude45, 20_000);
    // The encoder of the conversation is not asked here: what it makes of reasoning is its own affair.
    const dropped = new Set<string>();
    const { fields, replayReasoning } = planThinking(call, dropped);
    expect({ fields, replayReasoning, dropped: [...dropped] }).toEqual(
      thinks
        ? { fields: budget(2_048), replayReasoning: true, dropped: [] }
        : { fields: {}, replayReasoning: false, dropped: ['reasoning_effort'] },
    );
  },
);

test('only the last assistant turn counts, only where tools are sent, and only with a budget', ({ expect }) => {
  const messages = [user('Look!'), calling('', 'a'), result('a', 'ok')];
  const plan = (fields: Partial<ModelRequest>, model: CatalogueModel) => {
    const dropped = new Set<string>();
    planThinking(callWith({ messages, tools: [look], reasoning: wish('low'), ...fields }, model, 20_000), dropped);
    return [...dropped];
  };
  const later = [
    ...messages,
    { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] } as const,
    user('Thanks'),
  ];
  expect(plan({}, claude45)).toEqual(['reasoning_effort']);
  const told = [
    user('Look!'),
    { role: 'assistant', content: [thought, ...calling('', 'a').content] } as const,
    result('a', 'ok'),
  ];
  expect(plan({ messages: told }, claude45)).toEqual([]);
  expect(plan({ messages: told }, modelWith({ ...claude45.capabilities, reasoningReplay: 'none' }))).toEqual([
    'reasoning_effort',
  ]);
  expect(plan({ messages: later }, claude45)).toEqual([]);
  // What is not sent hides nothing: a blank message, and reasoning without its signature.
  const unsigned = { type: 'reasoning', text: 'Hm.', signature: undefined } as const;
  for (const content of [[{ type: 'text', text: ' ' } as const], [unsigned]]) {
    const hidden = [...messages, { role: 'assistant', content } as const, user('Go on.')];
    expect(plan({ messages: hidden }, claude45)).toContain('reasoning_effort');
  }
  expect(plan({ tools: [] }, claude45)).toEqual([]);
  expect(plan({}, claude47)).toEqual([]);
});

test('the tokens thought are asked for where Claude thinks', ({ expect }) => {
  const pathsOf = (model: CatalogueModel, reasoning?: ReasoningRequest) =>
    encodeConverseRequest(callWith({ reasoning }, model, 20_000)).body['additionalModelResponseFieldPaths'];
  const asked = ['/usage/output_tokens_details'];
  expect([pathsOf(claude45, wish('low')), pathsOf(claude55)]).toEqual([asked, asked]);
  expect([pathsOf(claude45), pathsOf(claude47, wish('none')), pathsOf(nova2, wish('low'))]).toEqual(
    Array(3).fill(undefined),
  );
});
