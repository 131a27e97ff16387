import * as z from 'zod/mini';

/** One message of JSON-RPC 2.0, as the Model Context Protocol sends it: https://modelcontextprotocol.io/specification */
export const JsonRpcMessage = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.optional(z.union([z.string(), z.number()])),
  method: z.optional(z.string()),
  params: z.optional(z.looseObject({})),
});
export type JsonRpcMessage = z.infer<typeof JsonRpcMessage>;

/** An error at /mcp. What answers before the protocol does, has our own word for programs in `data`. */
export const JsonRpcErrorBody = z.looseObject({
  error: z.looseObject({
    code: z.number(),
    message: z.string(),
    data: z.optional(z.looseObject({ code: z.optional(z.string()) })),
  }),
});

/** What a tool of ours says under `_meta` when it fails, beside its words for the model. */
export const ToolErrorMeta = z.looseObject({
  'pennyworth/error': z.looseObject({ code: z.string(), type: z.string(), param: z.nullable(z.string()) }),
});
export type ToolErrorMeta = z.infer<typeof ToolErrorMeta>;
