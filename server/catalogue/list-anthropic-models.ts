import type { AnthropicModel, AnthropicModelList, ModelListQuery } from '../../shared/api/models.ts';
import { invalidRequest } from '../errors.ts';
import type { CallTarget } from './catalogue.ts';
import { createdOf } from './list-models.ts';

/** Anthropic's default. */
const defaultPageSize = 20;

/** One model as Anthropic's API tells it. */
export function anthropicModel({ model }: CallTarget): AnthropicModel {
  const createdAt = new Date(createdOf(model.id) * 1000).toISOString();
  return { type: 'model', id: model.alias, display_name: model.alias, created_at: createdAt };
}

/**
 * A page of `targets` as Anthropic's list pages: after one id, or the last ones before one; `has_more` looks the same way.
 * @throws GatewayError 400 naming `after_id` or `before_id`
 */
export function anthropicModelList(targets: readonly CallTarget[], query: ModelListQuery): AnthropicModelList {
  const { limit = defaultPageSize, after_id, before_id } = query;
  if (after_id !== undefined && before_id !== undefined) {
    throw invalidRequest('before_id: stands beside after_id; send one of the two.', 'before_id');
  }
  const models = targets.map(anthropicModel);
  const placeOf = (field: string, id: string) => {
    const place = models.findIndex((model) => model.id === id);
    if (place >= 0) return place;
    throw invalidRequest(`${field}: is no model of this list; send first_id or last_id of another page.`, field);
  };
  const end = before_id === undefined ? models.length : placeOf('before_id', before_id);
  const start = after_id === undefined ? 0 : placeOf('after_id', after_id) + 1;
  const rest = models.slice(start, end);
  const data = before_id === undefined ? rest.slice(0, limit) : rest.slice(-limit);
  return {
    data,
    has_more: rest.length > data.length,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}
