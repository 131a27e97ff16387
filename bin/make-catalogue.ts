/**
 * Distils the reference data about Bedrock's models into server/catalogue/models.json. Not used at run time:
 *
 *     node bin/make-catalogue.ts <path to bedrock-models.json>
 *
 * Everything that has to be decided about a model is decided here, as code with its reason; the server reads flags.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CatalogueModel } from '../server/catalogue/catalogue.ts';
import { capabilitiesOf, minOutputTokensOf } from './catalogue/capabilities.ts';
import { aliasesOf } from './catalogue/names.ts';
import { priceOf, priceOverridesOf } from './catalogue/prices.ts';
import { isServed, SourceFile, type SourceModel } from './catalogue/source.ts';

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
    minOutputTokens: minOutputTokensOf(model),
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
