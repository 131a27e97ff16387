import * as z from 'zod/mini';
import { json, publicRoute, type Route } from '../route.ts';

/** The route that describes all routes. The document is made on request: no call of a model pays for it. */
export function openapiRoute(routes: () => readonly Route[]): Route {
  return publicRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description, as OpenAPI 3.1',
    query: null,
    response: { status: 200, schema: z.looseObject({ openapi: z.string() }), streams: false },
    errors: [],
    handle: async ({ context }) => {
      const { describeRoutes } = await import('../openapi.ts');
      return json(200, describeRoutes(routes(), context.version));
    },
  });
}
