import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { AwsFault } from '../emulator.ts';
import { createAnswer } from './answer.ts';
import { parseBody } from './body.ts';
import { createCall, hasModel, type ModelCall } from './call.ts';
import { encodeConverse } from './converse.ts';
import { signReasoning } from './reasoning.ts';
import { findScript } from './script.ts';
import { createStreamEvents } from './stream-events.ts';
import { claude, deepseek, gpt, gptOss, newClaude, nova2, thinkingClaude } from './test-models.ts';

const uncached = { readTokens: 0, writes: [] };

function callOf(body: unknown, model: CatalogueModel = claude): ModelCall {
  const call = createCall('Converse', model.id, model, parseBody(Buffer.from(JSON.stringify(body))));
  if (!hasModel(call)) throw new Error('the call has a model');
  return call;
}

function user(...content: readonly unknown[]) {
  return { role: 'user', content };
}

function marker(script: unknown): string {
  return `[[sim:${JSON.stringify(script)}]]`;
}

function answerOf(body: unknown, model?: CatalogueModel) {
  const call = callOf(body, model);
  return createAnswer(call, findScript(call), uncached);
}

function answerTo(script: unknown, rest: Readonly<Record<string, unknown>> = {}, model?: CatalogueModel) {
  return answerOf({ messages: [user({ text: marker(script) })], ...rest }, model);
}

function textsOf({ blocks }: ReturnType<typeof answerOf>): readonly string[] {
  return blocks.map(({ pieces }) => pieces.join(''));
}

describe('where an answer ends', () => {
  const text = 'One two three.';

  test('maxTokens cuts at 4 bytes a token', ({ expect }) => {
    const answer = answerTo({ text }, { inferenceConfig: { maxTokens: 2 } });
    expect([textsOf(answer), answer.stopReason, answer.usage.outputTokens]).toEqual([['One two '], 'max_tokens', 2]);
  });

  test('an answer that just fits is not cut', ({ expect }) => {
    const answer = answerTo({ text: '12345678' }, { inferenceConfig: { maxTokens: 2 } });
    expect([textsOf(answer), answer.stopReason]).toEqual([['12345678'], 'end_turn']);
  });

  test("the model's own limit cuts where no cap is named", ({ expect }) => {
    const answer = answerTo({ bytes: 1000 }, {}, { ...claude, maxOutputTokens: 100 });
    expect([textsOf(answer)[0]?.length, answer.stopReason]).toEqual([400, 'max_tokens']);
  });

  test('no character is cut in two', ({ expect }) => {
    const answer = answerTo({ text: ['€€€'] }, { inferenceConfig: { maxTokens: 2 } });
    expect(textsOf(answer)).toEqual(['€€']);
  });

  test('the first stop sequence in the text ends it and is left out, across chunks too', ({ expect }) => {
    const rest = { inferenceConfig: { stopSequences: ['three', 'wo t', 'zero'] } };
    const answer = answerTo({ text: ['One tw', 'o three.'] }, rest);
    expect([textsOf(answer), answer.stopReason, answer.responseFields]).toEqual([
      ['One t'],
      'stop_sequence',
      undefined,
    ]);
    const told = answerTo({ text }, { ...rest, additionalModelResponseFieldPaths: ['/stop_sequence'] });
    expect(told.responseFields).toEqual({ stop_sequence: 'wo t' });
  });

  test('a cap before the stop sequence wins', ({ expect }) => {
    const answer = answerTo({ text }, { inferenceConfig: { maxTokens: 1, stopSequences: ['three'] } });
    expect([textsOf(answer), answer.stopReason]).toEqual([['One '], 'max_tokens']);
  });

  test('a script may name any reason', ({ expect }) => {
    expect(answerTo({ text, stopReason: 'guardrail_intervened' }).stopReason).toBe('guardrail_intervened');
  });

  test('text, cap and stop sequences: always a prefix, never more than the cap', () => {
    const pieces = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(
        pieces,
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.string({ minLength: 1, maxLength: 3 })),
        (text, maxTokens, stopSequences) => {
          const answer = answerTo({ text }, { inferenceConfig: { maxTokens, stopSequences } });
          const whole = textsOf(answer).join('');
          return (
            text.join('').startsWith(whole) &&
            Buffer.byteLength(whole) <= maxTokens * 4 &&
            answer.usage.outputTokens <= maxTokens &&
            stopSequences.every((sequence) => !whole.includes(sequence))
          );
        },
      ),
    );
  });
});

