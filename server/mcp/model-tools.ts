import * as z from 'zod/mini';
import { Model } from '../../shared/api/models.ts';
import { mayCall } from '../auth/authorize.ts';
import { listedModel } from '../catalogue/list-models.ts';
import { defineTool, type McpTool } from './surface.ts';

/** Tools that only read what is known of models. */
export const modelTools: readonly McpTool[] = [
  defineTool({
    name: 'list_models',
    title: 'List models',
    description: 'All models this credential may call, with prices (USD per million tokens), limits and capabilities.',
    access: 'mcp',
    input: z.strictObject({}),
    output: z.object({ models: z.array(Model) }),
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    run: async (_, { call: { context, identity } }) => {
      const targets = context.catalogue.list().filter((target) => mayCall(identity, target));
      return { models: targets.map(listedModel) };
    },
  }),
];
