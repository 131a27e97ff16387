import { configError } from '../config.ts';
import { GatewayError } from '../errors.ts';
import { aliasTargets, type ConfiguredAliases } from './aliases.ts';
import { createBundled, namesOf } from './bundled.ts';
import type { CallTarget, CatalogueModel } from './catalogue.ts';
import { nearest } from './nearest.ts';
import { type ConfiguredPrices, createPriceOverrides, type PriceWarning } from './price-overrides.ts';

export interface Catalogue {
  /** The day the prices were read, `YYYY-MM-DD`. */
  readonly pricesAsOf: string;
  /** What is strange in the operator's prices; the server starts all the same. */
  readonly priceWarnings: readonly PriceWarning[];
  /**
   * The operator's alias, else alias, bare id, profile id or ARN, each also as `bedrock/…`. An alias or bare id goes to
   * this region's target; a profile id and an ARN are sent as written. Never another model than the one named.
   * @throws GatewayError 404 `model_not_found` with the three nearest.
   */
  resolve(name: string): CallTarget;
  find(name: string): CallTarget | undefined;
  /**
   * Each model once, in the order of its alias, with the target of this region, and each alias of the operator; none that
   * is out of reach from here.
   */
  list(): readonly CallTarget[];
}

/** Longer names are cut before they are compared or repeated in a message. */
const longestName = 128;

/**
 * Makes the resolver of one region from the content of models.json and the operator's document. Nothing is looked up at
 * AWS.
 * @throws Error naming every field of the operator's aliases and prices that does not fit the catalogue
 */
export function createCatalogue(options: {
  readonly region: string;
  /** The parsed JSON of models.json. */
  readonly file: unknown;
  /** Whether `global.` comes before the region's own geography. */
  readonly preferGlobal?: boolean | undefined;
  /** Models of the operator's configuration, beside those of the file; found by their whole alias only. */
  readonly configured?: readonly CallTarget[];
  readonly aliases?: ConfiguredAliases | undefined;
  readonly prices?: ConfiguredPrices | undefined;
}): Catalogue {
  const { region, file, preferGlobal = false, configured = [] } = options;
  const bundled = createBundled({ region, file, preferGlobal, configured });
  const { targets: ownTargets, faults } = aliasTargets(options.aliases ?? {}, bundled, region);
  const prices = createPriceOverrides(options.prices ?? {}, bundled, ownTargets);
  if (faults.length + prices.faults.length > 0) throw configError([...faults, ...prices.faults]);

  const own = new Map([...ownTargets].map(([name, target]) => [name, prices.apply(target)]));
  // An ARN that only an alias knows may be written out too.
  const byOwnTarget = new Map([...own.values()].map((target) => [target.modelId, target]));
  const find = (written: string): CallTarget | undefined => {
    const name = withoutProvider(written);
    const alias = own.get(name);
    if (alias) return alias;
    const target = bundled.find(name);
    return target ? prices.apply(target) : byOwnTarget.get(name);
  };
  const listed = bundled
    .list()
    .filter(({ model }) => !own.has(model.alias))
    .map(prices.apply)
    .concat([...own.values()])
    .toSorted((a, b) => (a.model.alias < b.model.alias ? -1 : 1));
  const unknownMessage = (written: string) => {
    const name = written.slice(0, longestName);
    const namesOfTarget = ({ model, modelId }: CallTarget) =>
      own.has(model.alias) ? [model.alias] : [...new Set([...namesOf(model), modelId])];
    const near = nearest(name, listed, namesOfTarget, 3);
    const aliases = near.map(({ model }) => model.alias).join(', ');
    return `There is no model ${JSON.stringify(name)}. Nearest: ${aliases}. GET /v1/models lists all.`;
  };

  return {
    pricesAsOf: bundled.pricesAsOf,
    priceWarnings: prices.warnings,
    find,
    list: () => listed,
    resolve(written) {
      const target = find(written);
      if (target) return target;
      const name = withoutProvider(written);
      if (name.startsWith('arn:')) throw modelNotFound(unknownArnMessage);
      const outOfReach = bundled.modelOf(name);
      throw modelNotFound(outOfReach ? outOfReachMessage(outOfReach, region) : unknownMessage(written));
    },
  };
}

function withoutProvider(name: string): string {
  return name.startsWith('bedrock/') ? name.slice('bedrock/'.length) : name;
}

/** Does not repeat the ARN, which holds an account id. */
const unknownArnMessage =
  'No model is known for this ARN. Ask the operator for an alias with it in PENNYWORTH_CONFIG: ' +
  '{"aliases": {"<name>": {"model": "<model behind it>", "target": "<the ARN>"}}}; GET /v1/models lists all names.';

function modelNotFound(message: string): GatewayError {
  return new GatewayError({
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message,
    param: 'model',
  });
}

function outOfReachMessage(model: CatalogueModel, region: string): string {
  const ids = model.profiles.map((prefix) => `${prefix}.${model.id}`).join(', ');
  return `The model ${model.alias} is not offered in ${region}. To let the call leave it, name a profile: ${ids}.`;
}
