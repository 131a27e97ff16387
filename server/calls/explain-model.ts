import type { ModelField } from '../../shared/api/models.ts';
import type { CallTarget } from '../catalogue/catalogue.ts';
import { decodeChatRequest } from '../dialects/openai-chat/decode-request.ts';
import { GatewayError } from '../errors.ts';
import { clampOutputTokens, defaultOutputCap } from '../money/estimate.ts';
import type { Provider } from '../providers/provider.ts';
import { chatProbes } from './chat-probes.ts';

/** What would be sent, as JSON texts by their place, and what would be left out. */
interface Preview {
  readonly parts: ReadonlyMap<string, string>;
  readonly dropped: readonly string[];
}

/**
 * What becomes of each field of a chat completion with this model: each is put into a small request and run through the
 * very translators that serve calls, so this cannot differ from what happens. Nothing is sent.
 */
export async function explainModel(target: CallTarget, provider: Provider): Promise<ModelField[]> {
  const baselines = new Map<string, Preview>();
  const fields: ModelField[] = [];
  for (const probe of chatProbes) {
    try {
      const key = JSON.stringify(probe.beside ?? {});
      const baseline = baselines.get(key) ?? (await preview(target, provider, { ...probe.beside }));
      baselines.set(key, baseline);
      const sent = await preview(target, provider, { ...probe.beside, ...probe.body });
      fields.push(compare(probe.field, baseline, sent));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      fields.push({ field: probe.field, class: 'refused', note: error.message });
    }
  }
  return fields;
}

function compare(field: string, without: Preview, { parts, dropped }: Preview): ModelField {
  const left = dropped.filter((name) => !without.dropped.includes(name));
  const places = [...new Set([...parts.keys(), ...without.parts.keys()])];
  const changed = places.filter((place) => parts.get(place) !== without.parts.get(place));
  const became = changed.length === 0 ? null : changed.join(', ');
  if (left.length > 0) return { field, class: became === null ? 'reported' : 'changed', note: became };
  return { field, class: became === null ? 'gateway' : 'sent', note: became };
}

/** @throws GatewayError for what is refused */
async function preview(
  target: CallTarget,
  provider: Provider,
  fields: Readonly<Record<string, unknown>>,
): Promise<Preview> {
  const body = { model: target.model.alias, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  const { request, dropped } = decodeChatRequest(body);
  const asked = request.maxOutputTokens ?? defaultOutputCap(target.model);
  const maxOutputTokens = clampOutputTokens(asked, target.model);
  const sent = await provider.preview({ target, request, maxOutputTokens, metadata: {}, guardrail: request.guardrail });
  const clamped = maxOutputTokens === asked ? [] : ['max_tokens'];
  return { parts: partsOf(sent.body), dropped: [...dropped, ...clamped, ...sent.dropped] };
}

/** A body as its members and their members: deep enough to say where something went. */
function partsOf(body: object): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) parts.set(name, JSON.stringify(value));
    else for (const [inner, its] of Object.entries(value)) parts.set(`${name}.${inner}`, JSON.stringify(its) ?? '');
  }
  return parts;
}
