import type { CallTarget, CatalogueModel, Price } from './catalogue.ts';
import { parseCatalogueFile } from './file.ts';

/** The models of models.json and of the operator's own server, as one region reaches them, at the prices of the file. */
export interface Bundled {
  /** The day the prices were read, `YYYY-MM-DD`. */
  readonly pricesAsOf: string;
  /** Alias, bare id, profile id or ARN; undefined: unknown, or out of reach from this region. */
  find(name: string): CallTarget | undefined;
  /** The model of an alias or bare id, within reach or not. */
  modelOf(name: string): CatalogueModel | undefined;
  isProfile(name: string): boolean;
  /** Each model once; none that is out of reach from here. */
  list(): readonly CallTarget[];
}

/**
 * Prefixes of the inference profiles that keep data in a region's own geography, best first (AWS's user guide,
 * "Supported Regions and models for inference profiles").
 */
function geographiesOf(region: string): readonly string[] {
  if (region.startsWith('us-gov-')) return ['us-gov'];
  if (/^ap-northeast-[13]$/.test(region)) return ['jp', 'apac'];
  if (/^ap-southeast-[24]$/.test(region)) return ['au', 'apac'];
  if (/^ap-south-\d$/.test(region)) return ['in', 'apac'];
  if (region.startsWith('ap-')) return ['apac'];
  const [continent = ''] = region.split('-');
  return ['us', 'eu', 'ca', 'sa'].filter((prefix) => prefix === continent);
}

/** An override is there only where the price differs; null in it says that the price there is unknown. */
function priceAt(model: CatalogueModel, where: string): Price | null {
  const override = model.priceOverrides[where];
  return override === undefined ? model.price : override;
}

function profileTarget(model: CatalogueModel, prefix: string): CallTarget {
  return { provider: 'bedrock', modelId: `${prefix}.${model.id}`, model, price: priceAt(model, `${prefix}.`) };
}

function bareTarget(model: CatalogueModel, region: string): CallTarget {
  return { provider: 'bedrock', modelId: model.id, model, price: priceAt(model, `region:${region}`) };
}

/** Where an alias or bare id goes: the geography's profile, else the bare id, else `global.`; undefined: out of reach. */
function regionalTarget(model: CatalogueModel, region: string, preferGlobal: boolean): CallTarget | undefined {
  // GovCloud is a partition of its own: no global profile reaches it.
  const global = model.profiles.includes('global') && !region.startsWith('us-gov-');
  if (preferGlobal && global) return profileTarget(model, 'global');
  const geography = geographiesOf(region).find((prefix) => model.profiles.includes(prefix));
  if (geography !== undefined) return profileTarget(model, geography);
  if (model.onDemand) return bareTarget(model, region);
  return global ? profileTarget(model, 'global') : undefined;
}

/** Alias and bare id, and the id without its maker, with and without the version: what Anthropic's own clients write. */
export function namesOf(model: CatalogueModel): readonly string[] {
  const withoutMaker = model.id.slice(model.id.indexOf('.') + 1);
  return [model.alias, model.id, withoutMaker, withoutMaker.replace(/-(v\d+(:\d+)?|\d+:\d+)$/, '')];
}

const arnPattern =
  /^arn:aws[a-z-]*:bedrock:([a-z0-9-]+):\d*:(foundation-model|inference-profile|application-inference-profile)\/(.+)$/;

/** Makes the lookup of one region from the content of models.json. Nothing is looked up at AWS. */
export function createBundled(options: {
  readonly region: string;
  /** The parsed JSON of models.json. */
  readonly file: unknown;
  /** Whether `global.` comes before the region's own geography. */
  readonly preferGlobal: boolean;
  /** Models of the operator's configuration, beside those of the file; found by their whole alias only. */
  readonly configured: readonly CallTarget[];
}): Bundled {
  const { region, preferGlobal, configured } = options;
  const byConfiguredName = new Map(configured.map((target) => [target.model.alias, target]));
  const { models, pricesAsOf } = parseCatalogueFile(options.file);
  const byId = new Map(models.map((model) => [model.id, model]));
  const byName = new Map<string, CatalogueModel>();
  // All aliases before any other name, so that a dated name never takes another model's alias.
  for (const place of [0, 1, 2, 3]) {
    for (const model of models) {
      const name = namesOf(model)[place];
      if (name !== undefined && !byName.has(name)) byName.set(name, model);
    }
  }
  const profiles = new Map<string, CallTarget>(
    models.flatMap((model) =>
      model.profiles.map((prefix) => [`${prefix}.${model.id}`, profileTarget(model, prefix)] as const),
    ),
  );

  const findArn = (arn: string): CallTarget | undefined => {
    const [, arnRegion = region, , id = ''] = arnPattern.exec(arn) ?? [];
    const bare = byId.get(id);
    const target = bare ? bareTarget(bare, arnRegion) : profiles.get(id);
    return target && { ...target, modelId: arn };
  };
  return {
    pricesAsOf,
    modelOf: (name) => byConfiguredName.get(name)?.model ?? byName.get(name),
    isProfile: (name) => profiles.has(name),
    find(name) {
      if (name.startsWith('arn:')) return findArn(name);
      const target = byConfiguredName.get(name);
      if (target) return target;
      const model = byName.get(name);
      return model ? regionalTarget(model, region, preferGlobal) : profiles.get(name);
    },
    list: () => models.flatMap((model) => regionalTarget(model, region, preferGlobal) ?? []).concat(configured),
  };
}
