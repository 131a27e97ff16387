import * as z from 'zod/mini';
import { Quote } from '../../shared/api/mcp-tools.ts';
import { formatUsd } from '../../shared/money.ts';
import { refuseUnpriced } from '../calls/admit.ts';
import { estimatePromptTokens } from '../calls/estimate-prompt.ts';
import { errorInWordsOf } from '../calls/field-names.ts';
import { type PreparedCall, prepareCall } from '../calls/prepare-call.ts';
import { listedModel } from '../catalogue/list-models.ts';
import { DroppedFields } from '../dialects/dropped-fields.ts';
import { noUsage } from '../model/usage.ts';
import { costOf } from '../money/cost.ts';
import { affordableOutputTokens, estimateOf, promptTokensAtMost } from '../money/estimate.ts';
import { leastLeftOf } from '../money/standing.ts';
import { refuseDropped } from '../providers/provider.ts';
import type { AuthenticatedCall } from '../route.ts';
import { standingsFor } from './budget-tool.ts';
import { chatCallOf, chatInput } from './chat-call.ts';
import { defineTool, type McpTool, readOnly } from './surface.ts';

/** Tokens of an answer of some paragraphs, where nobody says what is expected. */
const usualAnswerTokens = 500;

/** What `chat` would cost: the same steps until the money would be held, and nothing is sent. */
export const quoteTool: McpTool = defineTool({
  name: 'quote',
  title: 'Price a call',
  description:
    'What chat would cost with the same arguments, without asking the model: an estimate, an upper bound that the real cost never exceeds, whether that fits the budgets, and which arguments the model cannot take. Free.',
  access: 'inference',
  input: z.strictObject({
    ...chatInput,
    requests: z._default(
      z.int().check(z.gte(1), z.lte(100_000), z.describe('How many such calls are to be priced together')),
      1,
    ),
    expected_output_tokens: z.optional(
      z
        .int()
        .check(z.gte(0), z.describe(`How long you expect the answer to be; ${usualAnswerTokens} if you do not say`)),
    ),
  }),
  output: Quote,
  annotations: readOnly,
  run: async ({ requests, expected_output_tokens: expected = usualAnswerTokens, ...input }, { call }) => {
    const chat = chatCallOf(call, input);
    const prepared = prepareCall(call, chat);
    const { target, estimated } = prepared;
    refuseUnpriced(call.identity, prepared);
    const dropped = await droppedBy(call, chat, prepared);
    const promptTokens = estimatePromptTokens(chat.request);
    const likely = {
      ...noUsage,
      inputTokens: Math.min(promptTokens, target.model.contextWindow ?? promptTokens),
      outputTokens: Math.min(expected, estimated.maxOutputTokens),
    };
    const most = estimateOf(estimated).mostNanoUsd;
    const { pennyworth } = listedModel(target);
    return {
      model: target.model.alias,
      requests,
      input_tokens: { estimated: likely.inputTokens, at_most: promptTokensAtMost(estimated) },
      max_output_tokens: estimated.maxOutputTokens,
      estimate: amountOf(costOf(likely, target.price), requests),
      upper_bound: amountOf(most, requests),
      prices_usd_per_million_tokens: pennyworth.prices_usd_per_million_tokens,
      budget: budgetFor(prepared, most, requests, leastLeftOf(await standingsFor(call))),
      dropped,
    };
  },
});

function amountOf(nanoUsd: number | null, times = 1): Quote['upper_bound'] {
  return nanoUsd === null ? null : { nano_usd: nanoUsd * times, usd: formatUsd(nanoUsd * times) };
}

function budgetFor(
  { estimated }: PreparedCall,
  most: number | null,
  requests: number,
  left: number | undefined,
): Quote['budget'] {
  if (left === undefined) return { fits: true, left: null };
  // Without a price nothing can be held; such a call is refused only when nothing is left.
  const fits = (most ?? 1) * requests <= left;
  const affordable = fits ? undefined : (affordableOutputTokens(estimated, left) ?? null);
  return { fits, left: amountOf(left), ...(affordable !== undefined && { affordable_max_output_tokens: affordable }) };
}

/** By the translator that serves the call. @throws GatewayError 400 for what it refuses */
async function droppedBy(
  { context }: AuthenticatedCall,
  { request, nameField }: ReturnType<typeof chatCallOf>,
  { target, plan, dropped, strict }: PreparedCall,
): Promise<string[]> {
  const call = { target, request, maxOutputTokens: plan.maxOutputTokens, guardrail: plan.guardrail, metadata: {} };
  try {
    const preview = await context.providers[target.provider].preview(call);
    const names = new DroppedFields();
    for (const name of [...dropped, ...preview.dropped.map(nameField)]) names.add(name);
    if (strict) refuseDropped(names.list());
    return names.shortList();
  } catch (error) {
    throw errorInWordsOf(nameField, error);
  }
}
