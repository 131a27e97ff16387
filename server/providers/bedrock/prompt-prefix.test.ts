import * as fc from 'fast-check';
import { test } from 'vitest';
import { pdf, png } from '../../dialects/test-files.ts';
import { parseBody } from '../../local/bedrock/body.ts';
import { createCall, hasModel, type ModelCall } from '../../local/bedrock/call.ts';
import { createPromptCache } from '../../local/bedrock/prompt-cache.ts';
import { signReasoning } from '../../local/bedrock/reasoning.ts';
import type { CacheTtl, Message, ModelRequest } from '../../model/request.ts';
import { encodeConverseRequest } from './request.ts';
import { callWith, look, modelWith } from './test-calls.ts';

/** A Claude that caches the shortest prefix, so that every turn counts. */
const model = modelWith({ promptCaching: { tools: true, hourly: true, minTokens: 1 } });

/** A step of an agent: it thinks, says something, calls a tool, and gets a text, perhaps with a file, or two of one name. */
const step = fc.record({
  thought: fc.constantFrom('Hm.', 'Zürich\r\n🤔'),
  said: fc.constantFrom('', 'Let me see.', ' padded '),
  id: fc.constantFrom('call_1', 'with space', 'toolu_01'),
  file: fc.constantFrom(
    [],
    [{ type: 'image', format: 'png', data: png } as const],
    [{ type: 'document', format: 'pdf', name: 'Käse.pdf', data: pdf } as const],
    [{ type: 'document', format: 'pdf', name: undefined, data: `${pdf.slice(0, -4)}LjUK` } as const],
  ),
  remark: fc.constantFrom('', 'And then?'),
  order: fc.constantFrom('Be brief.', ''),
});

const transcripts = fc.record({
  steps: fc.array(step, { minLength: 2, maxLength: 6 }),
  hasTools: fc.boolean(),
  /** On every result; without, the gateway places the points. */
  mark: fc.constantFrom<CacheTtl | undefined>(undefined, '5m', '1h'),
  systemAmongMessages: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function messagesOf({ thought, said, id, file, remark, order }: Step, cacheAfter: CacheTtl | undefined): Message[] {
  const content = [{ type: 'text', text: '42' } as const, ...file];
  const result = {
    type: 'tool-result',
    toolCallId: id,
    content,
    isError: false,
    ...(cacheAfter && { cacheAfter }),
  } as const;
  return [
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: thought, signature: signReasoning(thought) },
        { type: 'text', text: said },
        { type: 'tool-call', id, name: 'look', input: { at: id } },
      ],
    },
    { role: 'user', content: [result] },
    { role: 'user', content: [{ type: 'text', text: remark }, ...(remark === '' ? [] : file)] },
    { role: 'system', content: [{ type: 'text', text: order }] },
  ];
}

function bedrockCall(fields: Partial<ModelRequest>, systemAmongMessages: boolean): ModelCall {
  const target = { ...model, capabilities: { ...model.capabilities, systemAmongMessages } };
  const { body } = encodeConverseRequest(callWith(fields, target, 8_192));
  const call = createCall('Converse', target.id, target, parseBody(Buffer.from(JSON.stringify(body))));
  if (!hasModel(call)) throw new Error('the model is known');
  return call;
}

test('each turn of an agent reads from the cache all that the turn before left there', async ({ expect }) => {
  await fc.assert(
    fc.property(transcripts, ({ steps, hasTools, mark, systemAmongMessages }) => {
      const cache = createPromptCache();
      const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'Find it.' }] }];
      let left = 0;
      for (const each of steps) {
        messages.push(...messagesOf(each, mark));
        const call = bedrockCall(
          {
            system: [{ type: 'text', text: 'You are an agent.' }],
            messages,
            tools: hasTools ? [look] : [],
            reasoning: { effort: 'low', budgetTokens: undefined },
            cache: mark === undefined ? 'auto' : 'explicit',
          },
          systemAmongMessages,
        );
        const { readTokens, writes } = cache.use(call, 0);
        expect(readTokens).toBe(left);
        left = readTokens + writes.reduce((sum, { tokens }) => sum + tokens, 0);
        expect(left).toBeGreaterThan(0);
      }
    }),
    { numRuns: 300 },
  );
});