describe('usage', () => {
  test('bytes of text, tools, schemas and results count by four, images 1,600 each', ({ expect }) => {
    const toolSpec = { name: 'look', description: 'Looks.', inputSchema: { json: { type: 'object', title: 'Ü' } } };
    const { usage } = answerOf({
      system: [{ text: 'äö' }],
      toolConfig: { tools: [{ toolSpec }] },
      messages: [
        user({ text: 'Hello' }, { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } }),
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'look', input: { at: 1 } } }] },
        user({ toolResult: { toolUseId: 'a', content: [{ text: 'seen' }, { json: { ok: true } }] } }),
        user({ text: marker({ text: 'x' }) }),
      ],
    });
    const parts = [
      'äö',
      JSON.stringify(toolSpec),
      'Hello',
      'look{"at":1}',
      'seen',
      '{"ok":true}',
      marker({ text: 'x' }),
    ];
    const inputTokens = Math.ceil(Buffer.byteLength(parts.join('')) / 4) + 1600;
    expect(usage).toEqual({
      inputTokens,
      outputTokens: 1,
      totalTokens: inputTokens + 1,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
    });
  });

  test('a model without prompt caching says nothing of it', ({ expect }) => {
    expect(Object.keys(answerTo({ text: 'x' }, {}, gptOss).usage)).toEqual([
      'inputTokens',
      'outputTokens',
      'totalTokens',
    ]);
  });

  test('what a script sets replaces what is counted', ({ expect }) => {
    const usage = { inputTokens: 1000, outputTokens: 7, cacheReadInputTokens: 50, cacheWriteInputTokens: 3 };
    expect(answerTo({ text: 'x', usage }).usage).toEqual({ ...usage, totalTokens: 1060 });
  });
});

describe('what Claude says of its own answer', () => {
  const thinking = { thinking: { type: 'enabled', budget_tokens: 2000 } };
  const ask = (paths: readonly string[], script: unknown, model: CatalogueModel = claude) => {
    const body = { additionalModelRequestFields: thinking, additionalModelResponseFieldPaths: paths };
    return answerTo(script, body, model).responseFields;
  };

  test('thinking tokens, at their place', ({ expect }) => {
    const paths = ['/usage/output_tokens_details'];
    const details = { usage: { output_tokens_details: { thinking_tokens: 2 } } };
    expect(ask(paths, { reasoning: '12345', text: 'x' })).toEqual(details);
    expect(ask(paths, { reasoning: '12345', text: 'x', redacted: true })).toEqual(details);
    expect(ask(paths, { reasoning: 'x', text: 'x', usage: { thinkingTokens: 2 } })).toEqual(details);
    expect(ask(['/usage/output_tokens_details/thinking_tokens', '/none'], { reasoning: '12345', text: 'x' })).toEqual(
      details,
    );
  });

  test('nothing where nothing was thought, asked for, or known', ({ expect }) => {
    expect(ask(['/usage/output_tokens_details', '/stop_sequence'], { text: 'x' })).toBeUndefined();
    expect(ask([], { reasoning: '12345', text: 'x' })).toBeUndefined();
    expect(ask(['/usage/output_tokens_details'], { reasoning: '12345', text: 'x' }, nova2)).toBeUndefined();
  });
});

describe('guardrails', () => {
  const guardrailConfig = { guardrailIdentifier: 'simulated', guardrailVersion: '1', trace: 'enabled' };
  const blocked = { action: 'intervened', text: 'No.' };

  test('one that intervenes speaks in place of the model', ({ expect }) => {
    const answer = answerTo({ guardrail: blocked, text: 'Yes, of course.' }, { guardrailConfig });
    expect([textsOf(answer), answer.stopReason, answer.usage.outputTokens]).toEqual([
      ['No.'],
      'guardrail_intervened',
      1,
    ]);
    expect(answer.usage.inputTokens).toBeGreaterThan(0);
    expect(answer.trace).toMatchObject({
      guardrail: {
        actionReason: 'Guardrail blocked.',
        inputAssessment: { simulated: {} },
        outputAssessments: { simulated: [{ contentPolicy: { filters: [{ action: 'BLOCKED' }] } }] },
      },
    });
  });

  test('a blocked prompt reaches no model and costs no tokens', ({ expect }) => {
    const answer = answerTo({ guardrail: { action: 'intervened', source: 'input' } }, { guardrailConfig });
    expect([textsOf(answer), answer.usage]).toEqual([
      ['Sorry, the guardrail blocks this.'],
      expect.objectContaining({ inputTokens: 0, outputTokens: 0, totalTokens: 0 }),
    ]);
    expect(answer.trace?.['guardrail']).not.toHaveProperty('outputAssessments');
  });

  test('one that lets the answer pass says so where it is asked to', ({ expect }) => {
    const answer = answerTo({ text: 'Yes.' }, { guardrailConfig });
    expect([textsOf(answer), answer.stopReason]).toEqual([['Yes.'], 'end_turn']);
    expect(answer.trace).toMatchObject({ guardrail: { actionReason: 'No action.' } });
    expect(answerTo({}, { guardrailConfig: { ...guardrailConfig, trace: 'disabled' } }).trace).toBeUndefined();
  });

  test('a script cannot make one intervene that the request does not name', ({ expect }) => {
    const answer = answerTo({ guardrail: blocked, text: 'Yes.' });
    expect([textsOf(answer), answer.stopReason, answer.trace]).toEqual([['Yes.'], 'end_turn', undefined]);
  });
});

