import type { CatalogueModel } from '../../catalogue/catalogue.ts';

const arn =
  /^arn:aws(?:-[^:]+)?:bedrock:[a-z0-9-]{1,20}:(?:|\d{12}):(foundation-model|inference-profile|application-inference-profile)\/(.+)$/;

/** What a model id names, and whether it names the bare model rather than a profile. */
interface Target {
  readonly model: CatalogueModel;
  readonly bare: boolean;
}

export type FindTarget = (modelId: string) => Target | undefined;

/**
 * Knows every model by its bare id, by its profiles' ids and by the ARNs of both. An application inference profile
 * belongs to the model whose id or alias is its own id. Regions and geographies are not told apart: every profile of the
 * catalogue exists here.
 */
export function createTargetFinder(models: readonly CatalogueModel[]): FindTarget {
  const bare = new Map<string, Target>();
  const profiles = new Map<string, Target>();
  const applications = new Map<string, Target>();
  for (const model of models) {
    const target = { model, bare: false };
    bare.set(model.id, { model, bare: true });
    for (const prefix of model.profiles) profiles.set(`${prefix}.${model.id}`, target);
    applications.set(model.id, target);
    applications.set(model.alias, target);
  }
  return (modelId) => {
    const [, kind, id] = arn.exec(modelId) ?? [];
    if (id === undefined) return bare.get(modelId) ?? profiles.get(modelId);
    if (kind === 'foundation-model') return bare.get(id);
    return kind === 'inference-profile' ? profiles.get(id) : applications.get(id);
  };
}
