import * as z from 'zod/mini';

/** One message of JSON-RPC 2.0, as the Model Context Protocol sends it: https://modelcontextprotocol.io/specification */
export const JsonRpcMessage = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.optional(z.union([z.string(), z.number()])),
  method: z.optional(z.string()),
  params: z.optional(z.looseObject({})),
});
export type JsonRpcMessage = z.infer<typeof JsonRpcMessage>;