describe('scripts', () => {
  test('bytes and chunks make an answer of exactly that size', ({ expect }) => {
    const answer = answerTo({ bytes: 1024, chunks: 200 });
    expect([textsOf(answer)[0]?.length, answer.blocks[0]?.pieces.length]).toEqual([1024, 200]);
    expect(answerTo({ chunks: 200 }).blocks[0]?.pieces).toHaveLength(200);
    expect(answerTo({ text: 'abcdef', chunks: 3 }).blocks[0]?.pieces).toEqual(['ab', 'cd', 'ef']);
  });

  test('broken arguments are streamed as they are and come whole as an empty object', ({ expect }) => {
    const call = callOf({
      messages: [user({ text: marker({ toolCalls: [{ name: 'look', input: '{"a":', id: 'a' }] }) })],
    });
    const answer = createAnswer(call, findScript(call), uncached);
    const streamed = createStreamEvents(call, answer, 0)
      .map(({ payload }) => payload)
      .join('');
    expect(streamed).toContain('"toolUse":{"input":"{');
    expect(encodeConverse(call, answer, 0)['output']).toEqual({
      message: { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'look', input: {} } }] },
    });
  });

  test('a cap cuts arguments too', ({ expect }) => {
    const script = { toolCalls: [{ name: 'look', input: { text: 'a long argument' } }] };
    const answer = answerTo(script, { inferenceConfig: { maxTokens: 2 } });
    expect([textsOf(answer), answer.stopReason]).toEqual([['{"text":'], 'max_tokens']);
  });

  test('only the last user message is looked at, and there the last marker', ({ expect }) => {
    const first = user({ text: marker({ text: 'first' }) });
    const reply = { role: 'assistant', content: [{ text: marker({ text: 'assistant' }) }] };
    expect(textsOf(answerOf({ messages: [first, reply, user({ text: 'And now?' })] }))[0]).toMatch(
      /^This is a simulated/,
    );
    const last = user({ text: `a ${marker({ text: 'b' })} c ${marker({ text: 'd' })} e` }, { text: 'no marker' });
    expect(textsOf(answerOf({ messages: [first, reply, last] }))).toEqual(['d']);
  });

  test('brackets inside a script do not end it', ({ expect }) => {
    expect(textsOf(answerTo({ text: ['}]] and [[sim:', 'x'] }))).toEqual(['}]] and [[sim:x']);
  });

  test.for([
    ['[[sim:{"texts":"x"}]]', 'the field texts is unknown'],
    ['[[sim:{"fault":{"kind":"hang","after":1}}]]', 'the field fault.after is unknown'],
    ['[[sim:{"delayMs":-1}]]', 'the field delayMs is wrong'],
    ['[[sim:{"text":1}]]', 'the field text is wrong'],
    ['[[sim:{text:"x"}]]', 'no JSON object followed by'],
    ['[[sim:{"text":"x"}', 'no JSON object followed by'],
  ] as const)('%s is refused with a reason', ([text, reason], { expect }) => {
    const ask = () => findScript(callOf({ messages: [user({ text })] }));
    expect(ask).toThrow(AwsFault);
    expect(ask).toThrow(reason);
  });
});

