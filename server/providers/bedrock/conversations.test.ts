import * as fc from 'fast-check';
import { afterAll, test } from 'vitest';
import * as z from 'zod/mini';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { parseCatalogueFile } from '../../catalogue/file.ts';
import catalogueFile from '../../catalogue/models.json' with { type: 'json' };
import { decodeChatRequest } from '../../dialects/openai-chat/decode-request.ts';
import { startBedrock } from '../../local/bedrock/emulator.ts';
import type { ModelEvent } from '../../model/events.ts';
import { clampOutputTokens } from '../../money/estimate.ts';
import type { ProviderCall } from '../provider.ts';
import { createBedrockProvider } from './index.ts';
import { encodeConverseRequest } from './request.ts';
import { modelWith } from './test-calls.ts';
import { chatRequests, enriched } from './test-conversations.ts';
import { runtimeAt } from './test-runtime.ts';

const { models } = parseCatalogueFile(catalogueFile);
const emulator = await startBedrock({ models });
afterAll(() => emulator.close());
const provider = createBedrockProvider(runtimeAt(emulator.url));

function callOf(chat: Readonly<Record<string, unknown>>, model: CatalogueModel): ProviderCall {
  const modelId = model.onDemand ? model.id : `${model.profiles[0]}.${model.id}`;
  const { request } = decodeChatRequest(chat);
  return {
    target: { provider: 'bedrock', modelId, model, price: null },
    request,
    maxOutputTokens: clampOutputTokens(request.maxOutputTokens ?? 4_096, model),
    strict: false,
    guardrail: undefined,
    metadata: { pw_request: 'req_1', pw_team: 'Küche & Keller' },
    signal: new AbortController().signal,
  };
}

/** A request with tools for a model without them is refused by us. */
function requestsFor(model: CatalogueModel): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const requests = enriched(
    chatRequests(model.alias),
    model.capabilities.vision && (model.contextWindow ?? 0) > 50_000,
  );
  return model.capabilities.tools ? requests : requests.map(({ tools, tool_choice, ...rest }) => rest);
}

/** One model for each combination of what requests are written by. */
const different = [
  ...new Map(models.map((model) => [JSON.stringify([model.maker, model.capabilities]), model])).values(),
];

test.for(different.map((model) => [model.id, model] as const))(
  '%s answers whatever conversation a client of OpenAI has',
  async ([, model], { expect }) => {
    await fc.assert(
      fc.asyncProperty(requestsFor(model), async (chat) => {
        const answer = await provider.call(callOf(chat, model));
        const types = new Set<ModelEvent['type']>();
        for await (const batch of answer.events) for (const { type } of batch) types.add(type);
        expect([types.has('finish'), types.has('usage')]).toEqual([true, true]);
      }),
      { numRuns: 25 },
    );
  },
);

const own = {
  betas: ['interleaved-thinking-2025-05-14'],
  fields: { context_management: { edits: [] } },
  tools: [{ type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' }],
  toolFields: {},
};
const claudes = different.filter(({ maker, capabilities }) => maker === 'anthropic' && capabilities.tools);

test.for(claudes.map((model) => [model.id, model] as const))(
  '%s answers the same in its own body',
  async ([, model], { expect }) => {
    const sent = () => emulator.calls.get('InvokeModelWithResponseStream') ?? 0;
    await fc.assert(
      fc.asyncProperty(requestsFor(model), async (chat) => {
        const call = callOf(chat, model);
        const before = sent();
        const answer = await provider.call({ ...call, request: { ...call.request, claude: own } });
        const types = new Set<ModelEvent['type']>();
        for await (const batch of answer.events) for (const { type } of batch) types.add(type);
        expect([types.has('finish'), types.has('usage'), sent() - before]).toEqual([true, true, 1]);
      }),
      { numRuns: 25 },
    );
  },
);

const Body = z.object({
  messages: z.array(
    z.object({
      role: z.enum(['user', 'assistant']),
      content: z.array(
        z.union([
          z.object({ text: z.string() }),
          z.object({ toolUse: z.object({ toolUseId: z.string() }) }),
          z.object({
            toolResult: z.object({ toolUseId: z.string(), content: z.array(z.object({ text: z.string() })) }),
          }),
        ]),
      ),
    }),
  ),
  toolConfig: z.optional(z.unknown()),
});
type Content = z.infer<typeof Body>['messages'][number]['content'];

const callsOf = (content: Content) => content.flatMap((part) => ('toolUse' in part ? [part.toolUse.toolUseId] : []));
const resultsOf = (content: Content) =>
  content.flatMap((part) => ('toolResult' in part ? [part.toolResult.toolUseId] : []));
const textsOf = (content: Content): string[] =>
  content.flatMap((part) =>
    'text' in part ? [part.text] : 'toolResult' in part ? textsOf(part.toolResult.content) : [],
  );

/** Models whose turns are written differently. */
const writtenFor: Readonly<Record<string, CatalogueModel>> = {
  'a model that takes everything': modelWith(),
  'a model without system prompt and prefill': modelWith({ system: false, assistantPrefill: false }),
  'a model that wants tools and texts apart': modelWith({ assistantPrefill: false }, { maker: 'mistral' }),
};

test.for(Object.entries(writtenFor))(
  'the turns for %s begin with the user’s, alternate, say something and answer every call at once',
  async ([, model], { expect }) => {
    await fc.assert(
      fc.property(chatRequests(model.alias), (chat) => {
        const { messages, toolConfig } = Body.parse(encodeConverseRequest(callOf(chat, model)).body);
        expect(messages.map(({ role }) => role)).toEqual(
          messages.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')),
        );
        for (const [at, { role, content }] of messages.entries()) {
          expect(content).not.toEqual([]);
          expect(textsOf(content).filter((text) => text.trim() === '')).toEqual([]);
          const results = resultsOf(content);
          const answered = role === 'user' ? callsOf(messages[at - 1]?.content ?? []) : [];
          expect(results.toSorted()).toEqual(answered.toSorted());
          // Results come first, calls last.
          expect(resultsOf(content.slice(0, results.length))).toEqual(results);
          expect(callsOf(content.slice(content.length - callsOf(content).length))).toEqual(callsOf(content));
          if (role === 'user') expect(callsOf(content)).toEqual([]);
          if (toolConfig === undefined) expect([...results, ...callsOf(content)]).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  },
);

const Said = z.looseObject({
  messages: z.array(
    z.looseObject({
      content: z.nullable(z.union([z.string(), z.array(z.looseObject({ text: z.string() }))])),
    }),
  ),
});

test.for(Object.entries(writtenFor))('no text of a conversation is lost for %s', async ([, model], { expect }) => {
  await fc.assert(
    fc.property(chatRequests(model.alias), (chat) => {
      const { messages } = Said.parse(chat);
      const texts = messages.flatMap(({ content }) =>
        typeof content === 'string' ? content : (content ?? []).map(({ text }) => text),
      );
      // Blanks at the end of a prefill are cut; JSON text is searched, so that a text within another one counts too.
      const body = JSON.stringify(encodeConverseRequest(callOf(chat, model)).body);
      expect(texts.filter((text) => !body.includes(JSON.stringify(text.trim()).slice(1, -1)))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
