/**
 * Distils the reference data about Bedrock's models into server/catalogue/models.json. Not used at run time:
 *
 *     node bin/make-catalogue.ts <path to bedrock-models.json>
 *
 * Everything that has to be decided about a model is decided here, as code with its reason; the server reads flags.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import type { Capabilities, CatalogueModel, Price, TokenPrices } from '../server/catalogue/catalogue.ts';

const amount = z.optional(z.nullable(z.number()));
const componentPrices = {
  input: amount,
  output: amount,
  cache_read: amount,
  cache_write_5m: amount,
  cache_write_1h: amount,
};
const SourcePrices = z.object({
  ...componentPrices,
  long_context_tiers: z.optional(z.nullable(z.array(z.object({ above_input_tokens: z.number(), ...componentPrices })))),
});
type SourcePrices = z.infer<typeof SourcePrices>;

const SourceModel = z.object({
  id: z.string(),
  api: z.string(),
  provider: z.string(),
  mode: z.string(),
  status: z.string(),
  bare_id_listed: z.boolean(),
  prices_usd_per_1m: SourcePrices,
  context_window: z.nullable(z.number()),
  max_output_tokens: z.nullable(z.number()),
  supports: z.record(z.string(), z.boolean()),
  inference_profiles: z.array(z.string()),
  overrides: z.record(z.string(), z.object({ prices_usd_per_1m: z.optional(SourcePrices) })),
});
type SourceModel = z.infer<typeof SourceModel>;

const SourceFile = z.object({ retrieved: z.string(), models: z.array(SourceModel) });

/**
 * Chat models of bedrock-runtime that Converse serves. Left out beside the retired: AI21 Jurassic-2 and Cohere Command
 * of 2023 (AWS's table of Converse features: no conversation), and TwelveLabs Pegasus, which takes a video and no chat.
 */
function isServed(model: SourceModel): boolean {
  if (model.api !== 'runtime' || model.mode !== 'chat' || model.status !== 'current') return false;
  const withoutChat = ['ai21.j2-', 'cohere.command-text-', 'cohere.command-light-', 'twelvelabs.'];
  return !withoutChat.some((start) => model.id.startsWith(start));
}

/** USD per million tokens → integer pico-USD per token, rounded half up. One USD per million is 10⁶ pico-USD each. */
function picoUsd(usdPerMillion: number): number {
  const [whole = '0', fraction = ''] = usdPerMillion.toFixed(9).split('.');
  return Number((BigInt(whole + fraction) + 500n) / 1000n);
}

/** The components a source row knows; a price without input or output is no price. */
function tokenPrices(row: SourcePrices, maker: string): TokenPrices | null {
  const { input, output, cache_read, cache_write_5m, cache_write_1h } = row;
  if (typeof input !== 'number' || typeof output !== 'number') return null;
  // AWS's user guide: written tokens cost more than uncached ones on some models only. Nova's price list has no write
  // price, so its writes are priced as what they are: prompt tokens.
  const write = cache_write_5m ?? (maker === 'amazon' && typeof cache_read === 'number' ? input : undefined);
  return {
    input: picoUsd(input),
    output: picoUsd(output),
    ...(typeof cache_read === 'number' && { cacheRead: picoUsd(cache_read) }),
    ...(typeof write === 'number' && { cacheWrite5m: picoUsd(write) }),
    ...(typeof cache_write_1h === 'number' && { cacheWrite1h: picoUsd(cache_write_1h) }),
  };
}

function priceOf(row: SourcePrices, maker: string): Price | null {
  const prices = tokenPrices(row, maker);
  if (!prices) return null;
  const longContext = (row.long_context_tiers ?? []).flatMap((tier) => {
    const above = tokenPrices(tier, maker);
    return above ? [{ aboveInputTokens: tier.above_input_tokens, ...above }] : [];
  });
  return longContext.length === 0 ? prices : { ...prices, longContext };
}

/** What differs by profile prefix or region. In the source an override holds only the components that differ. */
function priceOverridesOf(model: SourceModel): Record<string, Price | null> {
  const base = JSON.stringify(priceOf(model.prices_usd_per_1m, model.provider));
  const entries = Object.entries(model.overrides)
    .filter(([where]) => where.startsWith('region:') || model.inference_profiles.includes(where.replace(/\.$/, '')))
    .map(([where, override]) => {
      const row = { ...model.prices_usd_per_1m, ...override.prices_usd_per_1m };
      return [where, priceOf(row, model.provider)] as const;
    })
    .filter(([, price]) => JSON.stringify(price) !== base);
  return Object.fromEntries(entries);
}

const startsWithAny = (id: string, starts: readonly string[]) => starts.some((start) => id.startsWith(start));

/** Older Claude models, whose rows in the source say little. AWS's table of Converse features has them. */
const firstClaudes = ['anthropic.claude-v', 'anthropic.claude-instant'];
const thirdClaudes = ['anthropic.claude-3-'];

/**
 * `one`: temperature and topP are refused together (Claude Opus 4.1, all 4.5 and 4.6). `none`: refused at all, which the
 * source says for Opus 4.7 and newer and for OpenAI's; the Mythos preview is of that generation.
 */
function samplingOf({ id, supports }: SourceModel): Capabilities['sampling'] {
  if (supports['sampling_params'] === false || id.startsWith('anthropic.claude-mythos-')) return 'none';
  return /^anthropic\.claude-(opus|sonnet|haiku)-4-[1-6]\b/.test(id) ? 'one' : 'both';
}

