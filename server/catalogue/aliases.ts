import type { ConfiguredAlias } from '../config.ts';
import type { Bundled } from './bundled.ts';
import type { CallTarget } from './catalogue.ts';

export type ConfiguredAliases = Readonly<Record<string, ConfiguredAlias>>;

/**
 * The operator's aliases as call targets: what is sent is `target` or the model's own target, what it can do is the
 * model's, and what it costs is the price of the target if the catalogue knows it, else of the model. `faults` name each
 * field that does not fit the catalogue, with the next step.
 */
export function aliasTargets(
  aliases: ConfiguredAliases,
  bundled: Bundled,
  region: string,
): { readonly targets: ReadonlyMap<string, CallTarget>; readonly faults: readonly string[] } {
  const targets = new Map<string, CallTarget>();
  const faults: string[] = [];
  for (const [name, alias] of Object.entries(aliases)) {
    const made = targetOf(name, alias, bundled, region);
    if (typeof made === 'string') faults.push(`aliases.${name}${made}`);
    else targets.set(name, made);
  }
  return { targets, faults };
}

/** The target, or the fault with the rest of its path. */
function targetOf(name: string, alias: ConfiguredAlias, bundled: Bundled, region: string): CallTarget | string {
  const own = bundled.find(alias.model);
  const model = own?.model ?? bundled.modelOf(alias.model);
  if (!model) {
    return `.model: there is no model ${JSON.stringify(alias.model)}; name one that the catalogue has, not another alias`;
  }
  if (bundled.isProfile(name)) return ': is the id of a profile, which is sent as written; take another name';
  const hidden = bundled.modelOf(name);
  if (hidden && hidden !== model) {
    return `: is a name of the model ${hidden.alias}, which it would hide; take another name, or name that model`;
  }
  const provider = own?.provider ?? 'bedrock';
  if (alias.target === undefined) {
    if (own) return { ...own, model: { ...model, alias: name } };
    const ids = model.profiles.map((prefix) => `${prefix}.${model.id}`).join(', ');
    return `.model: ${model.alias} is not offered in ${region}; name a profile in target: ${ids}`;
  }
  if (provider !== 'bedrock') return '.target: only models of Bedrock have one; leave it out';
  const known = bundled.find(alias.target);
  if (known && known.model !== model) {
    return `.target: belongs to the model ${known.model.alias}, not to ${model.alias}; name that model`;
  }
  const { price } = known ?? own ?? model;
  return { provider, modelId: alias.target, model: { ...model, alias: name }, price };
}
