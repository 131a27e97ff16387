import { type Model, ModelList } from '../../../shared/api/models.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { formatCount } from '../../output/count.ts';
import { type ListColumn, printList } from '../../output/print.ts';

export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const list = await (await context.api()).get('/v1/models', ModelList);
  const supports = options.findList('supports') ?? [];
  checkCapabilities(list.data, supports);
  const search = options.find('search')?.toLowerCase() ?? '';
  const models = list.data.filter(
    (model) =>
      [model.id, model.owned_by, model.pennyworth.target].some((text) => text.toLowerCase().includes(search)) &&
      supports.every((name) => model.pennyworth.capabilities.includes(name)),
  );
  printList(context, {
    rows: models,
    columns,
    document: (rows) => ({ object: 'list', data: rows }),
    fields: ['id', 'object', 'created', 'owned_by', 'pennyworth'],
    empty: 'No model is like that. All of them: pennyworth models list',
  });
}

/** A misspelt capability must not look like a gateway without models. */
function checkCapabilities(models: readonly Model[], names: readonly string[]): void {
  const known = new Set(models.flatMap((model) => model.pennyworth.capabilities));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined || models.length === 0) return;
  throw new UsageError(`no model says "${unknown}" of itself`, {
    hint: `capabilities: ${[...known].sort().join(', ')}`,
  });
}

type Price = 'input' | 'output' | 'cache_read';
const priceOf = ({ pennyworth }: Model, name: Price) => pennyworth.prices_usd_per_million_tokens?.[name] ?? null;
const price = (title: string, name: Price): ListColumn<Model> => ({
  title,
  align: 'right',
  show: (model) => priceOf(model, name) ?? '–',
  raw: (model) => priceOf(model, name),
});
const size = (title: string, name: 'context_window' | 'max_output_tokens'): ListColumn<Model> => ({
  title,
  align: 'right',
  show: ({ pennyworth }) => (pennyworth[name] === null ? '–' : formatCount(pennyworth[name])),
  raw: ({ pennyworth }) => pennyworth[name],
});

const columns: readonly ListColumn<Model>[] = [
  { title: 'MODEL', show: (model) => model.id, raw: (model) => model.id },
  { title: 'MAKER', show: (model) => model.owned_by, raw: (model) => model.owned_by },
  size('CONTEXT', 'context_window'),
  size('OUT', 'max_output_tokens'),
  price('IN $/1M', 'input'),
  price('CACHED', 'cache_read'),
  price('OUT $/1M', 'output'),
  {
    title: 'CAN',
    shrinks: true,
    show: ({ pennyworth }) => pennyworth.capabilities.filter((name) => telling.includes(name)).join(' '),
    raw: ({ pennyworth }) => pennyworth.capabilities.join(' '),
  },
];

/** What people choose a model by; the rest is in --json. */
const telling: readonly string[] = ['tools', 'vision', 'documents', 'reasoning', 'prompt_caching'];
