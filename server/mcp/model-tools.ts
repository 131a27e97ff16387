import * as z from 'zod/mini';
import { CheapestModels, type ModelSummary, ModelsFound } from '../../shared/api/mcp-tools.ts';
import { Capability } from '../../shared/api/models.ts';
import { formatUsd } from '../../shared/money.ts';
import { mayCall } from '../auth/authorize.ts';
import type { CallTarget } from '../catalogue/catalogue.ts';
import { can, capabilitiesOf, listedModel, pricesOf } from '../catalogue/list-models.ts';
import { noUsage } from '../model/usage.ts';
import { costOf } from '../money/cost.ts';
import type { AuthenticatedCall } from '../route.ts';
import { defineTool, type McpTool, readOnly } from './surface.ts';

const capabilities = z.optional(
  z
    .array(Capability)
    .check(z.maxLength(Capability.options.length), z.describe('All of what the model must be able to do')),
);

/** The models a caller may call. */
export function modelsFor({
  context,
  identity,
}: Pick<AuthenticatedCall, 'context' | 'identity'>): readonly CallTarget[] {
  return context.catalogue.list().filter((target) => mayCall(identity, target));
}

function summaryOf({ model, price }: CallTarget): ModelSummary {
  const prices = price && pricesOf(price);
  return {
    id: model.alias,
    maker: model.maker,
    context_window: model.contextWindow ?? null,
    max_output_tokens: model.maxOutputTokens ?? null,
    input_usd_per_million_tokens: prices?.input ?? null,
    output_usd_per_million_tokens: prices?.output ?? null,
    capabilities: capabilitiesOf(model.capabilities),
  };
}

const canAll = (names: readonly Capability[] | undefined, { model }: Pick<CallTarget, 'model'>) =>
  (names ?? []).every((name) => can(model.capabilities, name));

/** Tokens. A bound that is not known counts as too small only where somebody asks for one. */
function hasRoom(bound: number | undefined, needed: number, asked: number | undefined): boolean {
  return bound === undefined ? asked === undefined : bound >= needed;
}

/** At most this many of the cheapest are told. */
const mostRanked = 10;

/** Tools that only read what is known of models. */
export const modelTools: readonly McpTool[] = [
  defineTool({
    name: 'list_models',
    title: 'List models',
    description:
      'The models this credential may call, with prices, limits and capabilities. Narrow it where you can. Free.',
    access: 'mcp',
    input: z.strictObject({
      maker: z.optional(z.string().check(z.describe('Only models of this maker, e.g. anthropic, amazon, openai'))),
      capabilities,
      search: z.optional(z.string().check(z.maxLength(128), z.describe('A part of the name'))),
      details: z._default(
        z.boolean().check(z.describe('Also profiles, prices of caches, tiers and long contexts, reasoning: long')),
        false,
      ),
    }),
    output: ModelsFound,
    annotations: readOnly,
    run: async ({ maker, capabilities: names, search, details }, { call }) => {
      const part = search?.toLowerCase() ?? '';
      const found = modelsFor(call).filter(
        (target) =>
          (maker === undefined || target.model.maker === maker.toLowerCase()) &&
          canAll(names, target) &&
          [target.model.alias, target.modelId].some((name) => name.toLowerCase().includes(part)),
      );
      return {
        models: found.map((target) => ({ ...summaryOf(target), ...(details && { details: listedModel(target) }) })),
        prices_as_of: call.context.catalogue.pricesAsOf,
      };
    },
  }),
  defineTool({
    name: 'cheapest_model_that',
    title: 'Cheapest model that …',
    description: `The cheapest models that can do what is asked, at most ${mostRanked}, ranked by what a call of the expected length costs. Only models this credential may call and whose price is known. Free.`,
    access: 'mcp',
    input: z.strictObject({
      capabilities,
      min_context_window: z.optional(z.int().check(z.gte(1), z.describe('Tokens'))),
      min_output_tokens: z.optional(
        z.int().check(z.gte(1), z.describe('Tokens the longest answer must have room for')),
      ),
      input_tokens: z._default(
        z.int().check(z.gte(0), z.lte(100_000_000), z.describe('Expected tokens of the prompt')),
        3_000,
      ),
      output_tokens: z._default(
        z
          .int()
          .check(
            z.gte(0),
            z.lte(100_000_000),
            z.describe('Expected tokens of the answer; by default a third of the prompt’s default'),
          ),
        1_000,
      ),
    }),
    output: CheapestModels,
    annotations: readOnly,
    run: async (input, { call }) => {
      const { input_tokens, output_tokens } = input;
      const window = Math.max(input.min_context_window ?? 0, input_tokens + output_tokens);
      const answer = Math.max(input.min_output_tokens ?? 0, output_tokens);
      const usage = { ...noUsage, inputTokens: input_tokens, outputTokens: output_tokens };
      const fitting = modelsFor(call).filter(
        ({ model }) =>
          canAll(input.capabilities, { model }) &&
          hasRoom(model.contextWindow, window, input.min_context_window) &&
          hasRoom(model.maxOutputTokens, answer, input.min_output_tokens),
      );
      const priced = fitting.flatMap((target) => {
        const cost = costOf(usage, target.price);
        return cost === null ? [] : [{ ...summaryOf(target), cost_nano_usd: cost, cost_usd: formatUsd(cost) }];
      });
      const unpriced = fitting.filter((target) => costOf(usage, target.price) === null);
      return {
        models: priced.toSorted((a, b) => a.cost_nano_usd - b.cost_nano_usd).slice(0, mostRanked),
        input_tokens,
        output_tokens,
        fitting: fitting.length,
        without_price: unpriced.map(({ model }) => model.alias),
        prices_as_of: call.context.catalogue.pricesAsOf,
      };
    },
  }),
];
