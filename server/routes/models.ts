import * as z from 'zod/mini';
import {
  AnthropicModel,
  AnthropicModelList,
  Model,
  ModelList,
  ModelListQuery,
  ModelQuery,
} from '../../shared/api/models.ts';
import { mayCall } from '../auth/authorize.ts';
import type { CallTarget } from '../catalogue/catalogue.ts';
import { GatewayError } from '../errors.ts';
import { type HttpRequest, header } from '../http.ts';
import { json, managementRoute } from '../route.ts';

/** Anthropic's clients send this header with every request, OpenAI's never. */
function wantsAnthropic(request: HttpRequest): boolean {
  return header(request, 'anthropic-version') !== undefined;
}

export const modelRoutes = [
  managementRoute({
    method: 'GET',
    path: '/v1/models',
    summary:
      'The models the caller may call, each once, under its short name; in Anthropic’s shape with anthropic-version',
    access: 'inference',
    query: ModelListQuery,
    body: null,
    response: { status: 200, schema: z.union([ModelList, AnthropicModelList]), streams: false },
    errors: ['insufficient_scope', 'auth_unavailable'],
    handle: async ({ context, identity, request, query }) => {
      const targets = context.catalogue.list().filter((target) => mayCall(identity, target));
      if (wantsAnthropic(request)) {
        const { anthropicModelList } = await import('../catalogue/list-anthropic-models.ts');
        return json(200, anthropicModelList(targets, query));
      }
      const { listedModel } = await import('../catalogue/list-models.ts');
      return json(200, { object: 'list', data: targets.map(listedModel) } satisfies ModelList);
    },
  }),
  managementRoute({
    method: 'GET',
    path: '/v1/models/:id{.+}',
    summary: 'One model, by any name it has: short name, Bedrock id, profile id or ARN',
    access: 'inference',
    query: ModelQuery,
    body: null,
    response: { status: 200, schema: z.union([Model, AnthropicModel]), streams: false },
    errors: ['insufficient_scope', 'model_not_found', 'auth_unavailable'],
    handle: async ({ context, identity, params, request, query }) => {
      const target = context.catalogue.resolve(params['id'] ?? '');
      if (!mayCall(identity, target)) throw notAllowed(target);
      if (wantsAnthropic(request)) {
        const { anthropicModel } = await import('../catalogue/list-anthropic-models.ts');
        return json(200, anthropicModel(target));
      }
      const { listedModel } = await import('../catalogue/list-models.ts');
      const model = listedModel(target);
      if (query.fields !== 'true') return json(200, model);
      const { explainModel } = await import('../calls/explain-model.ts');
      const fields = await explainModel(target, context.providers[target.provider]);
      return json(200, { ...model, pennyworth: { ...model.pennyworth, fields } } satisfies Model);
    },
  }),
];

/** 404 and not 403, as OpenAI's API answers for a model that the caller cannot use. */
function notAllowed({ model }: CallTarget): GatewayError {
  return new GatewayError({
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: `You may not call the model ${model.alias}. GET /v1/models lists what it may.`,
    param: 'model',
  });
}
