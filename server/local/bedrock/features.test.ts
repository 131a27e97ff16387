import { ConverseCommand, type ConverseCommandInput, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, describe, expect, test } from 'vitest';
import { startBedrock } from './emulator.ts';
import { ask, collect, createClient, handlers } from './test-clients.ts';
import { claude, newClaude, testModels } from './test-models.ts';

const emulator = await startBedrock({ models: testModels });
afterAll(() => emulator.close());

const thinking = { thinking: { type: 'enabled', budget_tokens: 2_000 } };
const guardrailConfig = { guardrailIdentifier: 'simulated', guardrailVersion: '1', trace: 'enabled' } as const;

// What comes beside text and tool calls: the same in a whole answer and in a stream, over both versions of HTTP.
describe.for(handlers)('over %s', (handler) => {
  const client = createClient(emulator.url, handler);

  async function both(input: ConverseCommandInput) {
    const whole = await client.send(new ConverseCommand(input));
    const { stream } = await client.send(new ConverseStreamCommand(input));
    const { events, error } = await collect(stream);
    expect(error).toBeUndefined();
    const { metadata } = events.at(-1) ?? {};
    const { messageStop } = events.at(-2) ?? {};
    return { whole, events, metadata, messageStop };
  }

  test('thinking that is asked for comes first, signed, with its tokens', async () => {
    const { whole, events, messageStop } = await both({
      ...ask(claude.id),
      additionalModelRequestFields: thinking,
      additionalModelResponseFieldPaths: ['/usage/output_tokens_details'],
    });
    const [first, second] = whole.output?.message?.content ?? [];
    const { text = '', signature } = first?.reasoningContent?.reasoningText ?? {};
    expect([text.length > 20, signature?.length, second?.text?.startsWith('This is a simulated')]).toEqual([
      true,
      44,
      true,
    ]);
    const deltas = events.flatMap(({ contentBlockDelta }) => contentBlockDelta?.delta?.reasoningContent ?? []);
    expect(deltas.map((delta) => delta.text ?? '').join('')).toBe(text);
    expect(deltas.at(-1)?.signature).toBe(signature);
    const fields = { usage: { output_tokens_details: { thinking_tokens: Math.ceil(text.length / 4) } } };
    expect(whole.additionalModelResponseFields).toEqual(fields);
    expect(messageStop?.additionalModelResponseFields).toEqual(fields);
  });

  test('sealed reasoning comes as bytes, and goes back only unchanged', async () => {
    const { whole, events } = await both(ask(claude.id, { reasoning: ['Hm', '…'], redacted: true, text: 'x' }));
    const content = whole.output?.message?.content ?? [];
    const sealed = content[0]?.reasoningContent?.redactedContent;
    expect(sealed).toBeInstanceOf(Uint8Array);
    const deltas = events.flatMap(({ contentBlockDelta }) => contentBlockDelta?.delta?.reasoningContent ?? []);
    expect(deltas).toEqual([{ redactedContent: sealed }]);
    const sendBack = (bytes: Uint8Array | undefined) =>
      client.send(
        new ConverseCommand({
          modelId: claude.id,
          messages: [
            { role: 'user', content: [{ text: 'Hello' }] },
            { role: 'assistant', content: [{ reasoningContent: { redactedContent: bytes ?? new Uint8Array() } }] },
            { role: 'user', content: [{ text: 'Go on' }] },
          ],
        }),
      );
    expect((await sendBack(sealed)).stopReason).toBe('end_turn');
    await expect(sendBack(sealed?.subarray(1))).rejects.toThrow('Invalid `data` in `redacted_thinking` block');
  });

  test('the tier and the latency that answered', async () => {
    const asked = { serviceTier: { type: 'flex' }, performanceConfig: { latency: 'standard' } } as const;
    const { whole, metadata } = await both({ ...ask(claude.id), ...asked });
    expect(whole).toMatchObject(asked);
    expect(metadata).toMatchObject(asked);
    const other = await both({ ...ask(claude.id, { serviceTier: 'default' }), ...asked });
    expect([other.whole.serviceTier, other.metadata?.serviceTier]).toEqual([{ type: 'default' }, { type: 'default' }]);
    const silent = await both(ask(claude.id));
    expect([silent.whole.serviceTier, silent.metadata?.serviceTier]).toEqual([undefined, undefined]);
  });

  test('a guardrail that intervenes, with its trace', async () => {
    const script = { guardrail: { action: 'intervened', text: 'No.' } };
    const { whole, events, metadata, messageStop } = await both({ ...ask(claude.id, script), guardrailConfig });
    expect([whole.output?.message?.content, whole.stopReason]).toEqual([[{ text: 'No.' }], 'guardrail_intervened']);
    expect(messageStop?.stopReason).toBe('guardrail_intervened');
    expect(events.flatMap(({ contentBlockDelta }) => contentBlockDelta?.delta?.text ?? [])).toEqual(['No.']);
    expect(whole.trace?.guardrail).toMatchObject({ actionReason: 'Guardrail blocked.' });
    expect(metadata?.trace).toEqual(whole.trace);
  });

  describe('a refusal by the model itself', () => {
    const refused = (refusal: string) => ({ ...ask(newClaude.id, { refusal }), inferenceConfig: { temperature: 1 } });
    const text = 'The model returned the following errors: `temperature` is deprecated for this model.';

    test('may come as the first frame of a stream', async () => {
      // The client reads the first frame before it hands out the stream.
      const told = client.send(new ConverseStreamCommand(refused('in-stream')));
      await expect(told).rejects.toMatchObject({ name: 'ValidationException', message: text });
      const response = await fetch(`${emulator.url}/model/${newClaude.id}/converse-stream`, {
        method: 'POST',
        headers: { authorization: 'Bearer local' },
        body: JSON.stringify(refused('in-stream')),
      });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'application/vnd.amazon.eventstream',
      ]);
      await expect(client.send(new ConverseCommand(refused('in-stream')))).rejects.toThrow(text);
    });

    test('may come around Anthropic’s JSON', async () => {
      const told = client.send(new ConverseCommand(refused('nested-json')));
      await expect(told).rejects.toMatchObject({
        name: 'ValidationException',
        $metadata: { httpStatusCode: 400 },
        message: expect.stringMatching(
          /^The model returned the following errors: \{"type":"error",.*"message":"`temperature` is deprecated for this model\."\}\}$/,
        ),
      });
    });

    test('is an ordinary error otherwise, as are those of Converse', async () => {
      const plain = { ...refused('in-stream'), messages: ask(newClaude.id).messages };
      await expect(client.send(new ConverseStreamCommand(plain))).rejects.toThrow(text);
      const earlier = { ...refused('in-stream'), serviceTier: { type: 'reserved' as const } };
      await expect(client.send(new ConverseStreamCommand(earlier))).rejects.toThrow('Reservation not found.');
    });
  });
});
