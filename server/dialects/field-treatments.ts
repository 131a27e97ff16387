import { invalidRequest } from '../errors.ts';
import { type DroppedFields, shortened } from './dropped-fields.ts';
import type { JsonObject } from './json-object.ts';

/** What becomes of a field: kept, kept only with some values and otherwise refused or reported, or always reported. */
export type Treatment =
  | { readonly as: 'mapped' }
  | { readonly as: 'reported'; readonly unless?: (value: unknown) => boolean }
  | { readonly as: 'refused'; readonly unless?: (value: unknown) => boolean; readonly hint: string };

export const mapped: Treatment = { as: 'mapped' };
export const reported: Treatment = { as: 'reported' };
export const reportedUnless = (...defaults: readonly unknown[]): Treatment => {
  return { as: 'reported', unless: (value) => defaults.includes(value) };
};
export const refused = (hint: string, unless?: (value: unknown) => boolean): Treatment => {
  return unless ? { as: 'refused', hint, unless } : { as: 'refused', hint };
};

/** A field with its default value asks for nothing. */
export const isOff = (value: unknown) => value === false;

/** By name; what is in no row is unknown and reported. */
export type Treatments = Readonly<Record<string, Treatment>>;

/** Checks the fields of a request itself. @throws GatewayError 400 naming a field that must not be ignored. */
export function checkFields(body: JsonObject, treatments: Treatments, dropped: DroppedFields): void {
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue;
    const treatment = (Object.hasOwn(treatments, name) ? treatments[name] : undefined) ?? reported;
    if (treatment.as === 'mapped' || treatment.unless?.(value)) continue;
    if (treatment.as === 'refused') throw invalidRequest(`${name}: ${treatment.hint}.`, name);
    dropped.add(shortened(name));
  }
}
