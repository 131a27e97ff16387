import type { ModelList } from '../../shared/api/models.ts';
import type { DayRange } from '../../shared/period.ts';
import { monthOf, parseMonth } from '../../shared/period.ts';
import { listedModel } from '../catalogue/list-models.ts';
import { readUsage } from '../money/read-usage.ts';
import { readDocPages } from './doc-pages.ts';
import { modelsFor } from './model-tools.ts';
import { monthsThatBegin } from './months.ts';
import type { McpCall, McpResource, McpResourceTemplate } from './surface.ts';

const json = (value: object) => ({ text: JSON.stringify(value) });
const asJson = { mimeType: 'application/json', access: 'mcp' } as const;

/** The caller's own usage in a range of days, by model. */
async function ownUsage({ call: { context, identity } }: McpCall, range: DayRange) {
  return json(await readUsage(context, identity, { ...range, group_by: 'model' }));
}

const data: readonly McpResource[] = [
  {
    ...asJson,
    uri: 'pennyworth://models',
    name: 'models',
    title: 'Models',
    description: 'All models this credential may call, in the form of GET /v1/models.',
    read: async ({ call }) => json({ object: 'list', data: modelsFor(call).map(listedModel) } satisfies ModelList),
  },
  {
    ...asJson,
    uri: 'pennyworth://prices',
    name: 'prices',
    title: 'Prices',
    description: 'USD per million tokens of every model this credential may call: standard, by tier, of long contexts.',
    read: async ({ call }) => {
      const prices = modelsFor(call).map((target) => {
        const { id, pennyworth } = listedModel(target);
        return {
          model: id,
          prices_usd_per_million_tokens: pennyworth.prices_usd_per_million_tokens,
          tier_prices_usd_per_million_tokens: pennyworth.tier_prices_usd_per_million_tokens,
          long_context_prices_usd_per_million_tokens: pennyworth.long_context_prices_usd_per_million_tokens,
        };
      });
      return json({ prices_as_of: call.context.catalogue.pricesAsOf, currency: 'USD', prices });
    },
  },
  {
    ...asJson,
    uri: 'pennyworth://usage/month',
    name: 'usage-this-month',
    title: 'Usage this month',
    description: 'What this credential used and spent in this UTC month, by model.',
    read: async (mcp) => ownUsage(mcp, monthRange(monthOf(mcp.call.context.clock.now()))),
  },
];

function monthRange(month: string): DayRange {
  const range = parseMonth(month);
  if (range === undefined) throw new Error(`a clock that says ${month}`);
  return range;
}

const pages = readDocPages().map(({ name, title, text }): McpResource => {
  return {
    uri: `pennyworth://doc/${name}`,
    name: `doc/${name}`,
    title,
    description: `A page of Pennyworth’s documentation: ${title}.`,
    mimeType: 'text/markdown',
    access: 'mcp',
    read: async () => ({ text }),
  };
});

/** Things with an address of their own. */
export const resources: readonly McpResource[] = [...data, ...pages];

/** Things whose address says which one it is. */
export const resourceTemplates: readonly McpResourceTemplate[] = [
  {
    ...asJson,
    uriTemplate: 'pennyworth://models/{model}',
    name: 'model',
    title: 'A model',
    description: 'Prices, limits and capabilities of one model, by any name it has.',
    complete: async (_, typed, { call }) => {
      const part = typed.toLowerCase();
      return modelsFor(call).flatMap(({ model }) => (model.alias.startsWith(part) ? [model.alias] : []));
    },
    read: async ({ model = '' }, { call }) => {
      const target = call.context.catalogue.find(decoded(model));
      return target && modelsFor(call).some((each) => each.model === target.model)
        ? json(listedModel(target))
        : undefined;
    },
  },
  {
    ...asJson,
    uriTemplate: 'pennyworth://usage/{month}',
    name: 'usage-of-a-month',
    title: 'Usage of a month',
    description: 'What this credential used and spent in a UTC month (YYYY-MM), by model.',
    complete: async (_, typed, { call }) => monthsThatBegin(typed, call.context.clock.now()),
    read: async ({ month = '' }, mcp) => {
      const range = parseMonth(month);
      return range && ownUsage(mcp, range);
    },
  },
];

/** A variable as it stood in the address; one that is not well encoded names nothing. */
function decoded(variable: string): string {
  try {
    return decodeURIComponent(variable);
  } catch {
    return '';
  }
}
