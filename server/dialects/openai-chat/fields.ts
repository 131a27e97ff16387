import { invalidRequest } from '../../errors.ts';

/** What becomes of a field: kept, kept only with some values and otherwise refused or reported, or always reported. */
type Treatment =
  | { readonly as: 'mapped' }
  | { readonly as: 'reported'; readonly unless?: (value: unknown) => boolean }
  | { readonly as: 'refused'; readonly unless?: (value: unknown) => boolean; readonly hint: string };

const mapped: Treatment = { as: 'mapped' };
const reported: Treatment = { as: 'reported' };
const reportedUnless = (...defaults: readonly unknown[]): Treatment => {
  return { as: 'reported', unless: (value) => defaults.includes(value) };
};
const refused = (hint: string, unless?: (value: unknown) => boolean): Treatment => {
  return unless ? { as: 'refused', hint, unless } : { as: 'refused', hint };
};

const isTextFormat = (value: unknown) => JSON.stringify(value) === '{"type":"text"}';
const isTextOnly = (value: unknown) => JSON.stringify(value) === '["text"]';

/**
 * Every field of OpenAI's request type (API version 2.3.0). What is in no row is unknown and reported. A field with its
 * default value asks for nothing, so it is neither refused nor reported.
 */
export const fieldTreatments: Readonly<Record<string, Treatment>> = {
  model: mapped,
  messages: mapped,
  temperature: mapped,
  top_p: mapped,
  stop: mapped,
  max_tokens: mapped,
  max_completion_tokens: mapped,
  stream: mapped,
  stream_options: mapped,
  tools: mapped,
  tool_choice: mapped,
  n: refused('only one choice is answered; leave it out or send 1', (value) => value === 1),
  logprobs: refused('no model here tells probabilities; leave it out', (value) => value === false),
  top_logprobs: refused('no model here tells probabilities; leave it out', (value) => value === 0),
  modalities: refused('only text is answered', isTextOnly),
  audio: refused('only text is answered; leave it out'),
  response_format: refused('structured output is not available yet; leave it out', isTextFormat),
  functions: refused('is the old form; send tools instead'),
  function_call: refused('is the old form; send tool_choice instead', (value) => value === 'auto' || value === 'none'),
  parallel_tool_calls: reportedUnless(true),
  frequency_penalty: reportedUnless(0),
  presence_penalty: reportedUnless(0),
  store: reportedUnless(false),
  service_tier: reportedUnless('auto', 'default'),
  metadata: reported,
  user: reported,
  safety_identifier: reported,
  prompt_cache_key: reported,
  prompt_cache_retention: reported,
  prompt_cache_options: reported,
  verbosity: reported,
  reasoning_effort: reported,
  web_search_options: reported,
  moderation: reported,
  logit_bias: reported,
  prediction: reported,
  seed: reported,
};

/** Collects the names of what is left out, for a header and the ledger. */
export class DroppedFields {
  readonly #names = new Set<string>();

  add(name: string): void {
    this.#names.add(name);
  }

  /** Every field of an object of the request, other than those known, that asks for something. */
  addUnknown(fields: Readonly<Record<string, unknown>>, known: readonly string[], path: string): void {
    for (const [name, value] of Object.entries(fields)) {
      const asksNothing = value === undefined || value === null || value === false;
      if (!asksNothing && !known.includes(name)) this.add(`${path}.${printable(name)}`);
    }
  }

  /** No more than a header can hold: a body may have any number of fields. */
  list(): string[] {
    const names = [...this.#names];
    const more = names.length - mostNames;
    return more <= 0 ? names : [...names.slice(0, mostNames), `and_${more}_more`];
  }
}

const mostNames = 50;

/** Checks the fields of the request itself. @throws GatewayError 400 naming a field that must not be ignored. */
export function checkFields(body: Readonly<Record<string, unknown>>, dropped: DroppedFields): void {
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue;
    const treatment = (Object.hasOwn(fieldTreatments, name) ? fieldTreatments[name] : undefined) ?? reported;
    if (treatment.as === 'mapped' || treatment.unless?.(value)) continue;
    if (treatment.as === 'refused') throw invalidRequest(`${name}: ${treatment.hint}.`, name);
    dropped.add(printable(name));
  }
}

/** What a caller calls a field must not break the header it is told in. */
function printable(name: string): string {
  return name.slice(0, 64).replaceAll(/[^\w.[\]-]/g, '?');
}
