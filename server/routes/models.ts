import { Model, ModelList } from '../../shared/api/models.ts';
import { isModelAllowed } from '../auth/authorize.ts';
import type { Identity } from '../auth/identity.ts';
import type { CallTarget } from '../catalogue/catalogue.ts';
import { listedModel } from '../catalogue/list-models.ts';
import { GatewayError } from '../errors.ts';
import { json, managementRoute } from '../route.ts';

/** A token may call every model, a key those its patterns cover. */
function mayCall(identity: Identity, { model, modelId }: CallTarget): boolean {
  return identity.kind === 'token' || isModelAllowed(identity.models, model.alias, modelId);
}

export const modelRoutes = [
  managementRoute({
    method: 'GET',
    path: '/v1/models',
    summary: 'The models the caller may call, each once, under its short name',
    access: 'inference',
    query: null,
    body: null,
    response: { status: 200, schema: ModelList, streams: false },
    errors: ['insufficient_scope', 'auth_unavailable'],
    handle: async ({ context, identity }) => {
      const data = context.catalogue.list().filter((target) => mayCall(identity, target));
      return json(200, { object: 'list', data: data.map(listedModel) } satisfies ModelList);
    },
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/models/:id{.+}',
    summary: 'One model, by any name it has: short name, Bedrock id, profile id or ARN',
    access: 'inference',
    query: null,
    body: null,
    response: { status: 200, schema: Model, streams: false },
    errors: ['insufficient_scope', 'model_not_found', 'auth_unavailable'],
    handle: async ({ context, identity, params }) => {
      const name = params['id'] ?? '';
      const target = context.catalogue.resolve(name);
      if (!mayCall(identity, target)) {
        const message = `This key may not call the model ${target.model.alias}. GET /v1/models lists what it may.`;
        throw new GatewayError({
          status: 404,
          type: 'invalid_request_error',
          code: 'model_not_found',
          message,
          param: 'model',
        });
      }
      return json(200, listedModel(target));
    },
  }),
];
