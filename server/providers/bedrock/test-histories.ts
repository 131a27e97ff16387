import * as fc from 'fast-check';
import { pdf, png, textFile, wav } from '../../dialects/test-files.ts';
import { sealReasoning, signReasoning } from '../../local/bedrock/reasoning.ts';
import type { AssistantPart, CacheTtl, MediaPart, Message, ModelRequest, TextPart, Tool } from '../../model/request.ts';
import { requestWith } from '../../model/test-requests.ts';

// Histories with all that the waist allows: files, tools with and without their results, reasoning, cache marks; tests only.

type Mark = { readonly cacheAfter?: CacheTtl };
const mark: fc.Arbitrary<Mark> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  fc.constantFrom<Mark>({ cacheAfter: '5m' }, { cacheAfter: '1h' }),
);

const text = fc
  .tuple(fc.constantFrom('Hello', '日本 🌍', 'a\r\nb', ' padded \n', '', ' '), mark)
  .map(([said, its]): TextPart => ({ type: 'text', text: said, ...its }));

const file = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: 'image', format: 'png', data: png } as const) },
  fc.constantFrom('report.pdf', undefined, 'Käse  «2».pdf').map((name) => {
    return { type: 'document', format: 'pdf', name, data: pdf } as const;
  }),
  fc.constantFrom('report.pdf', 'notes.md', 'x'.repeat(300)).map((name) => {
    return { type: 'document', format: 'md', name, data: textFile } as const;
  }),
  fc.constant({ type: 'audio', format: 'wav', data: wav } as const),
  fc.constant({ type: 'video', format: 'mp4', data: textFile } as const),
);
const media = fc
  .tuple(file, mark)
  .map(([part, its]): MediaPart => ({ ...part, ...its, path: 'messages[0].content[0]' }));

const reasoning = fc.oneof(
  fc.constantFrom('Hm.', 'Zürich\r\n🤔').chain((thought) => {
    const signature = fc.constantFrom(signReasoning(thought), undefined);
    return signature.map((each) => ({ type: 'reasoning', text: thought, signature: each }) as const);
  }),
  fc.constant({ type: 'redacted-reasoning', data: sealReasoning('Hm.') } as const),
);

const userParts = fc.array(fc.oneof({ weight: 3, arbitrary: text }, media), { maxLength: 3 });
const assistantParts = fc.array(fc.oneof({ weight: 3, arbitrary: text }, reasoning), { maxLength: 3 });
const user = userParts.map((content): Message => ({ role: 'user', content }));
const assistant = assistantParts.map((content): Message => ({ role: 'assistant', content }));
const system = fc.array(text, { maxLength: 2 }).map((content): Message => ({ role: 'system', content }));

/** Calls and their results, one message each, in any order; now and then one is missing, or a remark stands between. */
const toolRound = fc
  .record({
    said: assistantParts,
    callsFirst: fc.boolean(),
    ids: fc.uniqueArray(fc.constantFrom('a', 'b', 'with space'), { minLength: 1, maxLength: 3 }),
    its: fc.array(mark, { minLength: 3, maxLength: 3 }),
    results: fc.array(userParts, { minLength: 3, maxLength: 3 }),
    isError: fc.boolean(),
    isReversed: fc.boolean(),
    aside: fc.option(fc.oneof(system, user), { nil: undefined }),
    missing: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ said, callsFirst, ids, its, results, isError, isReversed, aside, missing }): Message[] => {
    const calls = ids.map((id, at): AssistantPart => {
      return { type: 'tool-call', id, name: 'look', input: { at: id }, ...its[at] };
    });
    const answers = ids.map((toolCallId, at): Message => {
      const content = results[at] ?? [];
      return { role: 'user', content: [{ type: 'tool-result', toolCallId, content, isError, ...its[2 - at] }] };
    });
    if (isReversed) answers.reverse();
    if (missing < answers.length) answers.splice(missing, 1);
    if (aside) answers.splice(1, 0, aside);
    return [{ role: 'assistant', content: callsFirst ? [...calls, ...said] : [...said, ...calls] }, ...answers];
  });

const step = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(user, assistant, system).map((message) => [message]) },
  { weight: 2, arbitrary: toolRound },
);

const tool = mark.map((its): Tool => {
  return { name: 'look', description: 'Looks', inputSchema: { type: 'object' }, strict: false, ...its };
});

/** Whole requests, most with thinking on, so that reasoning goes back where the model takes it. */
export const histories: fc.Arbitrary<ModelRequest> = fc
  .record({
    system: fc.array(text, { maxLength: 2 }),
    messages: fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => steps.flat()),
    tools: fc.oneof(fc.constant([]), { weight: 3, arbitrary: tool.map((each) => [each]) }),
    cache: fc.constantFrom('auto', 'explicit', 'off'),
    cacheKey: fc.constantFrom(undefined, 'thread'),
    reasoning: fc.constantFrom(undefined, { effort: 'low', budgetTokens: undefined }),
    stream: fc.boolean(),
  })
  .map((fields) => requestWith(fields));
