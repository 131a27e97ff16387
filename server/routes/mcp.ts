import { JsonRpcMessage } from '../../shared/api/mcp.ts';
import { invalidRequest } from '../errors.ts';
import { parseJson } from '../request-input.ts';
import { identityOf, type Route } from '../route.ts';

/**
 * The Model Context Protocol's Streamable HTTP without sessions: each POST stands for itself, so that any Lambda can answer
 * it. There is nothing to GET (no stream of the server's own) and nothing to DELETE (no session): 405 for both.
 */
export const mcp: Route = {
  method: 'POST',
  path: '/mcp',
  summary: 'Model Context Protocol: tools that know models, prices and budgets',
  access: 'mcp',
  dialect: 'mcp',
  query: null,
  body: JsonRpcMessage,
  response: { status: 200, schema: JsonRpcMessage, streams: true },
  errors: ['invalid_request', 'insufficient_scope', 'foreign_origin', 'auth_unavailable'],
  run: async (call) => {
    const message = await parseJson(call.request);
    if (Array.isArray(message)) {
      throw invalidRequest('Batches ended with revision 2025-06-18 of the protocol. Send one message with each POST.');
    }
    const mcpServer = await call.context.mcp();
    return mcpServer.answer({ ...call, identity: identityOf(call) }, message);
  },
};