/** Llama refuses tools while streaming; for Mistral's models of 2024 and early 2025 nothing says that they take them. */
function takesToolsWhileStreaming({ id, provider }: SourceModel): boolean {
  return provider !== 'meta' && !/^mistral\..*-(2402|2407|2502)-v/.test(id);
}

/** A missing flag means that the source does not say: then what works either way is chosen. */
function capabilitiesOf(model: SourceModel): Capabilities {
  const { id, provider, supports } = model;
  // AWS's table of Converse features, for rows the main source leaves open.
  const jamba15 = id.startsWith('ai21.jamba-1-5-');
  const tools = supports['tools'] ?? jamba15;
  const documents =
    supports['pdf'] ??
    (jamba15 ||
      startsWithAny(id, ['amazon.titan-text-express', 'amazon.titan-text-lite', ...firstClaudes, ...thirdClaudes]));
  return {
    streaming: true,
    // Refused by Titan Text, Mistral 7B and Mixtral; the prompt then goes in front of the first user turn.
    system: !startsWithAny(id, ['amazon.titan-text-', 'mistral.mistral-7b-', 'mistral.mixtral-']),
    tools,
    toolChoice: tools && supports['tool_choice'] === true,
    streamingTools: tools && takesToolsWhileStreaming(model),
    // Refused by gpt-oss, GPT, Grok and Qwen; Titan takes only two fixed words; Mistral Large 2 fails when streaming.
    stopSequences:
      !['openai', 'qwen', 'xai'].includes(provider) &&
      !startsWithAny(id, ['amazon.titan-text-', 'mistral.mistral-large-2407']),
    sampling: samplingOf(model),
    vision: supports['vision'] === true,
    documents,
    reasoning: supports['reasoning'] === true,
    // Means cachePoint blocks. OpenAI, Grok, Kimi and GLM cache by themselves and refuse the block.
    promptCaching: supports['prompt_caching'] === true && ['anthropic', 'amazon'].includes(provider),
    assistantPrefill: supports['assistant_prefill'] ?? startsWithAny(id, [...firstClaudes, ...thirdClaudes]),
  };
}

/** Year and month in an id (`-20250929`, `-2407`) as a number that sorts; 0 without one. */
function dateIn(id: string): number {
  const [, date = '0'] = /-(\d{8}|2[3-9](?:0[1-9]|1[0-2]))(?=-|$)/.exec(id) ?? [];
  return Number(date.length === 4 ? `20${date}00` : date);
}

/**
 * Names for a model, best first: without maker, version and date; with its date; with its version too; the id itself.
 * A single word without a digit (`claude` of `claude-v2:1`) names a family, not a model, and is never an alias.
 */
function namesOf(id: string): readonly string[] {
  const versioned = id.slice(id.indexOf('.') + 1);
  const dated = versioned.replace(/-(v\d+(:\d+)?|\d+:\d+)$/, '');
  const plain = dated.replace(/-(\d{8}|2[3-9](0[1-9]|1[0-2]))$/, '');
  return [plain, dated, versioned, id].filter((name) => /\d/.test(name) || name.includes('-'));
}

/** The newest of those that share a name has it; each of the others takes its next name. */
function aliasesOf(ids: readonly string[]): ReadonlyMap<string, string> {
  const newestFirst = ids.toSorted((a, b) => dateIn(b) - dateIn(a) || a.localeCompare(b));
  const aliases = new Map<string, string>();
  const taken = new Set<string>();
  for (const id of newestFirst) {
    const alias = namesOf(id).find((name) => !taken.has(name));
    if (alias === undefined) throw new Error(`${id} is listed twice`);
    taken.add(alias);
    aliases.set(id, alias);
  }
  return aliases;
}

function catalogueOf(models: readonly SourceModel[]): readonly CatalogueModel[] {
  const served = models.filter(isServed).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const aliases = aliasesOf(served.map((model) => model.id));
  return served.map((model) => ({
    id: model.id,
    alias: aliases.get(model.id) ?? model.id,
    maker: model.provider,
    mode: 'chat',
    contextWindow: model.context_window ?? undefined,
    maxOutputTokens: model.max_output_tokens ?? undefined,
    capabilities: capabilitiesOf(model),
    onDemand: model.bare_id_listed,
    profiles: model.inference_profiles,
    price: priceOf(model.prices_usd_per_1m, model.provider),
    priceOverrides: priceOverridesOf(model),
  }));
}

const source =
  'Facts distilled from LiteLLM 1.109.1 (PyPI, MIT; model_prices_and_context_window_backup.json), cross-checked with ' +
  'models.dev f3fc6922 (MIT) and genai-prices 0.2.3 (MIT), and from the AWS user guide page "Supported models and ' +
  'model features". Volunteers’ data, not an AWS price list: check prices that matter to you and override them.';

function main(file: string | undefined): void {
  if (file === undefined) {
    process.stderr.write('usage: node bin/make-catalogue.ts <path to bedrock-models.json>\n');
    process.exitCode = 2;
    return;
  }
  const { retrieved, models } = SourceFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  const lines = catalogueOf(models).map((model) => `    ${JSON.stringify(model)}`);
  const head = `"pricesAsOf": ${JSON.stringify(retrieved)},\n  "source": ${JSON.stringify(source)}`;
  const text = `{\n  ${head},\n  "models": [\n${lines.join(',\n')}\n  ]\n}\n`;
  writeFileSync(path.join(import.meta.dirname, '..', 'server', 'catalogue', 'models.json'), text);
  process.stdout.write(`${lines.length} models, ${Buffer.byteLength(text)} bytes\n`);
}

main(process.argv[2]);