describe('without a script', () => {
  const toolConfig = {
    tools: [
      {
        toolSpec: {
          name: 'look',
          inputSchema: {
            json: {
              type: 'object',
              properties: { at: { type: 'string' }, deep: { enum: ['a', 'b'] }, many: { type: 'array' }, rest: {} },
              required: ['at', 'deep', 'many'],
            },
          },
        },
      },
    ],
  };
  const afterTool = [
    user({ text: `Look. ${marker({ toolCalls: [{ name: 'look', input: {} }], next: { text: 'Seen.' } })}` }),
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'look', input: {} } }] },
    user({ toolResult: { toolUseId: 'a', content: [{ text: '21 °C' }] } }),
  ];

  test('tool results are answered with the next script of the turn before, if it has one', ({ expect }) => {
    expect(textsOf(answerOf({ toolConfig, messages: afterTool }))).toEqual(['Seen.']);
  });

  test('tool results are named', ({ expect }) => {
    const messages = [user({ text: 'Look.' }), ...afterTool.slice(1)];
    const [text] = textsOf(answerOf({ toolConfig, messages }));
    expect(text).toMatch(/^This is a simulated answer from .*: The tool look answered “21 °C”\. /);
  });

  test('a tool choice that forces a tool is followed', ({ expect }) => {
    const choice = { ...toolConfig, toolChoice: { any: {} } };
    const answer = answerOf({ toolConfig: choice, messages: [user({ text: 'Hi' })] });
    expect([textsOf(answer), answer.stopReason]).toEqual([['{"at":"simulated","deep":"a","many":[]}'], 'tool_use']);
  });

  test('an output schema is followed', ({ expect }) => {
    const schema = '{"type":"object","properties":{"age":{"type":"integer"}},"required":["age"]}';
    const textFormat = { type: 'json_schema', structure: { jsonSchema: { schema } } };
    const answer = answerOf({ outputConfig: { textFormat }, messages: [user({ text: 'Hi' })] });
    expect(textsOf(answer)).toEqual(['{"age":1}']);
  });

  const fields = (additionalModelRequestFields: unknown) => ({ additionalModelRequestFields });
  test.for([
    ['a Claude told to think', claude, fields({ thinking: { type: 'enabled', budget_tokens: 2000 } }), true],
    ['a Claude told to think adaptively', newClaude, fields({ thinking: { type: 'adaptive' } }), true],
    ['a Claude told not to', newClaude, fields({ thinking: { type: 'disabled' } }), false],
    ['an effort alone', newClaude, { outputConfig: { effort: 'high' } }, false],
    ['an effort alone, where it always thinks', thinkingClaude, { outputConfig: { effort: 'high' } }, true],
    ['its own effort field', thinkingClaude, fields({ output_config: { effort: 'low' } }), true],
    ['Nova told to think', nova2, fields({ reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }), true],
    ['Nova told not to', nova2, fields({ reasoningConfig: { type: 'disabled' } }), false],
    ['gpt-oss with an effort', gptOss, fields({ reasoning_effort: 'low' }), true],
    ['GPT, which keeps it to itself', gpt, fields({ reasoning: { effort: 'high' } }), false],
    ['DeepSeek R1, unasked', deepseek, {}, false],
  ] as const)('%s: reasoning before the text', ([, model, rest, expected], { expect }) => {
    const answer = answerOf({ messages: [user({ text: 'Hi' })], ...rest }, model);
    const kinds = expected ? ['reasoning', 'text'] : ['text'];
    expect(answer.blocks.map(({ kind }) => kind)).toEqual(kinds);
    expect(answerOf({ messages: [user({ text: marker({ text: 'x' }) })], ...rest }, model).blocks).toHaveLength(1);
  });

  test('only Claude signs its reasoning', ({ expect }) => {
    const wholeOf = (model: CatalogueModel) => {
      const call = callOf({ messages: [user({ text: marker({ reasoning: 'Hm.', text: 'x' }) })] }, model);
      return encodeConverse(call, createAnswer(call, findScript(call), uncached), 0)['output'];
    };
    const first = (reasoningText: unknown) => ({
      message: { role: 'assistant', content: [{ reasoningContent: { reasoningText } }, { text: 'x' }] },
    });
    expect(wholeOf(claude)).toEqual(first({ text: 'Hm.', signature: signReasoning('Hm.') }));
    expect(wholeOf(nova2)).toEqual(first({ text: 'Hm.' }));
  });

  test('the same request has the same answer', ({ expect }) => {
    const request = { messages: [user({ text: 'Hi' })] };
    expect(answerOf(request)).toEqual(answerOf(request));
  });
});
